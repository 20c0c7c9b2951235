# A member that has an article and cannot give it answers for it: an older
# revision of an earlier member is no answer, with a key or without.
mkdir c
line '{"id":"x","title":"X","url":"http://x.example/x","text":"Wrong, and withdrawn.\n"}' > old.jsonl
line '{"id":"x","title":"X","url":"http://x.example/x","text":"Corrected.\n"}' > new.jsonl
line '{"id":"last","title":"Last","text":"Last text.\n"}' > last.jsonl
sheaf pack -q $TIME -o c/1.sheaf -n ex.org/1 -s "$CLI/key.sec" old.jsonl
sheaf pack -q $TIME -o 2.sheaf -n ex.org/2 -s "$CLI/key.sec" new.jsonl
ask() {
    for p in "" "-p $CLI/key.pub --no-pins"; do
        both sheaf get c x $p
        both sheaf get c http://x.example/x $p
        both sheaf list c $p
        both sheaf extract c --format jsonl -o - $p
        both sheaf search c --index withdrawn $p
    done 2>&1 | sed 's/ at [0-9]*/ at N/'
}
# Somebody has cut it out, and nobody has signed that.
sheaf redact -q $TIME 2.sheaf x --unsigned --reason r -o c/2.sheaf
ask
# The end is lost, and with it a newer one, maybe.
cp 2.sheaf c/2.sheaf
sheaf append -q $TIME c/2.sheaf -s "$CLI/key.sec" last.jsonl
lose_end c/2.sheaf
ask
