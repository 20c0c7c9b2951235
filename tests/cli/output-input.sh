# No output takes the place of a file that the command reads, under any name.
packed -s "$CLI/key.sec"
cp a.sheaf whole.sheaf
cp "$CLI/key.sec" k.sec
cp news.jsonl n.jsonl
ln a.sheaf b.sheaf
ln -s a.sheaf c.sheaf
for c in "get a.sheaf a1 -o b.sheaf" "extract a.sheaf --format tar -o c.sheaf" \
         "extract a.sheaf --format jsonl -o a.sheaf" "prove a.sheaf a1 -o a.sheaf" \
         "checkpoint a.sheaf -o a.sheaf" "pack -o a.sheaf a.sheaf" \
         "pack -q -o d.sheaf --rejects n.jsonl n.jsonl" \
         "pack -q -o d.sheaf -s k.sec --report k.sec n.jsonl" \
         "recover a.sheaf -o c.sheaf" "redact a.sheaf a1 --reason x -s k.sec -o b.sheaf" \
         "merge a.sheaf -o b.sheaf" "sync a.sheaf b.sheaf"; do
    case $c in *--re[jp]* | sync*) both sheaf $c ;; *) both sheaf $c -f ;; esac
done
# Nor that of keys, lists, pins and members of a folder.
echo a1 > ids
echo n.jsonl > files
mkdir many
cp whole.sheaf many/1.sheaf
cp whole.sheaf many/2.sheaf
for c in "redact a.sheaf a1 --reason x -s k.sec -o k.sec" "get many a1 -o many/1.sheaf" \
         "extract many --format jsonl -o many/2.sheaf" "extract a.sheaf --format jsonl --ids-from ids -o ids" \
         "pack -q --files-from files -o files" "get a.sheaf a1 --pins n.jsonl -o n.jsonl"; do
    both sheaf $c -f
done
cmp many/1.sheaf whole.sheaf
cmp many/2.sheaf whole.sheaf
cat ids files
rm -r ids files many
# Nor an article that has its name.
line Text. > e.sheaf
sheaf pack -q -f -o f.sheaf e.sheaf
mv f.sheaf e.sheaf
cp e.sheaf f.sheaf
both sheaf extract e.sheaf -C . -f
cmp e.sheaf f.sheaf
rm e.sheaf f.sheaf
# An archive that is written anew may be the old one, which is read to its end
# before.
both sheaf repack -q a.sheaf -o a.sheaf -f --level 1
cp whole.sheaf a.sheaf
# The usual names of a collection: nothing is written if one is in the way.
mv a.sheaf 2024-02.sheaf
cmp 2024-02.sheaf whole.sheaf
both sheaf split 2024-02.sheaf -C . --by month -f
rm b.sheaf c.sheaf
both sheaf split whole.sheaf -C . --by month
cmp 2024-02.sheaf whole.sheaf
cmp k.sec "$CLI/key.sec"
cmp n.jsonl news.jsonl
ls
