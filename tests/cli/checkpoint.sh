# The signed note, the text that it is of, and what is past it.
packed -n example.org/log
both sheaf checkpoint a.sheaf
t sheaf checkpoint a.sheaf --unsigned -o a.txt
t sheaf sign -q a.sheaf -s "$CLI/key.sec"
t sheaf checkpoint a.sheaf
sheaf checkpoint a.sheaf -p "$CLI/key.pub" > a.note
head -n 3 a.note | cmp - a.txt && echo the text is that of the note
both sheaf checkpoint a.sheaf -p "$CLI/other.pub"
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
sheaf append -q $TIME a.sheaf --unsigned more.jsonl
both sheaf checkpoint a.sheaf -o past.note
cmp a.note past.note
t sheaf checkpoint a.sheaf --unsigned
