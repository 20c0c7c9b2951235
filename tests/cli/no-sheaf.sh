# Other files are called what they are.
articles
: > empty
head -c 1000 /dev/zero > zeros
mkdir folder
for f in news.jsonl empty zeros missing folder; do
    both sheaf info $f
done
