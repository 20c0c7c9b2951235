# Titles too long for a listing's column are fetched from the article.
"$PYTHON" -c '
print("{\"id\":\"a\",\"title\":\"%s end\",\"text\":\"x\"}" % ("long " * 300))
print("{\"id\":\"b\",\"text\":\"x\"}")' > news.jsonl
sheaf pack -q -o a.sheaf news.jsonl
sheaf list a.sheaf | cut -f 3 | wc -c | tr -d ' '
sheaf list a.sheaf --title ' END' | cut -f 1
