# redact signs, so it refuses what nobody has signed, as append does.
packed -s "$CLI/key.sec"
line '{"id":"s1","title":"Stranger","text":"Not ours.\n"}' > stranger.jsonl
sheaf append -q a.sheaf --unsigned stranger.jsonl
both sheaf redact a.sheaf a1 --reason "A name" -s "$CLI/key.sec" -o b.sheaf
both sheaf redact -q a.sheaf a1 --reason "A name" -s "$CLI/key.sec" --sign-unsigned -o b.sheaf
both sheaf get b.sheaf s1 -p "$CLI/key.pub"
both sheaf rekey a.sheaf -s "$CLI/key.sec" --new-key "$CLI/other.sec"
