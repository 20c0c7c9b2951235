# A damaged archive of a folder is named, also at the end.
packed -s "$CLI/key.sec"
mkdir folder
cp a.sheaf folder/one.sheaf
"$PYTHON" -c '
d = bytearray(open("folder/one.sheaf", "rb").read())
at = d.rfind(b"TIL\0")
d[at + 30] ^= 1
open("folder/one.sheaf", "wb").write(d)'
both sheaf list folder -p "$CLI/key.pub" --no-pins
both sheaf extract folder --format jsonl -o - -p "$CLI/key.pub" --no-pins
