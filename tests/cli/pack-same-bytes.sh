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
# An append, small or not: the dictionary is digested when its size is known.
for kb in 60 160; do
    "$PYTHON" -c 'import json, sys
for i in range(int(sys.argv[1])):
    text = " ".join("%s %d" % (w, i) for w in "the ferry runs late again".split())
    print(json.dumps({"id": "x%d" % i, "body": text * 29}))' $kb > more.jsonl
    for j in 1 2; do
        cp a.sheaf g$j.sheaf
        sheaf append -q $TIME -j $j g$j.sheaf more.jsonl
    done
    cmp g1.sheaf g2.sheaf
done
