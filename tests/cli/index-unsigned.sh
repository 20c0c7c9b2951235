# An index that is made with a key has what is signed, and says no more.
packed -s "$CLI/key.sec" -n example.org/log
line '{"id":"c1","title":"New","text":"A heron.\n"}' > more.jsonl
sheaf append -q $TIME --unsigned a.sheaf more.jsonl
both sheaf search a.sheaf heron --index -q -p "$CLI/key.pub" --no-pins
both sheaf search a.sheaf heron -q
both sheaf search a.sheaf heron -q -p "$CLI/key.pub" --no-pins
