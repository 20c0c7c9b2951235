# Into a file: all of it or nothing, and not over another.
packed
t sheaf get a.sheaf a1 a3 -o file
cat file
both sheaf get a.sheaf b1 -o file
both sheaf get a.sheaf a1 c1 -o other
both sheaf get a.sheaf b1 -f -o file
cat file
ls
