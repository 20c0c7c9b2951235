# Intact, authentic, and neither.
packed -s "$CLI/key.sec" -n example.org/log
key=$(sed -n 2p "$CLI/key.pub")
t sheaf verify a.sheaf | sizes
t sheaf verify a.sheaf -P "$key" | sizes
t sheaf verify a.sheaf -q
sheaf verify a.sheaf -P "$key" --json -j 2 | sed 's/bytes":[0-9]*/bytes":N/g'
both sheaf verify a.sheaf -p "$CLI/other.pub"
sheaf pack -q -f -o a.sheaf news.jsonl
both sheaf verify a.sheaf -p "$CLI/key.pub"
