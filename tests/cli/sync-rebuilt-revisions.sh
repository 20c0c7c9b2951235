# Older revisions count, too, whatever their number is now.
say() {
    line '{"id":"desk","title":"Desk","text":"'"$1"'\n"}'
}
line '{"id":"a","title":"A","text":"A.\n"}' > a.jsonl
say one > 1.jsonl
say two > 2.jsonl
say three > 3.jsonl
sheaf pack -q -o full.sheaf $TIME -n example.org/full -s "$CLI/key.sec" a.jsonl 1.jsonl 2.jsonl 3.jsonl
sheaf pack -q -o slim.sheaf $TIME -n example.org/slim -s "$CLI/key.sec" a.jsonl 2.jsonl 3.jsonl
sheaf redact -q full.sheaf desk --rev 2 -o cut.sheaf $TIME -s "$CLI/key.sec" --reason asked
for new in slim cut; do
    cp full.sheaf copy.sheaf
    both sheaf sync $new.sheaf copy.sheaf --rebuilt -p "$CLI/key.pub" --no-pins | sizes
done
