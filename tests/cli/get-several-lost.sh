# Of several IDs, the one that is damaged is named.
for i in a b c; do line "{\"id\":\"$i\",\"text\":\"Text of $i.\"}"; done > n.jsonl
sheaf pack -q $TIME -o a.sheaf --plain --dict none n.jsonl
"$PYTHON" -c '
d = bytearray(open("a.sheaf", "rb").read())
at = d.index(b"\x28\xb5\x2f\xfd", d.index(b"\x28\xb5\x2f\xfd") + 4)
d[at + 20:at + 28] = bytes(8)
open("a.sheaf", "wb").write(d)'
both sheaf get a.sheaf a b c nothing | sed 's/ at [0-9]*/ at N/; s/zstd: [^[]*/zstd /'
both sheaf get a.sheaf b | sed 's/ at [0-9]*/ at N/; s/zstd: [^[]*/zstd /'
