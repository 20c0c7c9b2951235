# What minisign takes: only of what this key has signed before.
packed -n example.org/log -s "$CLI/key.sec"
t sheaf checkpoint a.sheaf --minisig cp.txt -s "$CLI/key.sec" -o a.note
head -n 3 a.note | cmp - cp.txt
sed -e 2d -e 4d cp.txt.minisig
both sheaf checkpoint a.sheaf --minisig cp.txt -s "$CLI/key.sec" -o b.note
both sheaf checkpoint a.sheaf --minisig other.txt -s "$CLI/other.sec"
both sheaf checkpoint a.sheaf --minisig other.txt
both sheaf checkpoint a.sheaf --unsigned --minisig other.txt -s "$CLI/key.sec"
ls
