# What redact asks for, and what it refuses.
packed -s "$CLI/key.sec" -n example.org/log
both sheaf redact a.sheaf a1 --reason x --unsigned
both sheaf redact a.sheaf a1 -o b.sheaf --unsigned
both sheaf redact a.sheaf a1 -o b.sheaf --reason x
both sheaf redact a.sheaf a1 -o b.sheaf --reason x -s "$CLI/key.sec" --unsigned
both sheaf redact a.sheaf a1 -f -o a.sheaf --reason x --unsigned
both sheaf redact a.sheaf a1 -o b.sheaf --reason "$(printf 'a\tb')" --unsigned
both sheaf redact a.sheaf a1 -o b.sheaf --reason x --rev 0 --unsigned
both sheaf redact a.sheaf nothing -o b.sheaf --reason x --unsigned
both sheaf redact a.sheaf a1 -o b.sheaf --reason x -s "$CLI/other.sec" $TIME
ls b.sheaf 2> /dev/null
t sheaf redact a.sheaf https://example.org/tide -q -o b.sheaf --reason x --unsigned $TIME
sheaf list b.sheaf --revisions
