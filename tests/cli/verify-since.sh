# The archive must go on from a checkpoint that somebody kept.
packed -s "$CLI/key.sec" -n example.org/log
key=$CLI/key.pub
sheaf verify -q a.sheaf -p "$key" --pins pins
sed -n 's/^| \?//p' pins > six.note
cp a.sheaf b.sheaf
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
line '{"id":"c2","title":"Newer","text":"Newer.\n"}' > other.jsonl
sheaf append -q $TIME a.sheaf -s "$CLI/key.sec" more.jsonl
t sheaf verify a.sheaf -p "$key" --since six.note --no-pins | sizes
t sheaf verify a.sheaf -p "$key" --since six.note --no-pins --json |
    grep -o '"level":[^,]*\|"since.*'
sheaf verify -q a.sheaf -p "$key" --pins pins
sed -n 's/^| \?//p' pins > eight.note
both sheaf verify b.sheaf -p "$key" --since eight.note --no-pins
sheaf append -q $TIME b.sheaf -s "$CLI/key.sec" --new-log other.jsonl
both sheaf verify b.sheaf -p "$key" --since eight.note --no-pins
t sheaf verify b.sheaf -p "$key" --since eight.note --no-pins --json 2> /dev/null
# Not his signature, not this log, no checkpoint, no key.
both sheaf verify a.sheaf -p "$key" --since /dev/null
sheaf pack -q -o c.sheaf -s "$CLI/other.sec" -n example.org/log news.jsonl
sheaf verify -q c.sheaf -p "$CLI/other.pub" --pins pins.c
sed -n 's/^| \?//p' pins.c > other.note
both sheaf verify a.sheaf -p "$key" --since other.note
both sheaf verify a.sheaf --since six.note
both sheaf verify a.sheaf -p "$key" --since missing
