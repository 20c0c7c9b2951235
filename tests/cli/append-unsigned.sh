# What is past the signature is said to be.
packed -s "$CLI/key.sec"
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
both sheaf append -q a.sheaf --unsigned more.jsonl
sheaf verify a.sheaf | sizes
sheaf verify a.sheaf -p "$CLI/key.pub" | sizes
both sheaf get a.sheaf -p "$CLI/key.pub" a1
both sheaf get a.sheaf -p "$CLI/key.pub" c1
both sheaf get a.sheaf -p "$CLI/key.pub" d1
both sheaf extract a.sheaf -p "$CLI/key.pub" -C out
ls out
sheaf info a.sheaf | grep '^signed'
line '{"id":"d1","title":"Newer","text":"Newer.\n"}' > more.jsonl
# Nobody signs a stranger's articles without saying so, nor when the old note
# is gone with the log that knew of it.
both sheaf append -q a.sheaf -s "$CLI/key.sec" more.jsonl
both sheaf append -q a.sheaf -s "$CLI/key.sec" --sign-unsigned more.jsonl
sheaf verify a.sheaf -p "$CLI/key.pub" | sizes
