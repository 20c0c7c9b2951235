# --files-from may name the only inputs of append. What others have put there is
# not signed with them.
mkdir in && for n in one two three; do echo "The $n." > in/$n.txt; done
echo in/two.txt > list
sheaf pack -q -o a.sheaf in/one.txt
cp a.sheaf b.sheaf
both sheaf append -q a.sheaf --files-from list
echo in/three.txt | sheaf append -q a.sheaf --files-from -
sheaf list a.sheaf
both sheaf append -q a.sheaf --files-from none
cp b.sheaf c.sheaf
both sheaf append -q b.sheaf -s "$CLI/key.sec" --files-from list
cmp b.sheaf c.sheaf
# Names that end with NULs are not one name and a rest.
printf 'in/one.txt\0in/two.txt\0' > nuls
both sheaf pack -q -o n.sheaf --files-from nuls
both sheaf list a.sheaf --ids-from nuls
# What is beside a private archive is private.
chmod 600 a.sheaf
echo torn >> a.sheaf
echo "The four." > in/four.txt
sheaf append -q a.sheaf in/four.txt 2> said
sheaf index -q a.sheaf
ls -l a.sheaf* | cut -c 1-10
