# An article goes, with all that is said of it; a statement of that comes.
articles
line '{"id":"d1","title":"A plain title","text":"Mr Dorian Fenwick of Saltmarsh Lane owed the ferry company eleven pounds and nine pence in arrears.\n"}' >> news.jsonl
line '{"id":"d2","title":"A letter","text":"As you wrote: Mr Dorian Fenwick of Saltmarsh Lane owed the ferry company eleven pounds. He did not.\n"}' >> news.jsonl
sheaf pack -q -o a.sheaf $TIME -n example.org/log -s "$CLI/key.sec" news.jsonl
sheaf checkpoint a.sheaf > old.note
cp a.sheaf copy.sheaf
t sheaf redact a.sheaf d1 -o b.sheaf --reason 'court order 12/2025' $TIME -s "$CLI/key.sec" 2>&1 | sizes
cmp a.sheaf copy.sheaf
sheaf verify --no-pins b.sheaf -p "$CLI/key.pub" | sizes
sheaf verify --no-pins b.sheaf -p "$CLI/key.pub" --since old.note | sizes
both sheaf get b.sheaf d1
both sheaf get --no-pins -p "$CLI/key.pub" b.sheaf d2
sheaf list b.sheaf
t sheaf redact b.sheaf d2 -o c.sheaf --reason 'it quotes d1' $TIME -s "$CLI/key.sec" --json | sed 's/"bytes":[0-9]*/N/; s/"root":"[0-9a-f]*"/ROOT/'
sheaf verify --no-pins c.sheaf -p "$CLI/key.pub" --since old.note | sizes
for f in a b c; do sheaf extract $f.sheaf --format jsonl -o - | grep -c Fenwick; done

# What comes again under the ID is the revision after it.
line '{"id":"d1","title":"A plain title","text":"Corrected.\n"}' > more.jsonl
sheaf append c.sheaf -q $TIME -s "$CLI/key.sec" more.jsonl
sheaf get c.sheaf d1
sheaf get --meta c.sheaf d1 | grep -o '"rev":[0-9]*'
both sheaf get c.sheaf d1 --rev 1
sheaf verify --no-pins c.sheaf -p "$CLI/key.pub" | sizes

# One revision of several.
both sheaf redact c.sheaf a2 --rev 1 -o d.sheaf --reason 'wrong' $TIME --unsigned
both sheaf get d.sheaf a2 --rev 1
both sheaf get d.sheaf a2
sheaf verify -q d.sheaf
both sheaf redact d.sheaf a2 --rev 1 -o e.sheaf --reason 'wrong' $TIME --unsigned
