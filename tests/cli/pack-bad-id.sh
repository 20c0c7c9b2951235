# IDs that can't be, and names that become some.
mkdir in
printf 'x\n' > "in/$(printf 'caf\351.txt')"
both sheaf pack -q -o in.sheaf in
sheaf list in.sheaf | cut -f1
line '{"id":"a\u0007b","text":"x"}' > bell.jsonl
both sheaf pack -o a.sheaf bell.jsonl
"$PYTHON" -c 'print("{\"id\":\"%s\",\"text\":\"x\"}" % ("x" * 1025))' > long.jsonl
both sheaf pack -o a.sheaf long.jsonl
ls -A
