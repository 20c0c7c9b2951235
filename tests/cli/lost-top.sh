# Both copies of the newest top are lost, and the end record is not. The
# generation before is read; what is newest, or not there, is not known.
packed -s "$CLI/key.sec"
line '{"id":"a1","title":"Again","text":"Again.\n"}' > more.jsonl
sheaf append -q a.sheaf -s "$CLI/key.sec" more.jsonl
"$PYTHON" -c '
d = bytearray(open("a.sheaf", "rb").read())
for _ in range(2):
    at = d.rfind(b"S*M\x18", 0, d.rfind(b"TOP\1"))
    d[at:at + 60] = bytes(60)
open("b.sheaf", "wb").write(d)'
both sheaf get b.sheaf a1
both sheaf get b.sheaf a1 --rev 1
both sheaf get b.sheaf a1 --rev 1 -p "$CLI/key.pub" --no-pins
both sheaf get b.sheaf nothing -p "$CLI/key.pub" --no-pins
both sheaf list b.sheaf | wc -l
sheaf info --json b.sheaf 2> /dev/null | grep -o '"lost_leaves":[0-9]*'
both sheaf append -q b.sheaf --unsigned more.jsonl
both sheaf repair b.sheaf -o c.sheaf | sizes
both sheaf recover -q b.sheaf -o d.sheaf 2>&1 | sed 's/[0-9]* bytes/N bytes/; s/ at [0-9]*$/ at N/'
both sheaf get d.sheaf a1
# What copies or signs an archive must have all of it.
both sheaf merge -q b.sheaf -s "$CLI/other.sec" -o m.sheaf 2>&1 | grep -v warning
both sheaf repack -q b.sheaf -o m.sheaf 2>&1 | grep -v warning
both sheaf split -q b.sheaf -C parts --by section 2>&1 | grep -v warning
ls m.sheaf parts 2>&1 | wc -l
