# Several articles in one proof: what was not compared is said to be so.
packed -s "$CLI/key.sec" -n example.org/news
sheaf get a.sheaf a2 > a2.txt
sheaf get a.sheaf a1 > a1.txt
sheaf prove a.sheaf a1 a2 b1 -o some.proof
t sheaf check some.proof -p "$CLI/key.pub"
t sheaf check some.proof a2.txt --id a2 -p "$CLI/key.pub"
both sheaf check some.proof a2.txt -p "$CLI/key.pub"
both sheaf check some.proof a2.txt --id a1 -p "$CLI/key.pub"
both sheaf check some.proof --id a3 -p "$CLI/key.pub"
sheaf prove a.sheaf --newest a1 a2 -o newest.proof
t sheaf check newest.proof a2.txt --id a2 --newest -p "$CLI/key.pub"
t sheaf check newest.proof --id a2 --rev 1 -p "$CLI/key.pub"
both sheaf check newest.proof --id a2 --rev 1 --newest -p "$CLI/key.pub"
both sheaf check newest.proof --id a2 --absent -p "$CLI/key.pub"
sheaf prove a.sheaf --absent none -o none.proof
t sheaf check none.proof --id none --absent -p "$CLI/key.pub"
t sheaf check none.proof --id none --absent --json -p "$CLI/key.pub"
both sheaf check none.proof --id none -p "$CLI/key.pub"
both sheaf check none.proof --id other --absent -p "$CLI/key.pub"
t sheaf check none.proof -p "$CLI/key.pub"
