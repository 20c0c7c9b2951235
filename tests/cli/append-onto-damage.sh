# An append signs hashes, and warns when the articles added last are damaged.
packed -s "$CLI/key.sec"
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
poke a.sheaf $(($(first a.sheaf) + 86)) 000
poke a.sheaf $(($(first a.sheaf) + 87)) 000
both sheaf append -q a.sheaf -s "$CLI/key.sec" more.jsonl
both sheaf get a.sheaf c1 -p "$CLI/key.pub"
