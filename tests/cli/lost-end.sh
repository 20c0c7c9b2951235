# One sector takes all of the last generation but its second top, and the copy
# of the top before. With the key, what was signed before that is read.
packed -s "$CLI/key.sec"
line '{"id":"a1","title":"Again","text":"Again.\n"}' > more.jsonl
both sheaf verify -q a.sheaf -p "$CLI/key.pub"
size=$(wc -c < a.sheaf)
sheaf append -q $TIME a.sheaf -s "$CLI/key.sec" more.jsonl
"$PYTHON" -c '
import sys
d = bytearray(open("a.sheaf", "rb").read())
last = d.rfind(b"S*M\x18", 0, d.rfind(b"TOP\1"))
first = int(sys.argv[1]) - 176
d[first:last] = bytes(last - first)
open("b.sheaf", "wb").write(d)' "$size"
both sheaf get b.sheaf a1 -p "$CLI/key.pub"
both sheaf get b.sheaf a1 --rev 1 -p "$CLI/key.pub"
both sheaf get b.sheaf nothing -p "$CLI/key.pub"
both sheaf list b.sheaf -p "$CLI/key.pub" | wc -l
both sheaf verify -q a.sheaf -p "$CLI/key.pub"
both sheaf get b.sheaf a1 --rev 1 -p "$CLI/key.pub" | sed "s|$XDG_STATE_HOME|STATE|g; s/rollback-.*/rollback-NOTES/"
both sheaf append -q b.sheaf -s "$CLI/key.sec" more.jsonl
both sheaf repair b.sheaf -o c.sheaf | sizes
# What cannot be checked with the key that signs is not left out.
for c in "merge b.sheaf -o m.sheaf -n example.org/m" "split b.sheaf -C parts --by section"; do
    both sheaf $c -q -s "$CLI/key.sec"
    both sheaf $c -q -s "$CLI/key.sec" -p "$CLI/key.pub" --no-pins
done
ls m.sheaf parts 2> /dev/null
