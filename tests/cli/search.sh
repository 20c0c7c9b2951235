# Words: which articles have them.
packed
both sheaf search a.sheaf ferry
both sheaf index a.sheaf | sizes
t sheaf search a.sheaf it -q
both sheaf search a.sheaf '"two hours"' CAFE
both sheaf search a.sheaf '"two hours"' --json
both sheaf search a.sheaf it --section science --limit 1
both sheaf search a.sheaf '"two'
both sheaf search a.sheaf it --reverse
both sheaf search a.sheaf it --ids-from news.jsonl
both sheaf search a.sheaf
line '{"id":"c1","title":"New","text":"It is new.\n"}' > more.jsonl
sheaf append -q $TIME a.sheaf more.jsonl
t sheaf info a.sheaf | sed -n '/^index/p' | sizes
both sheaf search a.sheaf new
t sheaf info a.sheaf | sed -n '/^index/p' | sizes
