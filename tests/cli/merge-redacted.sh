# What was redacted in one archive is not in the dictionaries of another one
# that is merged with it, in whatever order.
"$PYTHON" -c '
import json, random
r = random.Random(3)
words = "ferry port harbour council minister vote storm coast budget school train".split()
for i in range(300):
    text = " ".join(r.choices(words, k=80))
    if i in (5, 6, 7):
        text = "The quokka whispered its password near the fountain. " * 3 + text
    print(json.dumps({"id": "d/%d" % i, "body": text}))' > d.jsonl
sheaf pack -q --plain -o a.sheaf d.jsonl
sheaf redact -q a.sheaf d/5 d/6 d/7 -o r.sheaf --unsigned --reason 'court order'
sheaf dict a.sheaf -C da > /dev/null
cat da/* | grep -c quokka
for order in "a r" "r a"; do
    set -- $order
    both sheaf merge -q "$1.sheaf" "$2.sheaf" -o m.sheaf -f
    sheaf verify -q m.sheaf
    mkdir dm
    sheaf dict m.sheaf -C dm > /dev/null 2>&1
    cat dm/* 2> /dev/null | grep -c quokka
    rm -r dm
    both sheaf get m.sheaf d/5
    sheaf get m.sheaf d/8 | wc -w
done
