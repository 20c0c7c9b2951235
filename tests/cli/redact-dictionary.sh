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
    t sheaf redact -q --json "$1" "$3/2" "$3/5" "$3/8" "$3/11" "$3/14" "$3/17" "$3/20" "$3/23" \
        "$3/26" -o "$2" -f --unsigned --reason 'court order' |
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
