# Two copies that were added to apart are two logs: the second is not signed,
# also where no name was given. Not even if it is the longer one.
packed -s "$CLI/key.sec"
cp a.sheaf b.sheaf
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
line '{"id":"c2","title":"Newer","text":"Newer.\n"}' > other.jsonl
both sheaf append -q a.sheaf -s "$CLI/key.sec" more.jsonl
both sheaf append -q b.sheaf -s "$CLI/key.sec" other.jsonl
both sheaf append -q b.sheaf --unsigned other.jsonl
line '{"id":"c3","title":"Newest","text":"Newest.\n"}' > third.jsonl
both sheaf append -q b.sheaf -s "$CLI/key.sec" --sign-unsigned third.jsonl
both sheaf append -q a.sheaf -s "$CLI/key.sec" third.jsonl
# What is kept of it is the note itself.
cd "$XDG_STATE_HOME/sheaf/logs"
ls
sed -n 's/^| //p' ./* | head -n 2
sed -n 's/^size //p' ./*
# Two at a time are not one after the other.
cd - > /dev/null
exec 9< "$XDG_STATE_HOME/sheaf/logs/$(ls "$XDG_STATE_HOME/sheaf/logs")"
flock 9
both sheaf append -q a.sheaf -s "$CLI/key.sec" other.jsonl | sed 's|[^ ]*/logs|LOGS|'
exec 9<&-
# Nothing is remembered of what was not signed.
both sheaf pack -q -o a.sheaf -s "$CLI/key.sec" -n example.org/other more.jsonl
ls "$XDG_STATE_HOME/sheaf/logs"
