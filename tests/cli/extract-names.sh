# Names made of IDs never take those of files.
mkdir in
line '{"id":"a//b.txt","text":"first, a record\n"}' > in/a.jsonl
echo "second, a file" > 'in/a%2F%2Fb.txt'
echo "third" > 'in/c%20d.txt'
sheaf pack -q --fast -o a.sheaf in
both sheaf extract -q a.sheaf -C d
ls d | sed 's/%[0-9a-f]\{16\}$/%HASH/'
both sheaf extract -q a.sheaf --format tar -o a.tar
tar tf a.tar | sort | uniq -d
tar tf a.tar | wc -l
