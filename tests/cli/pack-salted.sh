# With --salted each article has a salt, which is not part of what it says.
packed --salted
sheaf verify -q a.sheaf
sheaf get --meta a.sheaf a1 | grep -o '"salt":"[0-9a-f]*"' | wc -c | tr -d ' '
sheaf get --meta a.sheaf a1 | sed 's/"salt":"[0-9a-f]*"/SALT/'
cp a.sheaf b.sheaf
sheaf append a.sheaf --salted --json $TIME news.jsonl | grep -o '.*"unchanged":[0-9]*'
line '{"id":"a1","title":"New","text":"New.\n"}' > more.jsonl
both sheaf append a.sheaf -q $TIME more.jsonl
sheaf get --meta a.sheaf a1 | grep -c salt
sheaf verify -q a.sheaf
both sheaf pack -o c.sheaf --block 65K news.jsonl
