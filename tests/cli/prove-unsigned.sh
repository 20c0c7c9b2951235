# What is not signed can't be proven; what was signed before can.
packed
both sheaf prove a.sheaf a1
both sheaf prove a.sheaf --absent none
sheaf pack -q -f -o a.sheaf $TIME -j 1 -s "$CLI/key.sec" -n example.org/news news.jsonl
line '{"id":"late","text":"After the deadline.\n"}' > more.jsonl
sheaf append -q a.sheaf $TIME --unsigned more.jsonl
both sheaf prove a.sheaf a1 -o a1.proof
t sheaf check -q a1.proof --id a1 -p "$CLI/key.pub"
both sheaf prove a.sheaf late
both sheaf prove a.sheaf --newest a1
