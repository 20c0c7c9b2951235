# A request to a witness, its answer, and taking it in.
packed -n example.org/log -s "$CLI/key.sec"
W="-s $CLI/other.sec --name w.example/1 -p $CLI/key.pub --time @1700000000"
VKEY=$(sheaf vkey -p "$CLI/other.pub" --name w.example/1)
t sheaf witness-request a.sheaf --old 0 -o first.txt
cat first.txt
t sheaf cosign --request first.txt $W -o first.answer
cat first.answer
both sheaf attach a.sheaf first.answer -w "$VKEY"
both sheaf attach a.sheaf first.answer -w "$VKEY"
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
sheaf append -q $TIME a.sheaf -s "$CLI/key.sec" more.jsonl
both sheaf cosign --request first.txt $W
sheaf witness-request a.sheaf --old 6 | tee second.txt
sheaf witness-request a.sheaf --old 5 > wrong.txt
both sheaf cosign --request wrong.txt $W
sed 2s/./A/ second.txt > spoiled.txt
both sheaf cosign --request spoiled.txt $W
both sheaf cosign --request more.jsonl $W
both sheaf cosign --request second.txt -s "$CLI/other.sec" --name w -p "$CLI/other.pub"
sheaf cosign --request - $W < second.txt > second.answer
line "log $(sheaf vkey -p "$CLI/key.pub" -n example.org/log)" > policy
line "witness w $VKEY" >> policy
line 'quorum w' >> policy
# Of the older checkpoint, of nobody known, and none at all.
both sheaf attach a.sheaf first.answer --policy policy
line '<html>503</html>' > error.html
both sheaf attach a.sheaf error.html --policy policy
both sheaf attach a.sheaf second.answer --policy policy
both sheaf attach a.sheaf - < second.answer
sheaf checkpoint a.sheaf | tail -n 1 | cmp - second.answer
sheaf verify -q --no-pins a.sheaf -p "$CLI/key.pub"
both sheaf witness-request a.sheaf --old 9
both sheaf witness-request a.sheaf
both sheaf attach a.sheaf second.answer -w w.example/1
both sheaf attach a.sheaf second.answer -w "$VKEY" --policy policy
# A witness that is named must be there.
both sheaf attach a.sheaf second.answer -w "$(sheaf vkey -p "$CLI/key.pub" --name v.example/1)"
