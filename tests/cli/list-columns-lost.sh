# A group ends in a sector that is lost: articles and the columns that name
# them. What is listed is not all, and no older revision is taken for the
# newest.
packed --plain --dict none
cp a.sheaf good.sheaf
"$PYTHON" -c '
data = bytearray(open("a.sheaf", "rb").read())
columns = data.index(b"GRP\1") - 8
at = -1
for _ in range(4):
    at = data.find(b"\x28\xb5\x2f\xfd", at + 1)
data[at + 12:columns + 40] = bytes(columns + 40 - at - 12)
open("a.sheaf", "wb").write(data)'
both sheaf list good.sheaf
both sheaf list a.sheaf
both sheaf list a.sheaf --json --section Science
both sheaf list a.sheaf --revisions --limit 3
both sheaf list a.sheaf --limit 2
both sheaf list a.sheaf 'b*'
both sheaf list a.sheaf a1
both sheaf list a.sheaf --since 2024-02 --sort title
both sheaf info a.sheaf --plot
mkdir many
mv a.sheaf good.sheaf many
both sheaf list many --revisions
