# The checkpoints of archives that were merged stay as evidence when an article
# is redacted; what may hold text of an article does not.
line '{"id":"x1","title":"Ferry","text":"Late.\n"}' > x.jsonl
line '{"id":"y1","title":"Bus","text":"Later.\n"}' > y.jsonl
sheaf pack -q -o x.sheaf $TIME -n example.org/x -s "$CLI/key.sec" x.jsonl
sheaf pack -q -o y.sheaf $TIME -n example.org/y -s "$CLI/key.sec" y.jsonl
sheaf merge -q x.sheaf y.sheaf -o m.sheaf $TIME -n example.org/m -s "$CLI/key.sec"
both sheaf redact -q m.sheaf x1 -o r.sheaf $TIME -s "$CLI/key.sec" --reason asked
for f in m r; do
    LC_ALL=C grep -ac '^example.org/[xy]$' $f.sheaf
    LC_ALL=C grep -a '^[0-9]* [0-9]*$' $f.sheaf
done
both sheaf verify -q r.sheaf -p "$CLI/key.pub" --no-pins
