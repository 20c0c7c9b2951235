# Wrong usage of pack: nothing is made.
both sheaf pack news.jsonl
both sheaf pack -o a.sheaf
both sheaf pack -o a.sheaf --level 20 news.jsonl
both sheaf pack -o a.sheaf --fast --small news.jsonl
both sheaf pack -o a.sheaf --fast --level 3 news.jsonl
both sheaf pack -o a.sheaf --dict 17M news.jsonl
both sheaf pack -o a.sheaf --dict 1X news.jsonl
both sheaf pack -o a.sheaf --time yesterday news.jsonl
both sheaf pack -o a.sheaf --time 2025-02-29T00:00:00Z news.jsonl
both sheaf pack -o a.sheaf -j 999 news.jsonl
both sheaf pack -o - --json news.jsonl
both sheaf pack -o a.sheaf -n 'two words' news.jsonl
SOURCE_DATE_EPOCH=soon both sheaf pack -o a.sheaf news.jsonl
ls -A
