# A signed archive takes what is signed by the same key, or not at all
# without a word.
packed -s "$CLI/key.sec"
cp a.sheaf b.sheaf
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
both sheaf append a.sheaf more.jsonl
both sheaf append a.sheaf -s "$CLI/key.sec" --unsigned more.jsonl
both sheaf append a.sheaf -s "$CLI/other.sec" more.jsonl
cmp a.sheaf b.sheaf
both sheaf append -q a.sheaf -s "$CLI/key.sec" more.jsonl
sheaf verify a.sheaf -p "$CLI/key.pub" | sizes
