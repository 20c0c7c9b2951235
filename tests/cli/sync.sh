# A copy follows an archive: only what was appended is fetched.
packed -s "$CLI/key.sec" -n example.org/log
state() { cmp a.sheaf b.sheaf && echo "the same"; ls -A; }
figures() { sed -e 's/"bytes":[0-9]*/"bytes":N/' -e 's/"fetched":[1-9][0-9]*/"fetched":N/'; }
t sheaf sync a.sheaf b.sheaf -p "$CLI/key.pub" --no-pins --json | figures
state
both sheaf sync a.sheaf b.sheaf -p "$CLI/key.pub" --no-pins
size=$(size_of a.sheaf)
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
sheaf append a.sheaf -q $TIME -s "$CLI/key.sec" more.jsonl
sheaf sync a.sheaf b.sheaf -p "$CLI/key.pub" --no-pins --json > result
figures < result
echo "fetched $(($(size_of a.sheaf) - size)), as many as appended" > want
echo "fetched $(sed 's/.*"fetched":\([0-9]*\).*/\1/' result), as many as appended" | cmp - want
state
line '{"id":"d1","title":"Newer","text":"Newer.\n"}' > more2.jsonl
cp a.sheaf longer.sheaf
sheaf append longer.sheaf -q $TIME -s "$CLI/key.sec" more2.jsonl
# Only a longer one is accepted.
cp b.sheaf newer.sheaf
sheaf pack -q -f -o old.sheaf $TIME -s "$CLI/key.sec" -n example.org/log --new-log news.jsonl
both sheaf sync old.sheaf b.sheaf
line '{"id":"zz","text":"Other.\n"}' > other.jsonl
cat news.jsonl news.jsonl other.jsonl other.jsonl > others.jsonl
sed 's/"id":"a1"/"id":"a0"/' others.jsonl > forged.jsonl
sheaf pack -q -f -o fork.sheaf $TIME -s "$CLI/key.sec" -n example.org/log --new-log forged.jsonl
both sheaf sync fork.sheaf b.sheaf
sheaf pack -q -f -o log.sheaf $TIME -s "$CLI/key.sec" -n example.org/other forged.jsonl
both sheaf sync log.sheaf b.sheaf
both sheaf sync a.sheaf b.sheaf -p "$CLI/other.pub" --no-pins | grep -v IDs
cmp b.sheaf newer.sheaf
# One byte of what was appended is wrong.
cp longer.sheaf damaged.sheaf
poke damaged.sheaf $(($(size_of a.sheaf) + 20)) 123
both sheaf sync damaged.sheaf b.sheaf | sed 's/ at [0-9]*//'
cmp b.sheaf newer.sheaf
# One byte of the copy is wrong: all of it is fetched.
cp b.sheaf bad.sheaf
poke bad.sheaf $(($(size_of b.sheaf) / 4)) 123
both sheaf sync longer.sheaf bad.sheaf | sizes | sed 's/ at [0-9]*//'
cmp longer.sheaf bad.sheaf && rm bad.sheaf
# Written anew: fetched as a whole, as it extends the copy. The index of the
# copy could have words of what was redacted.
sheaf index -q b.sheaf
sheaf redact longer.sheaf a1 -q -o again.sheaf --reason taste -s "$CLI/key.sec" --new-log
both sheaf sync again.sheaf b.sheaf -p "$CLI/key.pub" --no-pins | sizes
[ ! -e b.sheaf.db ] && cmp again.sheaf b.sheaf
sheaf repack longer.sheaf -q -f --level 3 -o again.sheaf
cp newer.sheaf b.sheaf
both sheaf sync again.sheaf b.sheaf -p "$CLI/key.pub" --no-pins | sizes
cmp again.sheaf b.sheaf
# A stranger appends to the file on the server. With a key, the copy is not
# bound to that: the signed archive goes on without it.
cp again.sheaf c.sheaf
cp again.sheaf strange.sheaf
line '{"id":"s1","title":"Strange","text":"Strange.\n"}' > strange.jsonl
sheaf append strange.sheaf -q --unsigned strange.jsonl
line '{"id":"e1","title":"Newest","text":"Newest.\n"}' > more3.jsonl
sheaf append again.sheaf -q -s "$CLI/key.sec" --new-log more3.jsonl
both sheaf sync strange.sheaf c.sheaf -p "$CLI/key.pub" | sizes
both sheaf sync again.sheaf c.sheaf -p "$CLI/key.pub" | sizes
cmp again.sheaf c.sheaf
cp strange.sheaf c.sheaf
both sheaf sync again.sheaf c.sheaf | sed 's/these.*/DETAILS/'
rm -r c.sheaf strange.sheaf strange.jsonl more3.jsonl
both sheaf sync again.sheaf https://example.org/b.sheaf
both sheaf sync none.sheaf new.sheaf
both sheaf sync a.sheaf news.jsonl | sed 's/ at [0-9]*//'
ls -A
