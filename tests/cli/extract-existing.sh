# What -f and --skip-existing do with files that are there.
mkdir -p in/sub
echo one > in/one.txt
echo two > in/sub/two.txt
sheaf pack -q -o a.sheaf in
mkdir out
echo mine > out/one.txt
both sheaf extract a.sheaf -C out
both sheaf extract a.sheaf -C out --skip-existing
cat out/one.txt out/sub/two.txt
both sheaf extract a.sheaf -q -C out --skip-existing
both sheaf extract a.sheaf -C out -f
cat out/one.txt
# A link is replaced, and not followed; a folder is not replaced.
echo target > target
rm out/one.txt out/sub/two.txt
ln -s ../target out/one.txt
mkdir out/sub/two.txt
both sheaf extract a.sheaf -C out -f
cat target
ls out out/sub
both sheaf extract a.sheaf -C out -f --skip-existing
both sheaf extract a.sheaf --format tar --skip-existing
