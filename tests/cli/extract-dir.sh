# Names and bytes come back; nothing is written over, through a link, or
# outside.
mkdir -p in/sub
echo one > in/one.txt
echo two > in/sub/two.txt
sheaf pack -q -o a.sheaf in
t sheaf extract a.sheaf -C out
diff -r in out
both sheaf extract a.sheaf -C out
rm -r out/sub out/one.txt
mkdir elsewhere
ln -s ../elsewhere out/sub
both sheaf extract a.sheaf -C out
ls elsewhere
rm -r out
mkdir out
ln -s ../target out/one.txt
both sheaf extract a.sheaf -C out one.txt
ls
