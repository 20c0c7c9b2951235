# The file of pins: elsewhere, with a person's notes in it, or no such file.
packed -s "$CLI/key.sec" -n example.org/log
key=$CLI/key.pub
t sheaf verify -q a.sheaf -p "$key" --pins here
line '# what I think of it' >> here
cat here
sheaf pack -q -o b.sheaf -s "$CLI/key.sec" $TIME -n example.org/b news.jsonl
t sheaf verify -q b.sheaf -p "$key" --pins here
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
sheaf append -q $TIME a.sheaf -s "$CLI/key.sec" more.jsonl
t sheaf verify -q a.sheaf -p "$key" --pins here
grep -Ev '^\| (—|.{44}$)' here
both sheaf verify -q a.sheaf -p "$key" --pins news.jsonl
sed 's/^| 6$/| 06/' here > bad
both sheaf verify -q b.sheaf -p "$key" --pins bad
# A key that was damaged, within its letters or not, is not another log's.
sed 's/ RWSag94D9/ RWSag94D8/' here > bad
both sheaf verify -q b.sheaf -p "$key" --pins bad
sed -e '/^sum/d' -e 's/ RWSag94D9/ RWSag94-9/' here > bad
both sheaf verify -q b.sheaf -p "$key" --pins bad
# Nor need a pin have a sum, as when a person wrote it.
sed '/^sum/d' here > bare
both sheaf verify -q b.sheaf -p "$key" --pins bare
grep -c ^sum bare
both sheaf verify -q a.sheaf -p "$key" --pins nowhere/here
both sheaf get a.sheaf -p "$key" --pins nowhere/here a1
ls "$XDG_STATE_HOME/sheaf"
# A link is followed. One that leads nowhere keeps no pin, which is said.
cp a.sheaf older.sheaf
line '{"id":"c2","title":"Newer","text":"Newer.\n"}' > more.jsonl
sheaf append -q $TIME a.sheaf -s "$CLI/key.sec" more.jsonl
sheaf verify -q older.sheaf -p "$key"
mv "$XDG_STATE_HOME/sheaf/pins" real
ln -s "$PWD/real" "$XDG_STATE_HOME/sheaf/pins"
t sheaf verify -q a.sheaf -p "$key"
both sheaf verify -q older.sheaf -p "$key" | grep -o 'rollback: the.*'
test -L "$XDG_STATE_HOME/sheaf/pins" && grep -c '^pin' real
ln -sf nowhere/pins "$XDG_STATE_HOME/sheaf/pins"
both sheaf verify a.sheaf -p "$key" --json |
    sed "s|$XDG_STATE_HOME|STATE|g" | grep -o 'sheaf:.*\|"pin":.*'
unset XDG_STATE_HOME HOME
both sheaf verify -q a.sheaf -p "$key"
both sheaf get a.sheaf -p "$key" a1
both sheaf pins
# A pipe is no file of pins, and nobody waits for its other end.
mkfifo pipe
both sheaf verify -q a.sheaf -p "$CLI/key.pub" --pins pipe
both sheaf get a.sheaf a1 -p "$CLI/key.pub" --pins pipe
