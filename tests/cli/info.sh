# What an archive says of itself.
packed -s "$CLI/key.sec" -n example.org/log
t sheaf info a.sheaf | sizes | sed 's/zstd.*/zstd .../'
sheaf info a.sheaf --json |
    sed 's/bytes":[0-9]*/bytes":N/g; s/"zstd":"[^"]*"/"zstd":"..."/'
sheaf pack -q -o b.sheaf $TIME news.jsonl
sheaf info b.sheaf | sed -n '/^origin/,$p'
