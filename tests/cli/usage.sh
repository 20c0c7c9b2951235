# Wrong usage: exit code 2, and one line that says where to read on.
both sheaf
both sheaf frobnicate
both sheaf help frobnicate
both sheaf list --frob a.sheaf
both sheaf list -x a.sheaf
both sheaf list a.sheaf --since
both sheaf list --json=yes a.sheaf
both sheaf list
both sheaf list a.sheaf b.sheaf
both sheaf get a.sheaf
both sheaf get a.sheaf a1 --rev 0
both sheaf verify a.sheaf -j 0
both sheaf verify a.sheaf -p x -P y
both sheaf list -
