# A correction that was taken back is not the newest revision again.
one() { line "{\"id\":\"n\",\"text\":\"$1\"}" > "$1.jsonl"; }
for w in right wrong other; do one $w; done
sheaf pack -q $TIME -o old.sheaf -n ex.org/a right.jsonl
cp old.sheaf new.sheaf
sheaf append -q $TIME new.sheaf --unsigned wrong.jsonl
sheaf append -q $TIME new.sheaf --unsigned right.jsonl
both sheaf merge -q $TIME old.sheaf new.sheaf -o m.sheaf
sheaf get m.sheaf n
sheaf list m.sheaf --revisions
both sheaf merge -q $TIME new.sheaf old.sheaf new.sheaf -o m.sheaf -f
sheaf get m.sheaf n
sheaf list m.sheaf --revisions
# With an article between them in one frame, too.
sheaf pack -q $TIME -o s.sheaf --small -n ex.org/s wrong.jsonl right.jsonl other.jsonl right.jsonl
sheaf merge -q $TIME old.sheaf s.sheaf -o m.sheaf -f
sheaf get m.sheaf n
sheaf list m.sheaf --revisions
# Nobody knows whether the last archive of these is an older copy.
sheaf pack -q $TIME -o wrong.sheaf -n ex.org/w wrong.jsonl
both sheaf merge $TIME old.sheaf wrong.sheaf old.sheaf -o m.sheaf -f | sed 's/SIZE.*//; s/), .*/)/'
sheaf merge -q $TIME old.sheaf wrong.sheaf old.sheaf -o m.sheaf -f --json 2> /dev/null | grep -o '"same.*"older":[0-9]*'
sheaf get m.sheaf n
both sheaf merge -q $TIME old.sheaf new.sheaf old.sheaf -o m.sheaf -f
sheaf get m.sheaf n
