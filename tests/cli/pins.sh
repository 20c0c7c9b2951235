# A log is remembered; an archive that goes back, or another way, is refused,
# by verify, get and extract, and both checkpoints are kept.
packed -s "$CLI/key.sec" -n example.org/log
key=$CLI/key.pub
cp a.sheaf old.sheaf
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
line '{"id":"c2","title":"Newer","text":"Newer.\n"}' > other.jsonl
t sheaf verify a.sheaf -p "$key" | sizes
t sheaf verify a.sheaf -p "$key" --no-pins | sizes
sheaf append -q $TIME a.sheaf -s "$CLI/key.sec" more.jsonl
t sheaf verify a.sheaf -p "$key" | sizes
t sheaf verify a.sheaf -p "$key" --json | grep -o '"level":[^,]*\|"pin.*[^}]'
t sheaf pins | cut -f 1,2
ls "$XDG_STATE_HOME/sheaf"
# Back.
evidence() {
    sed "s|$XDG_STATE_HOME|STATE|g"
}
both sheaf verify old.sheaf -p "$key" | evidence
both sheaf get old.sheaf -p "$key" a1 | evidence
both sheaf extract old.sheaf -p "$key" | evidence
t sheaf verify old.sheaf -p "$key" --json 2> /dev/null | evidence
t sheaf get old.sheaf -p "$key" --no-pins a1
t sheaf get old.sheaf a1
# Another way: of the same size, and longer.
cp old.sheaf fork.sheaf
sheaf append -q $TIME fork.sheaf -s "$CLI/key.sec" --new-log other.jsonl
both sheaf verify fork.sheaf -p "$key" | evidence
line '{"id":"c3","title":"Newest","text":"Newest.\n"}' > third.jsonl
sheaf append -q $TIME fork.sheaf -s "$CLI/key.sec" --new-log third.jsonl
both sheaf verify fork.sheaf -p "$key" | evidence
both sheaf get fork.sheaf -p "$key" a1 | evidence
ls "$XDG_STATE_HOME/sheaf"
cat "$XDG_STATE_HOME/sheaf"/fork-*-8-8-*
# The pin is what it was, other keys have their own, and it can be forgotten.
t sheaf pins | cut -f 1,2
sheaf pack -q -o b.sheaf -n example.org/log -s "$CLI/other.sec" news.jsonl
t sheaf verify -q b.sheaf -p "$CLI/other.pub"
t sheaf pins --json | grep -o '"size":[0-9]*'
t sheaf pins --forget example.org/log
both sheaf pins --forget example.org/log | evidence
t sheaf verify -q fork.sheaf -p "$key"
