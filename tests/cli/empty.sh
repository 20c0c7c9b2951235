# No articles are articles, too.
mkdir in
both sheaf pack -q -o a.sheaf in
t sheaf list a.sheaf
t sheaf verify -q a.sheaf
both sheaf get a.sheaf a1
both sheaf extract a.sheaf -C out
