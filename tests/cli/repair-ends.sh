# Both ends and the second top of an earlier generation are lost: they follow
# from the first top. The second top and end are lost, and the first top is
# damaged: the first end has the same fields.
packed -s "$CLI/key.sec"
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
sheaf append -q $TIME a.sheaf -s "$CLI/key.sec" more.jsonl
line '{"id":"c2","title":"Newer","text":"Newer.\n"}' > more.jsonl
sheaf append -q $TIME a.sheaf -s "$CLI/key.sec" more.jsonl
"$PYTHON" -c '
import re
d = bytearray(open("a.sheaf", "rb").read())
ends = [m.start() for m in re.finditer(rb"S\*M\x18....END", d, re.S)]
assert len(ends) == 6
for name, lost in (("first", (ends[0], ends[1] + 176)), ("second", (ends[2], ends[3] + 176))):
    b = bytearray(d)
    b[lost[0]:lost[1]] = bytes(lost[1] - lost[0])
    open(name + ".sheaf", "wb").write(b)
b = bytearray(d)
b[ends[0] + 176:ends[1] + 176] = bytes(ends[1] - ends[0])
b[d.index(b"TOP\1") + 60] ^= 1
open("third.sheaf", "wb").write(b)'
for i in first second third; do
    both sheaf repair $i.sheaf -o $i.mended | sizes
    both sheaf verify $i.mended -p "$CLI/key.pub" --no-pins | sizes
    both sheaf get $i.sheaf c1 -p "$CLI/key.pub" --no-pins 2>&1 | sed 's/ at [0-9]*\]/ at N]/'
    cmp a.sheaf $i.mended
done
