# A device is written to, and not replaced.
packed
t sheaf pack -q -o /dev/null news.jsonl
t sheaf extract a.sheaf --format jsonl -o /dev/null
t sheaf get a.sheaf a1 -o /dev/null
t sheaf repack -q a.sheaf -o /dev/null
both sheaf get a.sheaf a1 -o /dev/full
test -c /dev/null && echo there
