# The options of compression.
articles
for o in --fast --small '--level 1' '--dict none' '--dict 64K'; do
    t sheaf pack -q -f -o a.sheaf $o news.jsonl
    sheaf info a.sheaf --json | grep -o '"level":[0-9]*'
    sheaf verify -q a.sheaf
done
