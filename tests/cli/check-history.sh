# An archive that has grown, and one that was forked.
note() {
    sheaf prove "$1" a1 | sed '1,/^$/d'
}
packed -s "$CLI/key.sec" -n example.org/news
note a.sheaf > old.note
line '{"id":"late","text":"After the deadline.\n"}' > more.jsonl
sheaf append -q a.sheaf $TIME -s "$CLI/key.sec" more.jsonl
note a.sheaf > new.note
t sheaf prove a.sheaf --from old.note
sheaf prove a.sheaf --from old.note -o history.proof
t sheaf check history.proof --from old.note -p "$CLI/key.pub"
t sheaf check history.proof --from old.note --json -p "$CLI/key.pub"
both sheaf check history.proof --from new.note -p "$CLI/key.pub"
both sheaf check history.proof --from old.note -p "$CLI/other.pub"
both sheaf check history.proof -p "$CLI/key.pub"
both sheaf check history.proof --from more.jsonl -p "$CLI/key.pub"
both sheaf check history.proof --from old.note --id a1 -p "$CLI/key.pub"
sheaf pack -q -f -o b.sheaf $TIME -j 1 -s "$CLI/key.sec" -n example.org/news --new-log more.jsonl
both sheaf prove b.sheaf --from old.note
sheaf append -q b.sheaf $TIME -s "$CLI/key.sec" news.jsonl
both sheaf prove b.sheaf --from old.note
sheaf pack -q -f -o b.sheaf $TIME -j 1 -s "$CLI/key.sec" -n example.org/else news.jsonl
both sheaf prove b.sheaf --from old.note
