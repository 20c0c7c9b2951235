# Names made of IDs become folders, and never take those of files.
mkdir -p in/news
line '{"id":"news/b","text":"first, a record\n"}' > in/a.jsonl
line '{"id":"a//b.txt","text":"second\n"}' >> in/a.jsonl
line '{"id":"https://example.org/2024/?id=1","text":"third\n"}' >> in/a.jsonl
line '{"id":"https://example.org/2024/","text":"fourth\n"}' >> in/a.jsonl
line '{"id":"http://example.org/2024/","text":"fifth\n"}' >> in/a.jsonl
line "{\"id\":\"$(printf '%0300d' 7)/.x\",\"text\":\"sixth\\n\"}" >> in/a.jsonl
echo "a file" > in/news/b.txt
echo "another" > 'in/c%20d.txt'
sheaf pack -q --fast -o a.sheaf in
both sheaf extract -q a.sheaf -C d
(cd d && find . -type f -exec head -n 9 {} +) | grep . |
    sed 's/%[0-9a-f]\{16\}/%HASH/' > found
sort found
cat d/news/b.txt
both sheaf extract -q a.sheaf --format tar -o a.tar
tar tf a.tar | sort | uniq -d
tar tf a.tar | wc -l
