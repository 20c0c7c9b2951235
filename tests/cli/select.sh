# list and extract select alike.
cat > news.jsonl << 'EOF'
{"id":"local/a1","title":"Ferry runs again","date":"2024-01-31","section":"Local","language":"en-GB","author":"Ada Moss","keywords":["sea","Ferry"],"text":"One.\n","city":"Ostby","n":7}
{"id":"sport/b1","title":"a late goal","date":"2024-02-01","section":"Sport","language":"de","author":"Bo Reed and Ada Moss","text":"Two.\n"}
{"id":"sport/b2","title":"Cup final","section":"Sport","language":"den","text":"Three.\n","place":{"x/y":"in"}}
{"id":"sport/?","url":"https://example.org/q?a=1","title":"Back again","date":"2023-05","section":"Sport","language":"de-AT","text":"Four.\n"}
EOF
sheaf pack -q -o a.sheaf $TIME -j 1 news.jsonl
line '{"id":"sport/b1","title":"a late goal, corrected","date":"2024-02-01","section":"Sport","language":"de","text":"Five.\n"}' > more.jsonl
sheaf append -q a.sheaf $TIME more.jsonl
ids() {
    echo "\$ $*"
    sheaf list a.sheaf "$@" | cut -f 1 | tr '\n' ' '
    sheaf extract a.sheaf --format jsonl "$@" |
        "$PYTHON" -c 'import json, sys
print("|", *[json.loads(line)["id"] for line in sys.stdin])'
}
ids
ids --since 2024
ids --section sport --until 2024
ids --lang de
ids --lang DE-at
ids --author moss
ids --where city=ostby
ids --where n=7 --where keywords=ferry
ids --where n=8
ids --where /ext/n=7
ids --where '/ext/place/x~1y=in'
ids --where /source/line=1
ids --title again --prefix local
ids 'sport/*'
ids 'sport/b?' 'local/*'
ids 'sport/?'
ids https://example.org/q?a=1
ids sport/b2 local/a1 sport/b2
ids 'sport/*' --lang de
ids --limit 2
ids --limit 0
ids --sort date
ids --sort date --reverse
ids --sort id --limit 3
ids --sort title
ids --sort title --reverse --limit 1
ids --reverse
printf 'sport/b2\r\n\nlocal/a1\nhttps://example.org/q?a=1\n' > wanted
ids --ids-from wanted
ids --ids-from wanted --sort id --limit 2
t sheaf list a.sheaf --ids-from - < wanted
t sheaf list a.sheaf 'sport/b*' --revisions
t sheaf list a.sheaf sport/b1 --revisions --sort title
echo none >> wanted
both sheaf list a.sheaf --ids-from wanted
both sheaf extract a.sheaf -q -C out --ids-from wanted
both sheaf list a.sheaf 'x*' local/a1
both sheaf list a.sheaf 'sport/*' --title nosuch
both sheaf list a.sheaf x
both sheaf list a.sheaf --ids-from nowhere
both sheaf list a.sheaf --ids-from wanted --revisions
both sheaf list a.sheaf --where city
both sheaf list a.sheaf --where =x
both sheaf list a.sheaf --limit x
both sheaf list a.sheaf --sort size
