# A dictionary from a sample, and what it says.
numbers() { sed 's/"\(raw_\)*bytes":[0-9]*/"\1bytes":N/g; s/ of [0-9.]* [kM]*B/ of N B/g'; }
cp -R "$NEWSROOM" in
sheaf train -o news.dict in 2>&1 | grep -v '^sheaf: \(left out\|warning\)' | numbers
t sheaf train -f -q --json -o news.dict in | numbers
t sheaf train -q --json --dry-run -o none.dict in | numbers
both sheaf train -q -o news.dict in
sheaf pack -q -o a.sheaf --dict-file news.dict --time @1 in
sheaf verify a.sheaf -q
ls
