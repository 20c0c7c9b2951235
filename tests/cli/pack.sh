# What pack says.
articles
sheaf pack -o a.sheaf $TIME -s "$CLI/key.sec" -n example.org/news news.jsonl \
    2>&1 | sizes
sheaf pack -o b.sheaf $TIME --json news.jsonl |
    sed 's/"\([a-z_]*bytes\)":[0-9]*/"\1":N/g'
ls
