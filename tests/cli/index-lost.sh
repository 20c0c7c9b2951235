# An index lacks what was lost when it was made. Each search says so, also once
# the archive is whole again.
packed --plain --dict none
cp a.sheaf whole.sheaf
"$PYTHON" -c '
data = bytearray(open("a.sheaf", "rb").read())
at = -1
for _ in range(3):
    at = data.find(b"\x28\xb5\x2f\xfd", at + 1)
data[at + 40] ^= 4
open("a.sheaf", "wb").write(data)'
both sheaf index a.sheaf | sizes
cp whole.sheaf a.sheaf
both sheaf search a.sheaf it
t sheaf info a.sheaf | sed -n '/^index/p' | sizes
both sheaf index a.sheaf | sizes
both sheaf search a.sheaf it -q
