# What could not be remembered is not signed: the same command signs a fork
# when it is run again.
articles
sheaf pack -q $TIME -o a.sheaf -n ex.org/a -s "$CLI/key.sec" news.jsonl
logs=$XDG_STATE_HOME/sheaf/logs
mkdir "$logs/ex.org%2Fa+room" "$logs/ex.org%2Fn+room"
line '{"id":"new","text":"New.\n"}' > more.jsonl
cp a.sheaf was.sheaf
for c in "redact a.sheaf a1 --reason r -o b.sheaf" "append -q a.sheaf more.jsonl" \
    "pack -q -n ex.org/n -o b.sheaf more.jsonl" \
    "merge -q -n ex.org/n a.sheaf -o b.sheaf"; do
    both sheaf $c $TIME -s "$CLI/key.sec" | sed 's|[^ ]*/logs/|LOGS/|'
    ls b.sheaf 2>&1
    cmp a.sheaf was.sheaf
done
both sheaf rekey a.sheaf -s "$CLI/key.sec" --new-key "$CLI/other.sec" | sed 's|[^ ]*/logs/|LOGS/|'
cmp a.sheaf was.sheaf
rmdir "$logs"/*+room
both sheaf redact a.sheaf a1 --reason r -o b.sheaf $TIME -s "$CLI/key.sec"
ls "$logs"
# The file in its place is not what is remembered of another log.
sheaf pack -q $TIME -o r.sheaf -n ex.org/a.room -s "$CLI/key.sec" more.jsonl
sheaf pack -q $TIME -o r.sheaf -f -n ex.org/a+ -s "$CLI/key.sec" more.jsonl 2>&1 | grep -c origin
sheaf append -q $TIME b.sheaf -s "$CLI/key.sec" more.jsonl
ls "$logs"
