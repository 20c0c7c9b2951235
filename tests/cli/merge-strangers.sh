# merge and split sign no article that a stranger added to a signed archive.
packed -s "$CLI/key.sec" -n example.org/log
line '{"id":"b1","text":"Of another log.\n"}' > b.jsonl
sheaf pack -q $TIME -o b.sheaf -s "$CLI/key.sec" -n example.org/b b.jsonl
cp a.sheaf whole.sheaf
line '{"id":"s1","text":"Strange.\n"}' > strange.jsonl
sheaf append a.sheaf -q $TIME --unsigned strange.jsonl
both sheaf merge $TIME -q a.sheaf b.sheaf -o m.sheaf -s "$CLI/key.sec" -n example.org/m
both sheaf split $TIME -q a.sheaf -C parts --by section -s "$CLI/key.sec"
ls m.sheaf parts/*.sheaf 2> /dev/null
# On purpose, or without a signature.
sheaf merge $TIME -q a.sheaf b.sheaf -o m.sheaf -s "$CLI/key.sec" --sign-unsigned -n example.org/m
t sheaf get m.sheaf s1 -p "$CLI/key.pub" --no-pins
sheaf split $TIME -q a.sheaf -C parts --by section -s "$CLI/key.sec" --sign-unsigned
ls parts
sheaf merge $TIME -q a.sheaf b.sheaf -o n.sheaf
# What nobody has signed can be signed together.
sheaf pack -q $TIME -o c.sheaf -n example.org/c b.jsonl
sheaf pack -q $TIME -o d.sheaf -n example.org/d strange.jsonl
sheaf merge $TIME -q c.sheaf d.sheaf -o e.sheaf -s "$CLI/key.sec" -n example.org/e
t sheaf verify -q e.sheaf -p "$CLI/key.pub" --no-pins
# Once this key has signed that log, c may be one from which the note was taken.
cp c.sheaf signed.sheaf
sheaf sign -q signed.sheaf -s "$CLI/key.sec"
both sheaf merge $TIME -q c.sheaf d.sheaf -o f.sheaf -s "$CLI/key.sec" -n example.org/f
both sheaf merge $TIME -q c.sheaf d.sheaf -o f.sheaf -s "$CLI/key.sec" -n example.org/f --new-log
sheaf merge $TIME -q whole.sheaf b.sheaf -o g.sheaf -s "$CLI/key.sec" -n example.org/g
t sheaf verify -q g.sheaf -p "$CLI/key.pub" --no-pins
# An older copy of what this key has signed is not all of it.
cp b.sheaf older.sheaf
sheaf append -q $TIME b.sheaf -s "$CLI/key.sec" strange.jsonl
both sheaf merge $TIME -q whole.sheaf older.sheaf -o i.sheaf -s "$CLI/key.sec" -n example.org/i
sheaf merge $TIME -q whole.sheaf b.sheaf -o i.sheaf -s "$CLI/key.sec" -n example.org/i
# Whose signature it is must be known: of another key it is not checked.
sheaf pack -q $TIME -o o.sheaf -s "$CLI/other.sec" -n example.org/o b.jsonl
both sheaf merge $TIME -q whole.sheaf o.sheaf -o h.sheaf -s "$CLI/key.sec" -n example.org/h
both sheaf split $TIME -q o.sheaf -C others --by section -s "$CLI/key.sec"
both sheaf split $TIME -q o.sheaf -C others --by section -s "$CLI/key.sec" -p "$CLI/other.pub" --no-pins
