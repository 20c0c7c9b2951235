# Options may come in any order, run together, and end with --.
packed
mv a.sheaf -- -a
t sheaf list --section=local -- -a
t sheaf get -ofile -- -a a1
cat file
