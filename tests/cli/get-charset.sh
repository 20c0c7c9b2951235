# Text in other charsets: as it is, and in UTF-8.
mkdir in
printf 'The lock-keeper\222s \374ber-boat is open.\n' > in/latin.txt
printf '\377\376S\000l\000u\000i\000c\000e\000\n\000' > in/wide.txt
printf 'Gr\303\274n, gr\303\266\303\237er, K\366ln\n' > in/mixed.txt
printf '\000\001' > in/none.txt
both sheaf pack -q -o a.sheaf in
sheaf get a.sheaf --text latin.txt wide.txt mixed.txt
sheaf get a.sheaf latin.txt | cmp - in/latin.txt
both sheaf extract -q a.sheaf --text -C out
cmp out/latin.txt in/latin.txt
cat out/wide.txt
sheaf extract -q a.sheaf --text --format jsonl 2> log | grep -o '"text":.*'
sheaf index -q a.sheaf 2>> log
sheaf search -q a.sheaf sluice 2>> log
