# An article of which the newest revision is past the signature gets another.
packed -s "$CLI/key.sec"
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
both sheaf append -q a.sheaf --unsigned more.jsonl
line '{"id":"c1","title":"New","text":"Newer.\n"}' > more.jsonl
both sheaf append -q a.sheaf -s "$CLI/key.sec" --sign-unsigned more.jsonl
both sheaf get a.sheaf -p "$CLI/key.pub" c1
