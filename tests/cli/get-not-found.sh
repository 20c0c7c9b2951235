# No such article: exit code 3, and with a key it is proven.
packed -s "$CLI/key.sec"
both sheaf get a.sheaf c1
both sheaf get a.sheaf c1 -p "$CLI/key.pub"
both sheaf get a.sheaf a1 c1
both sheaf get a.sheaf a1 --rev 2
both sheaf get a.sheaf ''
