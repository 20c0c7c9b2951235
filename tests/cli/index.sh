# The index beside an archive, and what else may be there.
packed
t sheaf index a.sheaf --json | sed 's/"bytes":[0-9]*/"bytes":0/'
both sheaf index a.sheaf | sizes
echo mine > a.sheaf.db
both sheaf index a.sheaf
both sheaf search a.sheaf --index ferry
t sheaf info a.sheaf | sed -n '/^index/p' | sizes
both sheaf index -f a.sheaf | sizes
both sheaf redact a.sheaf a1 -q -o b.sheaf --unsigned --reason asked $TIME
cp a.sheaf.db b.sheaf.db
both sheaf redact a.sheaf a1 -q -f -o b.sheaf --unsigned --reason asked $TIME
ls
