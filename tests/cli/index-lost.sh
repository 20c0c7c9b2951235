# An index lacks what was lost when it was made. Each search says so, also once
# the archive is whole again.
packed --plain --dict none
cp a.sheaf whole.sheaf
flip 3 40 a.sheaf
both sheaf index a.sheaf | sizes
cp whole.sheaf a.sheaf
both sheaf search a.sheaf it
t sheaf info a.sheaf | sed -n '/^index/p' | sizes
both sheaf index a.sheaf | sizes
both sheaf search a.sheaf it -q
