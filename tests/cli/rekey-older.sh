# An older copy, and one that was added to apart, get no new key.
packed -s "$CLI/key.sec" -n example.org/log
cp a.sheaf old.sheaf
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
sheaf append -q a.sheaf -s "$CLI/key.sec" $TIME more.jsonl
try() {
    both sheaf rekey "$@" -s "$CLI/key.sec" --new-key "$CLI/other.sec" $TIME
}
cp old.sheaf before.sheaf
try old.sheaf
both cmp old.sheaf before.sheaf
try -q a.sheaf
try old.sheaf
both cmp old.sheaf before.sheaf
