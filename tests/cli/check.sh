# What a proof proves, and what not.
packed -s "$CLI/key.sec" -n example.org/news
sheaf get a.sheaf a2 > a2.txt
sheaf get a.sheaf --rev 1 a2 > old.txt
sheaf get a.sheaf --meta a2 > a2.meta
sheaf get a.sheaf --meta a1 > a1.meta
sheaf prove a.sheaf a2 -o a2.proof
t sheaf check a2.proof -p "$CLI/key.pub"
t sheaf check a2.proof a2.txt --id a2 -p "$CLI/key.pub"
t sheaf check a2.proof a2.txt --meta a2.meta -p "$CLI/key.pub"
t sheaf check a2.proof a2.txt --id a2 --json -p "$CLI/key.pub"
t sheaf check -q a2.proof a2.txt --id a2 -p "$CLI/key.pub"
both sheaf check a2.proof a2.txt --id a1 -p "$CLI/key.pub"
both sheaf check a2.proof old.txt -p "$CLI/key.pub"
both sheaf check a2.proof news.jsonl -p "$CLI/key.pub"
both sheaf check a2.proof --meta a1.meta -p "$CLI/key.pub"
both sheaf check a2.proof --meta a2.meta --id a1 -p "$CLI/key.pub"
both sheaf check a2.proof --rev 1 -p "$CLI/key.pub"
both sheaf check a2.proof --newest -p "$CLI/key.pub"
both sheaf check a2.proof --id a9 --absent -p "$CLI/key.pub"
both sheaf check a2.proof --id a2 -p "$CLI/other.pub"
both sheaf check a2.proof old.txt --json -p "$CLI/key.pub"
both sheaf check a2.txt -p "$CLI/key.pub"
both sheaf check missing -p "$CLI/key.pub"
both sheaf check a2.proof missing -p "$CLI/key.pub"
both sheaf check a2.proof
both sheaf check a2.proof --absent -p "$CLI/key.pub"
both sheaf check a2.proof --rev x -p "$CLI/key.pub"
