# An unsigned archive is checked before it is signed.
packed
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
cp a.sheaf b.sheaf
poke a.sheaf $(($(first a.sheaf) + 86)) 000
poke a.sheaf $(($(first a.sheaf) + 87)) 000
cp a.sheaf c.sheaf
both sheaf append a.sheaf -s "$CLI/key.sec" --sign-unsigned more.jsonl | sed 's/: .*\[/: WHY [/'
cmp a.sheaf c.sheaf
both sheaf append -q b.sheaf -s "$CLI/key.sec" --sign-unsigned more.jsonl
sheaf verify -q b.sheaf -p "$CLI/key.pub"
