# Of several IDs, the one that is lost is named.
packed --plain
"$PYTHON" -c '
d = bytearray(open("a.sheaf", "rb").read())
at = d.index(b"\x28\xb5\x2f\xfd", d.index(b"\x28\xb5\x2f\xfd") + 4)
d[at + 20:at + 28] = bytes(8)
open("a.sheaf", "wb").write(d)'
both sheaf get a.sheaf a1 a2 a3 nothing | sed 's/ at [0-9]*/ at N/; s/: zstd.*\[/: zstd [/'
