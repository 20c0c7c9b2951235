# A second tail does not stand in the way, and a link is followed.
packed
ln -s a.sheaf link.sheaf
for i in 1 2 3; do
    echo "more $i" >> a.sheaf
    line "{\"id\":\"c$i\",\"title\":\"New\",\"text\":\"New.\n\"}" > more.jsonl
    sheaf append -q link.sheaf more.jsonl 2> /dev/null || echo failed
done
both sheaf verify -q a.sheaf
ls
cat a.sheaf.tail a.sheaf.tail.3
