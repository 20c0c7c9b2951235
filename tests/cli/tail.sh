# Bytes after the end are warned of, and are nothing that verify passes over.
packed
echo more >> a.sheaf
both sheaf get a.sheaf a1
both sheaf verify a.sheaf
sheaf info a.sheaf | grep tail
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
both sheaf append -q a.sheaf more.jsonl
both sheaf verify -q a.sheaf
ls
