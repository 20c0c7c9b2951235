# Keys are followed from the one that is trusted, by pins and --since too; and
# the old one signs no more.
packed -s "$CLI/key.sec" -n example.org/log
key=$CLI/key.pub
cp a.sheaf old.sheaf
sheaf checkpoint a.sheaf -p "$key" --tiles tiles > tiles.said
sheaf verify -q a.sheaf -p "$key"
sed -n 's/^| \?//p' "$XDG_STATE_HOME/sheaf/pins" > old.note
sheaf rekey a.sheaf -q -s "$CLI/key.sec" --new-key "$CLI/other.sec" $TIME
t sheaf verify a.sheaf -p "$key" --since old.note | sizes
t sheaf verify a.sheaf -p "$key" --json |
    grep -o '"key_changes":[^,]*\|"key":[^,]*\|"signer":[^,]*\|"pin":[^,]*'
sheaf info a.sheaf | grep key
t sheaf get a.sheaf -p "$key" a1
t sheaf get a.sheaf -p "$CLI/other.pub" a1
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
both sheaf append -q a.sheaf -s "$CLI/key.sec" more.jsonl
both sheaf append -q old.sheaf -s "$CLI/key.sec" more.jsonl
both sheaf append -q a.sheaf -s "$CLI/other.sec" $TIME more.jsonl
t sheaf verify a.sheaf -p "$key" | sizes
both sheaf verify old.sheaf -p "$key" | grep -o 'rollback: .*'
# A checkpoint of before is one of this log for who trusts the new key, too. A
# stranger's is not, and is what is named.
t sheaf verify a.sheaf -p "$CLI/other.pub" --no-pins --since old.note | sizes
both sheaf checkpoint a.sheaf -p "$CLI/other.pub" --tiles tiles
both sheaf verify a.sheaf -q -p "$key" --no-pins --since tiles/checkpoint
sheaf keygen -W -p third.pub -s third.sec > third
packed -s third.sec -n example.org/log -o third.sheaf
sheaf checkpoint third.sheaf > third.note
both sheaf verify a.sheaf -p "$CLI/other.pub" --no-pins --since third.note
# Nor an archive that is made of this one.
for p in "" "-p $key"; do
    both sheaf merge -q a.sheaf -o m.sheaf -s "$CLI/key.sec" -n example.org/m $p
    both sheaf split -q a.sheaf --by month -C parts -s "$CLI/key.sec" $p
done
ls m.sheaf parts 2> /dev/null
t sheaf merge -q a.sheaf -o m.sheaf -s "$CLI/other.sec" -n example.org/m $TIME -p "$key"
t sheaf verify -q m.sheaf -p "$CLI/other.pub"
