# recover never replaces the archive that it reads.
packed
cp a.sheaf b.sheaf
both sheaf recover -f a.sheaf -o a.sheaf
cmp a.sheaf b.sheaf
ln -s a.sheaf link
both sheaf recover -f a.sheaf -o link
