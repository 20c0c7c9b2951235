# An append signs hashes, and warns when the articles added last are damaged.
packed -s "$CLI/key.sec"
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
poke a.sheaf 150 000
poke a.sheaf 151 000
both sheaf append -q a.sheaf -s "$CLI/key.sec" more.jsonl
both sheaf get a.sheaf c1 -p "$CLI/key.pub"
