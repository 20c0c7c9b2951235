# To sign on from an older copy would make two logs of one.
packed -s "$CLI/key.sec" -n example.org/log
cp a.sheaf old.sheaf
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
line '{"id":"c2","title":"Newer","text":"Newer.\n"}' > other.jsonl
both sheaf append -q a.sheaf -s "$CLI/key.sec" more.jsonl
both sheaf append -q old.sheaf -s "$CLI/key.sec" other.jsonl
both sheaf append -q old.sheaf -s "$CLI/key.sec" --new-log other.jsonl
