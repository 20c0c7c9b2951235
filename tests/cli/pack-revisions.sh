# An article that says the same is kept once; one that doesn't is the next
# revision. Two folders given together keep their files apart.
mkdir -p in late/sub
echo 'The ferry runs.' > in/a1
echo 'Nothing else.' > in/a2
cp in/a2 late/a2
echo 'The ferry is late.' > late/a1
sheaf pack -q -o b.sheaf in late
sheaf list b.sheaf | cut -f1
sheaf pack -q -o a.sheaf in
sheaf append a.sheaf --json late | grep -o '^.*"unchanged":[0-9]*'
t sheaf get a.sheaf a1
t sheaf get a.sheaf a1 --rev 1
both sheaf get a.sheaf a1 --rev 9
sheaf get a.sheaf a1 --meta | grep -o '"rev":[0-9]*'
