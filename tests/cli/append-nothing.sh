# Nothing new: not a byte is changed.
line '{"id":"a1","text":"One.\n"}' > in.jsonl
sheaf pack -q -o a.sheaf -s "$CLI/key.sec" in.jsonl
cp a.sheaf b.sheaf
both sheaf append a.sheaf --unsigned in.jsonl
both sheaf append a.sheaf -s "$CLI/key.sec" in.jsonl
sheaf append a.sheaf -s "$CLI/key.sec" --json in.jsonl | grep -o '^.*unch[^,]*'
cmp a.sheaf b.sheaf
