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
