# Only some.
packed
t sheaf extract a.sheaf -C out a1 https://example.org/tide
ls out
cat out/a2.txt
both sheaf extract a.sheaf -C out c1
