# What is salted, in blocks, redacted, signed by a key that was replaced, and
# cosigned.
articles
sheaf keygen -W -p new.pub -s new.sec > keys
sheaf keygen -W -p witness.pub -s witness.sec >> keys
sheaf pack -q -o s.sheaf $TIME -j 1 --salted -s "$CLI/key.sec" -n example.org/salted news.jsonl
sheaf get s.sheaf a2 > a2.txt
sheaf get s.sheaf --meta a2 > a2.meta
sheaf prove s.sheaf a2 -o s.proof
both sheaf check s.proof a2.txt --id a2 -p "$CLI/key.pub"
t sheaf check -q s.proof a2.txt --meta a2.meta -p "$CLI/key.pub"
both sheaf check s.proof news.jsonl --meta a2.meta -p "$CLI/key.pub"

sheaf pack -q -o b.sheaf $TIME -j 1 --block 64K -s "$CLI/key.sec" -n example.org/blocks news.jsonl
sheaf prove b.sheaf --newest a2 b1 -o b.proof
t sheaf check -q b.proof a2.txt --id a2 --newest -p "$CLI/key.pub"
both sheaf check -q b.proof --id a2 --rev 3 -p "$CLI/key.pub"
sheaf prove b.sheaf a3 -o b3.proof
t sheaf check -q b3.proof --id a3 -p "$CLI/key.pub"

sheaf pack -q -o a.sheaf $TIME -j 1 -s "$CLI/key.sec" -n example.org/news news.jsonl
sheaf prove a.sheaf a2 -o before.proof
sheaf redact a.sheaf a1 -q -o r.sheaf --reason 'a test' -s "$CLI/key.sec" $TIME
both sheaf prove r.sheaf a1
both sheaf prove r.sheaf --absent a1
sheaf prove r.sheaf --newest a1 -o r.proof
t sheaf check r.proof --id a1 -p "$CLI/key.pub"
both sheaf check r.proof --id a1 --newest -p "$CLI/key.pub"
t sheaf check -q before.proof a2.txt --id a2 -p "$CLI/key.pub"

sheaf rekey r.sheaf -q -s "$CLI/key.sec" --new-key new.sec $TIME
sheaf prove r.sheaf --newest a2 -o k.proof
sheaf prove r.sheaf a3 -o k3.proof
t sheaf check -q k.proof a2.txt --id a2 --newest -p "$CLI/key.pub"
t sheaf check -q k.proof a2.txt --id a2 --newest -p new.pub
both sheaf check k.proof --id a2 -p "$CLI/other.pub"
sheaf check k3.proof --id a3 -p "$CLI/key.pub" | sed -n 's/key [0-9A-F]*/key K/; s/^  signed by: //p'

sheaf vkey -p "$CLI/key.pub" -n example.org/news > vkeys
sheaf vkey -p witness.pub --name w.example.org/1 >> vkeys
sed -e '1s/^/log /' -e '2s/^/witness w /' -e '$a\
quorum w' vkeys > policy
both sheaf check before.proof --id a2 -p "$CLI/key.pub" --policy policy
sed 's/quorum w/quorum none/' policy > lenient
both sheaf check before.proof --id a2 -p "$CLI/key.pub" --policy lenient
sheaf cosign a.sheaf -q -s witness.sec --name w.example.org/1 -p "$CLI/key.pub" --time 2025-02-03T04:05:06Z
sheaf prove a.sheaf a2 -o w.proof
t sheaf check w.proof a2.txt --id a2 -p "$CLI/key.pub" --policy policy
t sheaf check w.proof a2.txt --id a2 --policy policy | grep -e signed -e attested
t sheaf check w.proof --id a2 --policy policy --json | grep -o '"witnesses.*Z","st'
