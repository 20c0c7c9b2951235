# Two exports that number their articles from 1: each of the second becomes a
# revision of another article, so append says how many look like that. Not a
# correction: its URL or its date is the same, or its headline.
line '{"id":"1","title":"Ferry sails","date":"2026-01-05","text":"One.\n"}' > a.jsonl
line '{"id":"2","title":"Bridge shut","url":"https://n.example/2","text":"Two.\n"}' >> a.jsonl
line '{"id":"3","title":"Rain","text":"Three.\n"}' >> a.jsonl
sheaf pack -q -o u.sheaf $TIME a.jsonl
line '{"id":"1","title":"Ferry sails on","date":"2026-01-05","text":"One!\n"}' > b.jsonl
line '{"id":"2","title":"Bridge open","url":"https://n.example/2","text":"Two!\n"}' >> b.jsonl
line '{"id":"3","title":"Rain","text":"Three!\n"}' >> b.jsonl
t sheaf append -q u.sheaf $TIME b.jsonl
line '{"id":"1","title":"Mayor","date":"2026-02-01","text":"Four.\n"}' > c.jsonl
line '{"id":"2","title":"Budget","url":"https://n.example/9","text":"Five.\n"}' >> c.jsonl
line '{"id":"3","title":"Snow","text":"Six.\n"}' >> c.jsonl
cp u.sheaf v.sheaf
both sheaf append -q u.sheaf $TIME c.jsonl
sheaf append v.sheaf $TIME --json c.jsonl 2> /dev/null | grep -o '"unlike":[0-9]*'
t sheaf append -q v.sheaf $TIME --id-prefix two/ c.jsonl
# Articles of two desks, of one day or one minute: with URLs of their own, they
# are not the same, also where a query tells the URLs apart. Without URLs they
# are. A URL that only lost what is not of the article is the same.
printf '%s\n' '{"id":"n","title":"Mayor","url":"https://n.example/a","date":"2026-02-01","text":"A.\n"}' \
    '{"id":"s","title":"Goal","url":"https://n.example/b","date":"2026-02-01T09:05:00Z","text":"B.\n"}' \
    '{"id":"m","title":"Rain","url":"https://n.example/?p=1","date":"2026-02-01 00:00:00","text":"M.\n"}' \
    '{"id":"p","title":"Storm","date":"2026-02-01T09:05:00Z","text":"C.\n"}' > news.jsonl
printf '%s\n' '{"id":"n","title":"Cup","url":"https://s.example/a","date":"2026-02-01","text":"D.\n"}' \
    '{"id":"s","title":"A goal","url":"https://s.example/b","date":"2026-02-01T09:05:00Z","text":"E.\n"}' \
    '{"id":"m","title":"A match","url":"https://n.example/?p=2","date":"2026-02-01 00:00:00","text":"N.\n"}' \
    '{"id":"p","title":"The storm","date":"2026-02-01T09:05:00Z","text":"F.\n"}' > sport.jsonl
sheaf pack -q -o y.sheaf $TIME news.jsonl
both sheaf append -q y.sheaf $TIME sport.jsonl
printf '%s\n' '{"id":"a","title":"Mayor","url":"http://www.n.example/a/?from=rss#top","date":"2026-02-01","text":"A.\n"}' \
    '{"id":"b","title":"Goal","url":"https://n.example/#/b","date":"2026-02-01","text":"B.\n"}' \
    '{"id":"c","title":"Rain","url":"https://n.example/c","date":"2026-02-01","text":"C.\n"}' > moved.jsonl
sheaf pack -q -o z.sheaf $TIME moved.jsonl
printf '%s\n' '{"id":"a","title":"The mayor","url":"https://n.example/a","date":"2026-02-03","text":"D.\n"}' \
    '{"id":"b","title":"A goal","url":"https://n.example/#/goal","date":"2026-02-01","text":"E.\n"}' \
    '{"id":"c","title":"Rain","url":"https://new.example/rain","date":"2026-02-03","text":"F.\n"}' > new.jsonl
both sheaf append -q z.sheaf $TIME new.jsonl
# So it is within one input; and comments have no headline.
cat a.jsonl c.jsonl > d.jsonl
both sheaf pack -q -o w.sheaf $TIME d.jsonl
line '{"id":"1","text":"I saw it.\n"}' >> a.jsonl
line '{"id":"7","text":"So did I.\n"}' >> a.jsonl
both sheaf pack -q -o x.sheaf $TIME a.jsonl
