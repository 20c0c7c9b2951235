# Several articles at once, in the order asked, with something between them.
printf '%s\n' '{"id":"a","text":"one"}' '{"id":"b","text":"two\nlines"}' \
    '{"id":"c","text":""}' > a.jsonl
sheaf pack -q $TIME -o a.sheaf a.jsonl
sheaf get -0 a.sheaf b a c | od -c -An
# One that is not there keeps its place.
sheaf get -0 a.sheaf c none a > got
echo "= $?"
od -c -An got
sheaf get --meta -0 a.sheaf a c | tr '\0' '\n'
t sheaf get --json a.sheaf c b none a
both sheaf get --json --meta a.sheaf a
both sheaf get --json -0 a.sheaf a
