# One dictionary to standard output, or into a folder; none at all.
sheaf pack -q -o a.sheaf "$NEWSROOM"
sheaf dict a.sheaf > d
head -c 4 d | od -An -tx1
sheaf dict a.sheaf -C out > table
[ "$(cut -d' ' -f 1 table).dict" = "$(ls out)" ] && cmp d out/*
[ "$(awk '{ print $4 }' table)" = "$(size_of d)" ] && echo sizes agree
both sheaf dict a.sheaf -C out | sed 's/[0-9]*\.dict/ID.dict/'
sheaf dict a.sheaf --json | sed 's/:[0-9]*/:N/g'
articles
sheaf pack -q -o b.sheaf --dict none news.jsonl
both sheaf dict b.sheaf
