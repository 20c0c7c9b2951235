# What follows the end may be whole articles: an archive that is made anew
# without them does not take their place.
packed -s "$CLI/key.sec"
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
sheaf append -q $TIME a.sheaf -s "$CLI/key.sec" more.jsonl
lose_end a.sheaf
cp a.sheaf before.sheaf
ln a.sheaf b.sheaf
both sheaf repair a.sheaf -o b.sheaf -f
truncate -s -100 a.sheaf
cp a.sheaf before.sheaf
both sheaf repack a.sheaf -o a.sheaf -f
cmp a.sheaf before.sheaf
both sheaf repair a.sheaf -o c.sheaf
