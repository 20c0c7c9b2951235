# A later member that cannot be opened may have newer revisions: each says so.
mkdir c
for i in 1 2; do
    line "{\"id\":\"x\",\"title\":\"X\",\"text\":\"Text $i.\"}" > $i.jsonl
    sheaf pack -q $TIME -o c/$i.sheaf $i.jsonl
done
head -c 3000 c/2.sheaf > cut
mv cut c/2.sheaf
both sheaf get c x
both sheaf list c
both sheaf extract c --format jsonl -o -
