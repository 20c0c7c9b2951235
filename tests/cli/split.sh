# Several archives of one: by month, section and size; merged again, they have
# the same articles.
for i in 1 2 3 4 5 6; do
    s=Local; case $i in 2|5) s='a/b "c"';; 3) s=..;; esac
    printf '{"id":"n%s","published":"2024-0%s-10","section":"%s","body":"Text %s."}\n' $i $((i / 2 + 1)) "$(printf %s "$s" | sed 's/"/\\"/g')" $i
done > news.jsonl
echo '{"id":"n7","body":"Neither."}' >> news.jsonl
echo '{"id":"n8","published":"2024","section":"a_b__c_","body":"A year."}' >> news.jsonl
sizes() { sed 's/[0-9.]* [kM]*B$/N B/; s/"bytes":[0-9]*/"bytes":N/; s/"\(root\|origin\)":"[^"]*"/"\1":N/g; s/ at [0-9]*\]/ at N]/'; }
sheaf pack -q $TIME -o a.sheaf -s "$CLI/key.sec" -n a news.jsonl
t sheaf split $TIME a.sheaf -C months --by month 2>&1 | sizes
for f in months/*; do echo "$f"; sheaf verify -q "$f"; sheaf list "$f"; done
t sheaf split $TIME a.sheaf -C sections --by section -s "$CLI/key.sec" -p "$CLI/key.pub" --no-pins --json | sizes
for f in sections/*; do echo "$f"; sheaf verify -q --no-pins -p "$CLI/key.pub" "$f"; sheaf list "$f"; done
t sheaf split $TIME -q a.sheaf -C sizes --by 1
ls sizes
sheaf merge -q $TIME sizes/* -o b.sheaf
sheaf extract a.sheaf --format jsonl -o a.jsonl -q
sheaf extract b.sheaf --format jsonl -o b.jsonl -q
cmp a.jsonl b.jsonl
# A removed article is where it was.
sheaf redact -q $TIME a.sheaf n3 -o r.sheaf --reason 'a request' --unsigned
sheaf split -q $TIME r.sheaf -C removed --by month
both sheaf get removed/2024-02.sheaf n3
both sheaf get removed/2024-02.sheaf n2
# Refusals.
both sheaf split -q r.sheaf -C none --by month -p "$CLI/key.pub" --no-pins
cp a.sheaf bad.sheaf
poke bad.sheaf $(($(first a.sheaf) + 26)) 377
both sheaf split bad.sheaf -C none --by month | sizes
both sheaf split a.sheaf -C months --by month
both sheaf split a.sheaf -C months --by week
both sheaf split a.sheaf -C months --by 0
both sheaf split a.sheaf --by month
both sheaf split a.sheaf -C months
ls
# A correction that moved to another section.
line '{"id":"m","section":"A","body":"Before."}' > m.jsonl
line '{"id":"m","section":"Z","body":"After."}' >> m.jsonl
sheaf pack -q $TIME -o m.sheaf m.jsonl
both sheaf split m.sheaf -q -C moved --by section
