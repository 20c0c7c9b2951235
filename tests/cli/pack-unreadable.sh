# An input that can't be read leaves nothing behind.
both sheaf pack -o a.sheaf missing
articles
both sheaf pack -o a.sheaf news.jsonl missing
both sheaf pack -o a.sheaf .. -s missing.sec
ls -A
