# The line and the column are named, and all other lines packed.
articles
cp news.jsonl good.jsonl
line '{"id":"c1","title":"Unfinished"' >> news.jsonl
both sheaf pack -q --rejects bad.jsonl -o a.sheaf news.jsonl
cat bad.jsonl
sheaf pack -q -o good.sheaf good.jsonl
sheaf verify -q a.sheaf
sheaf list good.sheaf > good.txt
sheaf list a.sheaf | cmp - good.txt
# With --strict, nothing is packed; and of nothing no archive is made.
both sheaf pack --strict -o b.sheaf news.jsonl
line '{"id":"c1","text":"x"} {' > news.jsonl
both sheaf pack -o b.sheaf news.jsonl
ls -A
