# Generations that only carry a signature take no key to write. Where one of
# them is not what it must be, what is added could not be verified.
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
all_ = surgery.frames(d)
ends = [at for at, kind, _ in all_ if kind == "END"]
at, places = -1, []
while (at := d.find(b"example.org/log\n", at + 1)) >= 0:
    places.append(at + len("example.org/log\n"))
assert len(places) == len(ends) == 6 and len({d[p] for p in places}) == 1, places


def save(name, data):
    surgery.save(name + ".sheaf", surgery.reseal(data))


# What the first of the two says, in both copies.
for name, by, change in (("older", 0, -1), ("tree", 8, 1), ("origin", -3, 1)):
    b = bytearray(d)
    for p in places[2:4]:
        b[p + by] += change
    save(name, b)
for name, field in (("root", 116), ("start", 59), ("features", 148)):
    b = bytearray(d)
    for p in ends[2:4]:
        b[p + 12 + field] ^= 1
    save(name, b)
# A frame in the last.
at = int.from_bytes(d[ends[4] + 64:ends[4] + 72], "big")
for name, kind in (("article", ""), ("leaf", "LEF"), ("group", "GRP")):
    begin, n = [(a, n) for a, k, n in all_ if k == kind][0]
    b = d[:at] + d[begin:begin + n] + d[at:]
    for p in ends[4:]:
        for field in (0, 8, 60):
            q = p + n + 12 + field
            b[q:q + 8] = (int.from_bytes(b[q:q + 8], "big") + n).to_bytes(8, "big")
    save(name, b)
# Another sum in its top.
_, before, note, after = surgery.top(d)
surgery.save("top.sheaf", surgery.with_top(
    d, before[:44] + bytes(7) + b"\1" + before[52:], note, after))
END
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
all="older tree origin root start features article leaf group top"
for x in $all; do
    both sheaf append -q $x.sheaf -s "$CLI/key.sec" more.jsonl
    both sheaf append -q $x.sheaf --unsigned more.jsonl
    both sheaf verify -q $x.sheaf -p "$CLI/key.pub" --no-pins
done
# All of it can be mended, and then goes on.
for x in $all; do
    both sheaf repair -q $x.sheaf -o $x.mended
    t sheaf append -q $x.mended -s "$CLI/key.sec" --new-log $TIME more.jsonl
    t sheaf verify -q $x.mended -p "$CLI/key.pub" --no-pins
done
t sheaf append -q a.sheaf -s "$CLI/key.sec" --new-log $TIME more.jsonl
t sheaf verify -q a.sheaf -p "$CLI/key.pub" --no-pins
