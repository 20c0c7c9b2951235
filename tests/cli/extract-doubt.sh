# The newest revision is damaged, and so is the index: what the columns name of
# it is enough not to give an older one.
article() { line "{\"id\":\"$1\",\"text\":\"$2 of $1.\"}"; }
(article x Withdrawn; article a Text; article x Corrected; article c Text) > n.jsonl
sheaf pack -q $TIME -o a.sheaf -n ex.org/x -s "$CLI/key.sec" --plain --dict none n.jsonl
"$PYTHON" -c '
d = bytearray(open("a.sheaf", "rb").read())
at = -1
for i in range(3):
    at = d.index(b"\x28\xb5\x2f\xfd", at + 1)
d[at + 20:at + 28] = bytes(8)
d[d.index(b"MAP\1") + 20] ^= 1
open("a.sheaf", "wb").write(d)'
for p in "" "-p $CLI/key.pub --no-pins"; do
    both sheaf get a.sheaf x $p
    both sheaf extract a.sheaf --format jsonl -o - $p
    both sheaf list a.sheaf $p
done 2>&1 | sed 's/ at [0-9]*/ at N/; s/zstd: [^[]*/zstd /'
