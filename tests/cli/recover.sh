# What is whole in a damaged archive comes back, with its metadata; what is
# not is named, and nothing is said to be authentic.
mkdir in
for i in 1 2 3; do
    printf 'Title %s\n\nText %s.\n' $i $i > in/$i.txt
done
sheaf pack -q $TIME -o a.sheaf in
size=$(wc -c < a.sheaf)
head -c $((size - 400)) a.sheaf > cut.sheaf
both sheaf list cut.sheaf | sed 's/ at [0-9]*\]/ at N]/'
t sheaf recover cut.sheaf -o whole.sheaf 2> said
sed 's/[0-9]* bytes/N bytes/; s/ at [0-9]*$/ at N/' said
t sheaf list whole.sheaf
sheaf extract whole.sheaf -C out
diff -r in out
# The first article is damaged: the others are still there.
cp a.sheaf bit.sheaf
poke bit.sheaf $(($(first a.sheaf) + 26)) 377
t sheaf recover bit.sheaf -o two.sheaf 2> said
sed "s/[0-9]* bytes/N bytes/; s/ at [0-9]*$/ at N/" said
t sheaf list two.sheaf
echo nothing > none
both sheaf recover none -o three.sheaf | sed 's/in [0-9]* bytes/in N bytes/'
both sheaf recover a.sheaf
ls
