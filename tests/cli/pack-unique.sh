# An ID that comes again is an error.
articles
both sheaf pack -o a.sheaf --unique news.jsonl
ls -A
