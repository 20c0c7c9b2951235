# What the other commands say of a redacted article, and of what is missing.
packed -s "$CLI/key.sec" -n example.org/log
key=$CLI/key.pub
sheaf verify -q a.sheaf -p "$key"
sheaf redact a.sheaf a1 -o r.sheaf --reason "By order of the court" \
    -s "$CLI/key.sec" $TIME -q
both sheaf get r.sheaf a1
both sheaf get r.sheaf -p "$key" a1
both sheaf diff r.sheaf a1
t sheaf list r.sheaf
t sheaf list r.sheaf --revisions
t sheaf list r.sheaf --redacted
t sheaf list r.sheaf --redacted --json
both sheaf list r.sheaf --redacted a1
t sheaf list r.sheaf --revisions --section Local
sheaf info r.sheaf | grep redacted
sheaf info r.sheaf --json | grep -o '"redactions":[0-9]*'
t sheaf verify r.sheaf -p "$key" | sizes
t sheaf verify r.sheaf -p "$key" --json | grep -o '"redacted":[^,]*\|"missing":[^,]*'
# It goes on from what was seen; the archive that has the article is older now.
both sheaf verify a.sheaf -p "$key" | grep -o 'rollback: .*'
# One revision of two: the other one stays.
sheaf redact r.sheaf a2 --rev 1 -o s.sheaf --reason "It was wrong" \
    -s "$CLI/key.sec" $TIME -q
t sheaf list s.sheaf --revisions
t sheaf get s.sheaf a2
both sheaf get s.sheaf a2 --rev 1
both sheaf diff s.sheaf a2
t sheaf verify -q s.sheaf -p "$key"
# What is left comes out, with a key and without; an older revision is not the
# newest because that is gone.
t sheaf extract s.sheaf -p "$key" --format jsonl | grep -o '"id":"[^"]*"\|^= .*'
sheaf redact a.sheaf a2 --rev 2 -o n.sheaf --reason "The newest" \
    --unsigned $TIME -q
t sheaf extract n.sheaf --format jsonl | grep -o '"id":"[^"]*"\|^= .*'
t sheaf extract n.sheaf -p "$key" --no-pins --format jsonl | grep -o '"id":"[^"]*"\|^= .*'
t sheaf list n.sheaf | cut -f 1
both sheaf get n.sheaf a2
t sheaf get n.sheaf a2 --rev 1
both sheaf extract n.sheaf -C out a2
