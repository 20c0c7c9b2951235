# The same articles give the same bytes: with any number of threads, through
# a pipe, and with the time said in three ways.
packed
sheaf pack -q -o b.sheaf $TIME -j 2 news.jsonl
cmp a.sheaf b.sheaf
sheaf pack -q -o - --time @1735787045 news.jsonl > c.sheaf
cmp a.sheaf c.sheaf
SOURCE_DATE_EPOCH=1735787045 sheaf pack -q -o d.sheaf - < news.jsonl
sheaf verify -q d.sheaf && size_of d.sheaf > /dev/null
SOURCE_DATE_EPOCH=1735787045 sheaf pack -q -o e.sheaf news.jsonl
cmp a.sheaf e.sheaf
