# What was signed is known along a change of keys, and from files as they were
# before: one for each origin and key number.
packed -s "$CLI/key.sec" -n example.org/log
cp a.sheaf old.sheaf
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
sheaf append -q $TIME a.sheaf -s "$CLI/key.sec" more.jsonl
logs=$XDG_STATE_HOME/sheaf/logs
root=$(sheaf info a.sheaf --json | sed 's/.*"root":"\([0-9a-f]*\)".*/\1/')
write_before() {
    rm "$logs"/*
    printf 'sheaf log 1\norigin example.org/log\nkey %s\nsize %s\nroot %s\n' \
        6C4535F603DE839A "$1" "$2" > "$logs/example.org%2Flog+6C4535F603DE839A"
}
write_before 8 "$root"
both sheaf append -q $TIME old.sheaf -s "$CLI/key.sec" more.jsonl
both sheaf pack -q -o b.sheaf -s "$CLI/key.sec" -n example.org/log news.jsonl
ls "$logs"
line '{"id":"c2","title":"Newer","text":"Newer.\n"}' > third.jsonl
t sheaf append -q $TIME a.sheaf -s "$CLI/key.sec" third.jsonl
ls "$logs"
write_before 8 "${root%?}x"
both sheaf append -q $TIME a.sheaf -s "$CLI/key.sec" more.jsonl | sed 's|[^ ]*/logs|LOGS|'
write_before 10 "$(sheaf info a.sheaf --json | sed 's/.*"root":"\([0-9a-f]*\)".*/\1/')"
t sheaf rekey -q $TIME a.sheaf -s "$CLI/key.sec" --new-key "$CLI/other.sec"
ls "$logs"
sed 's/^| .*//; s/ RW[^ ]*/ KEY/g' "$logs/example.org%2Flog" | grep pin
both sheaf append -q $TIME old.sheaf -s "$CLI/key.sec" more.jsonl
both sheaf pack -q -o b.sheaf -s "$CLI/other.sec" -n example.org/log news.jsonl
