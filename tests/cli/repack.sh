# Stored otherwise: the same tree, the same checkpoint, the same articles.
packed -s "$CLI/key.sec" -n example.org/log --level 3
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
sheaf append a.sheaf -q $TIME -s "$CLI/key.sec" more.jsonl
for o in --small --fast '--level 1 --dict none' '--block 16K'; do
    t sheaf repack -q a.sheaf -f -o b.sheaf $o
    sheaf verify --no-pins b.sheaf -p "$CLI/key.pub" | sizes
    sheaf checkpoint a.sheaf > a.note
    sheaf checkpoint b.sheaf | cmp - a.note
    sheaf extract a.sheaf --format jsonl -o a.out
    sheaf extract b.sheaf --format jsonl -o - | cmp - a.out
    rm a.out
done
sheaf repack a.sheaf -f -o b.sheaf 2>&1 | sizes
sheaf repack a.sheaf -f -o b.sheaf --json | sed 's/"bytes[a-z_]*":[0-9]*/N/g'
both sheaf repack a.sheaf -o b.sheaf
both sheaf repack a.sheaf
cp a.sheaf c.sheaf
poke c.sheaf $(($(first c.sheaf) + 46)) 123
sheaf repack c.sheaf -o d.sheaf 2> err
echo "= $?"
[ -e d.sheaf ] || echo none
# An article that is missing is not dropped without a word.
both sheaf repack -q "$NEWSROOM/../../spec/vectors/F6.6-missing.sheaf" -o m.sheaf | sed 's|[^ ]*/spec|spec|'
[ -e m.sheaf ] || echo none
