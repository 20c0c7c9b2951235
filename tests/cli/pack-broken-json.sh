# The line and the column are named.
articles
line '{"id":"c1","title":"Unfinished"' >> news.jsonl
both sheaf pack -o a.sheaf news.jsonl
line '{"id":"c1","text":"x"} {' > news.jsonl
both sheaf pack -o a.sheaf news.jsonl
ls -A
