# A damaged archive of a folder is named, also at the end.
packed -s "$CLI/key.sec"
mkdir folder
cp a.sheaf folder/one.sheaf
"$PYTHON" -c '
d = bytearray(open("folder/one.sheaf", "rb").read())
at = d.rfind(b"TIL\1")
d[at + 30] ^= 1
open("folder/one.sheaf", "wb").write(d)'
both sheaf list folder -p "$CLI/key.pub" --no-pins
both sheaf extract folder --format jsonl -o - -p "$CLI/key.pub" --no-pins
# What is lost of each is said once, and by its own name.
line '{"id":"c1","title":"Lock gate","text":"It is open.\n"}' > c.jsonl
line '{"id":"c2","title":"Quay","text":"It is shut.\n"}' >> c.jsonl
sheaf pack -q -f -o folder/one.sheaf $TIME -j 1 news.jsonl
sheaf pack -q -o folder/two.sheaf $TIME -j 1 c.jsonl
"$PYTHON" -c '
for name in "folder/one.sheaf", "folder/two.sheaf":
    d = bytearray(open(name, "rb").read())
    at = d.find(b"\x28\xb5\x2f\xfd")
    d[at + 20:at + 24] = b"\0\0\0\0"
    open(name, "wb").write(d)'
both sheaf list folder
both sheaf list folder --section Science
both sheaf extract folder --format jsonl -o -
both sheaf extract folder --format jsonl -o - --reverse
both sheaf extract folder --format jsonl -o - 'a*' 'c*'
both sheaf extract folder --format jsonl -o - c1 a1 'c*'
both sheaf list folder --sort title --reverse
# The last one that is read is whole.
sheaf pack -q -f -o folder/one.sheaf $TIME -j 1 news.jsonl
both sheaf list folder --sort date
# The newest revision is lost: an older one of another archive is no answer.
line '{"id":"c1","title":"Lock gate","text":"It was open.\n"}' > older.jsonl
sheaf pack -q -f -o folder/one.sheaf $TIME -j 1 older.jsonl
both sheaf get folder c1
both sheaf list folder --revisions
both sheaf extract folder --format jsonl -o - c1
