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
# No name is a folder of another, and characters stay as they are: composed or
# not, they are two names.
line '{"id":"n/file.txt","body":"one"}' > b.jsonl
line '{"id":"n/file.txt/deeper","body":"two"}' >> b.jsonl
line '{"id":"m/file.txt/deeper","body":"three"}' >> b.jsonl
line '{"id":"m/file.txt","body":"four"}' >> b.jsonl
line '{"id":"caf\u00e9","body":"composed"}' >> b.jsonl
line '{"id":"cafe\u0301","body":"decomposed"}' >> b.jsonl
sheaf pack -q --fast -o b.sheaf b.jsonl
sheaf extract -q b.sheaf -C e
sheaf extract -q b.sheaf --format tar -o b.tar
sheaf extract -q b.sheaf --format zip -o b.zip
(cd e && find . -type f | sed 's,^\./,,' | sort) > dir
tar tf b.tar --quoting-style=literal | sort > tar
"${PYTHON:-python3}" -c 'import zipfile
print("\n".join(zipfile.ZipFile("b.zip").namelist()))' | sort > zip
cmp dir tar
cmp dir zip
mkdir u
tar xf b.tar -C u
diff -r e u
sed 's/%[0-9a-f]\{16\}/%HASH/' dir
