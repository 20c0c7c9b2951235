# A dictionary has pieces of articles. Nothing of one that is redacted stays in
# any: no word at its end that runs into the next piece, and nothing in another
# copy of the dictionary, for other articles.
"$PYTHON" -c '
import json, random
r = random.Random(3)
words = "ferry port harbour council minister vote storm coast budget school".split()
def article(i, kind):
    name = "".join(r.choice("bdfgklmnprst") + r.choice("aeiou") for _ in "123456")
    text = " ".join(r.choices(words, k=r.randint(12, 120)))
    return {"id": "%s/%d" % (kind, i), "body": text + " " + name.capitalize()}
for kind in "abc":
    with open(kind + ".jsonl", "w") as f:
        for i in range(28):
            f.write(json.dumps(article(i, kind)) + "\n")'
names() { # of articles that are redacted: how many are in a dictionary of $1
    rm -rf dict
    sheaf dict "$1" -C dict > /dev/null 2>&1
    for i in 2 5 8 11 14 17 20 23 26; do
        name=$(sed -n "$((i + 1))s/.* \([A-Z][a-z]*\)\"}/\1/p" "$2")
        cat dict/* 2> /dev/null | grep -aq "$name" && line "$name"
    done | wc -l
}
redact() { # from $1 to $2, of $3
    t sheaf redact -q --json "$1" $(seq -f "$3/%g" 2 "${4:-3}" 26) -o "$2" -f $TIME --unsigned --reason 'court order' |
        sed 's/.*"\(dictionaries":[0-9]*\),.*/\1/'
    both sheaf verify -q "$2"
}
sheaf pack -q --plain -o a.sheaf $TIME a.jsonl
names a.sheaf a.jsonl
redact a.sheaf r.sheaf a
names r.sheaf a.jsonl
# The same dictionary before and after another one. Where it has a table of
# words, names are hidden in codes.
for plain in "" --plain; do
    sheaf train -q $plain -f -o ac.dict a.jsonl c.jsonl
    sheaf pack -q $plain -f -o a.sheaf --dict-file ac.dict $TIME a.jsonl
    sheaf pack -q $plain -f -o b.sheaf $TIME b.jsonl
    sheaf pack -q $plain -f -o c.sheaf --dict-file ac.dict $TIME c.jsonl
    sheaf merge -q -f a.sheaf b.sheaf c.sheaf -o m.sheaf $TIME
    names m.sheaf c.jsonl
    ls dict | wc -l
    redact m.sheaf r.sheaf c
    names r.sheaf c.jsonl
done
# One from elsewhere, which holds them for other articles.
sheaf pack -q --plain -f -o b.sheaf --dict-file ac.dict $TIME b.jsonl
sheaf pack -q --plain -f -o a.sheaf $TIME a.jsonl
sheaf merge -q -f b.sheaf a.sheaf -o m.sheaf $TIME
names m.sheaf a.jsonl
ls dict | wc -l
redact m.sheaf r.sheaf a
names r.sheaf a.jsonl
# One of an archive of which the articles were stored once, when it was merged.
sed -n 's/"body": "\(.*\) \([A-Z][a-z]*\)"/"body": "\1 \2, \2 and \2, \2"/p' a.jsonl > aa.jsonl
cat aa.jsonl b.jsonl > ab.jsonl
cat aa.jsonl c.jsonl > ac.jsonl
sheaf pack -q -f -o b.sheaf $TIME ab.jsonl
sheaf pack -q -f -o c.sheaf $TIME ac.jsonl
sheaf merge -q -f b.sheaf c.sheaf -o m.sheaf $TIME
names m.sheaf a.jsonl
ls dict | wc -l
redact m.sheaf r.sheaf a
names r.sheaf a.jsonl
# One that came along into the other part of an archive that was split.
sed -n 's/^{/{"section":"s1",/p' aa.jsonl > s.jsonl
sed -n 's/^{/{"section":"s2",/p' c.jsonl >> s.jsonl
sheaf pack -q -f -o s.sheaf $TIME s.jsonl
sheaf split -q $TIME s.sheaf -C parts --by section > /dev/null
redact parts/s1.sheaf s1.sheaf a
both sheaf merge s1.sheaf parts/s2.sheaf -f -o m.sheaf $TIME
names m.sheaf a.jsonl
both sheaf verify -q m.sheaf
sheaf repack -q parts/s2.sheaf -o own.sheaf
names parts/s2.sheaf a.jsonl
names own.sheaf a.jsonl
# Whatever comes before and behind it.
head -n 2 b.jsonl > n.jsonl
sheaf pack -q -o n.sheaf $TIME n.jsonl
cp s1.sheaf more.sheaf
sheaf append -q --unsigned more.sheaf $TIME n.jsonl
for order in "s1 parts/s2 more" "parts/s2 n s1" "s1 parts/s2 n"; do
    set -- $order
    both sheaf merge -q "$1.sheaf" "$2.sheaf" "$3.sheaf" -f -o m.sheaf $TIME
    names m.sheaf a.jsonl
    both sheaf verify -q m.sheaf
done
# Words that all have, in a row that no other has.
"$PYTHON" -c '
import json, random
r = random.Random(4)
words = "ferry port harbour council minister vote storm coast budget school".split()
for i in range(300):
    print(json.dumps({"id": "k/%d" % i, "body": " ".join(r.choices(words, k=200))}))' > k.jsonl
head -n 150 k.jsonl > ab.jsonl
sed -n 51,200p k.jsonl > ac.jsonl
sheaf pack -q -f -o ab.sheaf $TIME ab.jsonl
sheaf pack -q -f -o ac.sheaf $TIME ac.jsonl
sheaf merge -q -f ab.sheaf ac.sheaf -o m.sheaf $TIME
t sheaf redact -q --json m.sheaf $(seq -f "k/%g" 60 140) -o r.sheaf -f $TIME --unsigned --reason x |
    sed 's/.*"\(dictionaries":[0-9]*\),.*/\1/'
sheaf info m.sheaf | grep -c '^dictionaries *2,'
head -n 150 k.jsonl > k1.jsonl
tail -n 150 k.jsonl > k2.jsonl
sheaf pack -q -o k1.sheaf $TIME k1.jsonl
sheaf pack -q -o k2.sheaf $TIME k2.jsonl
sheaf redact -q k1.sheaf k/3 -f -o more.sheaf $TIME --unsigned --reason x
cp more.sheaf k1r.sheaf
sheaf append -q --unsigned more.sheaf $TIME n.jsonl
for order in "k1r k2 more" "k2 n k1r"; do
    set -- $order
    both sheaf merge -q "$1.sheaf" "$2.sheaf" "$3.sheaf" -f -o m.sheaf $TIME
    sheaf info m.sheaf | grep '^dictionaries' | cut -c1-17
    both sheaf verify -q m.sheaf
done
