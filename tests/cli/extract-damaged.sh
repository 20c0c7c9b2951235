# A damaged article does not keep the others from being extracted or listed.
packed --plain --dict none
"$PYTHON" -c '
data = bytearray(open("a.sheaf", "rb").read())
at = -1
for _ in range(3):
    at = data.find(b"\x28\xb5\x2f\xfd", at + 1)
data[at + 40] ^= 4
open("a.sheaf", "wb").write(data)'
both sheaf extract a.sheaf -C out
ls out
both sheaf extract a.sheaf -C some a1 a3 b1
ls some
both sheaf extract a.sheaf --format jsonl --section science
both sheaf extract a.sheaf --format jsonl --sort title --limit 2
both sheaf list a.sheaf --where id=b1
