# Many articles are read by threads, and printed in the order asked, with the
# messages of one after the other.
i=0
while [ $i -lt 700 ]; do
    i=$((i + 1))
    printf '{"id":"a/%d","text":"Text %d of the harbour."}\n' $i $i
done > a.jsonl
head -c 1100000 /dev/zero | tr '\0' 'x' | sed 's/.*/{"id":"long","text":"&"}/' >> a.jsonl
sheaf pack -q $TIME -o a.sheaf a.jsonl
ids=$(sed 's/{"id":"\([^"]*\)".*/\1/' a.jsonl | sort -r)
for id in $ids; do sheaf get --no-cache -0 a.sheaf "$id"; done > want
for n in 1 2 5; do
    # shellcheck disable=SC2086
    sheaf get -j $n -0 a.sheaf $ids > got
    echo "= $?"
    cmp want got
done
sheaf get -j 3 -0 a.sheaf a/9 a/3 none a/700 a/3 long a/5 a/6 a/7 a/8 a/1 > got
echo "= $?"
tr '\0' '\n' < got | cut -c 1-30
# With nothing behind the last operand.
sheaf get a.sheaf a/1 a/2 a/3 a/4 a/5 a/6 a/7 a/8 -0j3 > got
echo "= $?"
sheaf get a.sheaf a/1 a/2 a/3 a/4 a/5 a/6 a/7 a/8 -0 | cmp - got
sheaf get -j 2 --part 1 a.sheaf a/1 a/2 a/3 a/4 a/5 a/6 a/7 a/8
echo "= $?"
for what in --meta --json; do
    # shellcheck disable=SC2086
    sheaf get -j 3 $what a.sheaf $ids > got
    for id in $ids; do sheaf get $what a.sheaf "$id"; done | cmp - got
done
both sheaf get -j 0 a.sheaf a/1
