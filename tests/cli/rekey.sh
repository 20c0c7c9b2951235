# Another key signs; who trusts the first one follows.
packed -s "$CLI/key.sec" -n example.org/log
both sheaf rekey a.sheaf -s "$CLI/key.sec"
both sheaf rekey a.sheaf -s "$CLI/key.sec" --new-key "$CLI/key.sec"
both sheaf rekey a.sheaf -s "$CLI/other.sec" --new-key "$CLI/key.sec"
cp a.sheaf old.sheaf
both sheaf rekey a.sheaf -s "$CLI/key.sec" --new-key "$CLI/other.sec" $TIME
sheaf verify --no-pins a.sheaf -p "$CLI/key.pub" | sizes
sheaf verify --no-pins a.sheaf -p "$CLI/other.pub" | sizes
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
both sheaf append -q a.sheaf -s "$CLI/key.sec" $TIME more.jsonl
both sheaf append -q old.sheaf -s "$CLI/key.sec" $TIME more.jsonl
both sheaf append -q a.sheaf -s "$CLI/other.sec" $TIME more.jsonl
sheaf verify --no-pins a.sheaf -p "$CLI/key.pub" | sizes
line '{"id":"c2","title":"New","text":"New.\n"}' > more.jsonl
sheaf append -q a.sheaf --unsigned $TIME more.jsonl
both sheaf rekey a.sheaf -s "$CLI/other.sec" --new-key "$CLI/key.sec" $TIME
