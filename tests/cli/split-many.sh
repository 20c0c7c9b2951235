# The names of many parts have their order, too. (Tests have few.)
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do
    line '{"id":"n'$i'","title":"'$i'","text":"Text.\n"}'
done > many.jsonl
sheaf pack -q -o a.sheaf $TIME -j 1 many.jsonl
both sheaf split -q a.sheaf -C parts --by 1
ls parts | sed -n '1p;$p'
both sheaf list parts | head -n 3
