# By ID, by URL, several, metadata, an older revision.
packed
t sheaf get a.sheaf a1
t sheaf get a.sheaf https://example.org/tide
t sheaf get a.sheaf https://example.org/tide --rev 1
t sheaf get a.sheaf b1 a3
t sheaf get a.sheaf a2 --meta
