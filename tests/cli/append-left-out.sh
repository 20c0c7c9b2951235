# Generations that only carry a signature take no key to write. Where one of
# them goes back to an older checkpoint, what is added could not be verified.
packed -s "$CLI/key.sec" -n example.org/log
for w in one two; do
    sheaf keygen -W -p $w.pub -s $w.sec > $w.said
    sheaf cosign -q a.sheaf -p "$CLI/key.pub" -s $w.sec --name $w.example $TIME
done
t sheaf verify -q a.sheaf -p "$CLI/key.pub" --no-pins
"$PYTHON" - "$CLI/.." << 'END'
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import surgery
d = surgery.load("a.sheaf")
at, places = -1, []
while (at := d.find(b"example.org/log\n", at + 1)) >= 0:
    places.append(at + len("example.org/log\n"))
assert len(places) == 6 and len({d[p] for p in places}) == 1, places
for p in places[2:4]:
    d[p] -= 1
surgery.save("b.sheaf", surgery.reseal(d))
END
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
both sheaf append -q b.sheaf -s "$CLI/key.sec" more.jsonl
both sheaf append -q b.sheaf --unsigned more.jsonl
both sheaf verify -q b.sheaf -p "$CLI/key.pub" --no-pins
t sheaf append -q a.sheaf -s "$CLI/key.sec" $TIME more.jsonl
