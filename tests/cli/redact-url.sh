# Another article with the URL of the one that goes is named.
line '{"id":"one","url":"https://ex.org/fire","text":"The mill burned."}' > n.jsonl
line '{"id":"two","url":"https://ex.org/fire","text":"It was the mill."}' >> n.jsonl
line '{"id":"three","url":"https://ex.org/fires","text":"Others burned."}' >> n.jsonl
line '{"id":"two","url":"https://ex.org/fire","text":"It was not the mill."}' >> n.jsonl
sheaf pack -q -o a.sheaf $TIME n.jsonl
both sheaf redact a.sheaf https://ex.org/fire -o b.sheaf --reason r $TIME --unsigned
both sheaf redact -q a.sheaf two --rev 1 -o b.sheaf -f --reason r $TIME --unsigned --json | sed 's/.*"quoting"/"quoting"/'
both sheaf redact a.sheaf one two -o b.sheaf -f --reason r $TIME --unsigned
