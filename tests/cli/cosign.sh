# A second archivist states to have seen what the first has signed.
packed -n example.org/log -s "$CLI/key.sec"
OTHER="-s $CLI/other.sec --name library.example/w1 -p $CLI/key.pub"
T='--time 2025-01-03T00:00:00Z'
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
both sheaf cosign a.sheaf $OTHER $T
both sheaf cosign a.sheaf $OTHER
sheaf checkpoint a.sheaf
sheaf verify -q --no-pins a.sheaf -p "$CLI/key.pub"
# The next generation has a checkpoint of its own, which goes on from it.
sheaf append -q $TIME a.sheaf -s "$CLI/key.sec" more.jsonl
both sheaf cosign a.sheaf $OTHER $T
sheaf checkpoint a.sheaf | sed -n '2p; /library/p'
# Who cosigns is not the log, and says who the log is.
both sheaf cosign a.sheaf -s "$CLI/key.sec" --name me -p "$CLI/key.pub"
both sheaf cosign a.sheaf -s "$CLI/other.sec" --name me -p "$CLI/other.pub"
both sheaf cosign a.sheaf -s "$CLI/other.sec" --name me
both sheaf cosign a.sheaf -s "$CLI/other.sec" -p "$CLI/key.pub"
both sheaf cosign a.sheaf -s "$CLI/other.sec" --name 'a b' -p "$CLI/key.pub"
both sheaf cosign -s "$CLI/other.sec" --name me -p "$CLI/key.pub"
both sheaf cosign a.sheaf $OTHER --time yesterday
