# Files that have passed through Windows: a byte order mark before a key, and
# lines that end in CR LF, in a key and in a proof.
packed -s "$CLI/key.sec" -n example.org/log
{ printf '\357\273\277'; sed 's/$/\r/' "$CLI/key.pub"; } > key.pub
t sheaf verify -q a.sheaf -p key.pub
{ printf '\357\273\277'; cat "$CLI/key.sec"; } > key.sec
t sheaf pack -q -o b.sheaf -s key.sec news.jsonl
sheaf get a.sheaf a1 -o a1
sheaf prove a.sheaf a1 -o a1.proof
sed 's/$/\r/' a1.proof > crlf.proof
t sheaf check -q crlf.proof a1 --id a1 -p key.pub
# Not all of them: then something else has happened to it.
sed '1s/\r$//' crlf.proof > mixed.proof
both sheaf check -q mixed.proof a1 --id a1 -p key.pub
