# --json also where a command fails, and where its result is a file.
packed
t sheaf keygen -W -p k.pub -s k.sec --json | sed 's/"RW[^"]*"/KEY/'
t sheaf extract a.sheaf -C out --json
t sheaf extract a.sheaf -q -C out --skip-existing --json
both sheaf extract a.sheaf --format tar --json
t sheaf recover a.sheaf -o b.sheaf --json
both sheaf list nosuch --json
both sheaf info news.jsonl --json
both sheaf list a.sheaf --since x --json
both sheaf get a.sheaf none --json
both sheaf get a.sheaf none a1 --json
# Numbers of bytes depend on libzstd.
numbers() {
    sed 's/\("[a-z_]*bytes[a-z_]*"\|"id"\|"from"\|"to"\):[0-9]*/\1:N/g'
}
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
t sheaf append $TIME a.sheaf more.jsonl --json | numbers
t sheaf repack a.sheaf -q -o c.sheaf --json | numbers
t sheaf repair a.sheaf -o d.sheaf --json | numbers
"$PYTHON" -c '
for n in range(400):
    print("{\"id\":\"%d\",\"text\":\"The ferry to %d, %d and %d runs again.\"}" % (n, n, n * n, n * 7))' > many.jsonl
sheaf pack -q $TIME -o many.sheaf many.jsonl
t sheaf dict many.sheaf -C dicts --json | numbers
