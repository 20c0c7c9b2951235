# What does not go on from what was cosigned is not cosigned: an older copy,
# and another log of the same origin and key.
packed -n example.org/log -s "$CLI/key.sec"
cp a.sheaf old.sheaf
cp a.sheaf fork.sheaf
OTHER="-s $CLI/other.sec --name library.example/w1 -p $CLI/key.pub"
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
line '{"id":"d1","title":"Other","text":"Other.\n"}' > other.jsonl
sheaf append -q $TIME a.sheaf -s "$CLI/key.sec" more.jsonl
sheaf append -q $TIME fork.sheaf -s "$CLI/key.sec" --new-log other.jsonl
both sheaf cosign -q a.sheaf $OTHER
cp old.sheaf before.sheaf
both sheaf cosign -q old.sheaf $OTHER
cmp old.sheaf before.sheaf
both sheaf cosign -q fork.sheaf $OTHER
sheaf append -q $TIME fork.sheaf -s "$CLI/key.sec" --new-log more.jsonl
both sheaf cosign -q fork.sheaf $OTHER
sheaf checkpoint fork.sheaf | grep -c library
packed -f
both sheaf cosign -q a.sheaf $OTHER
