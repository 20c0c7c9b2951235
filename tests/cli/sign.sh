# What was packed without a key is signed later; once is enough.
packed -n example.org/log
cp a.sheaf b.sheaf
both sheaf sign a.sheaf -s "$CLI/key.sec"
cp a.sheaf c.sheaf
both sheaf sign a.sheaf -s "$CLI/key.sec"
cmp a.sheaf c.sheaf
both sheaf sign a.sheaf -s "$CLI/other.sec"
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
sheaf append -q $TIME a.sheaf --unsigned more.jsonl
both sheaf sign a.sheaf -s "$CLI/key.sec"
both sheaf sign a.sheaf -s "$CLI/key.sec" --sign-unsigned
sheaf verify --no-pins a.sheaf -p "$CLI/key.pub" | sizes
# An older copy is not signed again as if it were the newest.
both sheaf sign b.sheaf -s "$CLI/key.sec"
both sheaf sign b.sheaf
both sheaf sign b.sheaf -s "$CLI/key.sec" --note x
