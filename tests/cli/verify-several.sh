# Several archives: all are checked, also after one that is bad.
packed
cp a.sheaf b.sheaf
echo x >> b.sheaf
poke b.sheaf 100 377
both sheaf verify a.sheaf a.sheaf | sizes
sheaf verify -q a.sheaf b.sheaf nowhere a.sheaf 2> said
echo "= $?"
sed 's/^\(sheaf: [a-z.]*\): .*/\1/' said | uniq
sheaf verify --json nowhere a.sheaf 2> /dev/null | cut -c 1-60
