# A second generation, in an archive without a signature.
packed
line '{"id":"a1","title":"Ferry runs again","text":"And again.\n"}' > more.jsonl
line '{"id":"c1","title":"New","text":"New.\n"}' >> more.jsonl
sheaf append a.sheaf $TIME more.jsonl 2>&1 | sizes
t sheaf get a.sheaf a1 c1
sheaf verify -q a.sheaf
sheaf info a.sheaf --json | grep -o '"generations":[0-9]*'
both sheaf append missing.sheaf more.jsonl
