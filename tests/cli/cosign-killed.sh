# A run that was killed between the two copies of the end has added what it
# should. The next one finds nothing to add, but writes the second copy.
packed -n example.org/log -s "$CLI/key.sec"
OTHER="-s $CLI/other.sec --name library.example/w1 -p $CLI/key.pub"
sheaf cosign -q a.sheaf $OTHER --time 2025-01-03T00:00:00Z
sheaf checkpoint a.sheaf | sed -n '/library/p' > line
cp a.sheaf whole.sheaf
truncate -s -100 a.sheaf
both sheaf cosign a.sheaf $OTHER
cmp a.sheaf whole.sheaf && echo whole
truncate -s -100 a.sheaf
both sheaf attach a.sheaf line
cmp a.sheaf whole.sheaf && echo whole
# There is nothing to be made whole in an archive that may not be written.
chmod a-w a.sheaf
both sheaf attach -q a.sheaf line
