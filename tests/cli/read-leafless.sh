# Who writes a generation without leaves takes nothing away: with a key, what
# was signed before it answers.
packed -s "$CLI/key.sec" -n example.org/log
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
sheaf append -q a.sheaf -s "$CLI/key.sec" $TIME more.jsonl
sheaf keygen -W -p new.pub -s new.sec > new.said
sheaf rekey -q a.sheaf -s "$CLI/key.sec" --new-key new.sec $TIME
line '{"id":"c1","title":"New","text":"Corrected.\n"}' > more.jsonl
sheaf append -q a.sheaf -s new.sec $TIME more.jsonl
"$PYTHON" - "$CLI/.." << 'END'
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import surgery
d = surgery.load("a.sheaf")
# Top and end of the last generation once more, as the next one, and of another
# origin.
ends = [at for at, kind, _ in surgery.frames(d) if kind == "END"]
top = int.from_bytes(d[ends[-2] + 20:ends[-2] + 28], "big")
start = int.from_bytes(d[ends[-2] + 64:ends[-2] + 72], "big")
add = len(d) - top
b = d + d[top:]
for at, kind, _ in surgery.frames(b):
    if at >= len(d) and kind == "TOP":
        assert b[at + 88:at + 103] == b"example.org/log"
        b[at + 100:at + 103] = b"lag"
        b[at + 55] += 1
    if at >= len(d) and kind == "END":
        for field, by in ((0, add), (8, add), (52, len(d) - start), (60, add),
                          (68, ends[-1] - ends[-3])):
            q = at + 12 + field
            b[q:q + 8] = (int.from_bytes(b[q:q + 8], "big") + by).to_bytes(8, "big")
surgery.save("b.sheaf", surgery.reseal(b))
END
for key in "$CLI/key.pub" new.pub; do
    both sheaf get b.sheaf c1 --text -p "$key" --no-pins
    both sheaf list b.sheaf -p "$key" --no-pins
done
