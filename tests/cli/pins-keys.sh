# A log is known by its origin and its keys, however they are given: by a file,
# by -P with another number, by a policy, or by another key of the chain.
packed -s "$CLI/key.sec" -n example.org/log
key=$CLI/key.pub
other=$CLI/other.pub
cp a.sheaf old.sheaf
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
sheaf append -q $TIME a.sheaf -s "$CLI/key.sec" more.jsonl
cp a.sheaf new.sheaf
sheaf rekey -q $TIME a.sheaf -s "$CLI/key.sec" --new-key "$CLI/other.sec"
# The same 32 bytes with another number before them.
renumbered=$("$PYTHON" -c '
import base64, sys
raw = base64.b64decode(open(sys.argv[1]).read().split("\n")[1])
print(base64.b64encode(raw[:2] + b"8 bytes!" + raw[10:]).decode())' "$key")
{
    printf 'log '
    sheaf vkey -p "$key" -n example.org/log
    line 'quorum none'
} > policy
# What the key has seen, each of the others knows; and forgets the same.
refused() {
    sheaf verify "$@" 2>&1 | grep -o 'rollback: .*'
    sheaf pins | cut -f 1,2
    rm "$XDG_STATE_HOME/sheaf/pins"
}
sheaf verify -q new.sheaf -p "$key"
refused old.sheaf -P "$renumbered"
sheaf verify -q new.sheaf -P "$renumbered"
refused old.sheaf -p "$key"
sheaf verify -q new.sheaf -p "$key"
refused old.sheaf --policy policy
sheaf verify -q new.sheaf --policy policy
refused old.sheaf -p "$key"
# Along a change of keys: seen with the new key, asked with the old one.
sheaf verify -q a.sheaf -p "$other"
refused old.sheaf -p "$key"
sheaf verify -q a.sheaf -p "$key"
refused new.sheaf -p "$key"
# Seen with the old key before the change, it is the same log with the new one.
sheaf verify -q new.sheaf -p "$key"
t sheaf verify a.sheaf -p "$other" | sizes
t sheaf verify a.sheaf -p "$key" | sizes
sheaf pins | awk -F '\t' '{ print $1, $2, split($3, keys, " ") " keys" }'
# The new key has signed no other log of that name.
sheaf pack -q $TIME -o b.sheaf -s "$CLI/other.sec" -n example.org/log --new-log news.jsonl
both sheaf verify b.sheaf -p "$other" | grep -o 'rollback: .*'
both sheaf get b.sheaf -p "$other" a1 | grep -o 'rollback: .*'
# A file that was written before it had all keys in a line is read.
sed -e '/^sum/d' -e 's/^\(pin [^ ]* [^ ]*\) .*/\1/' "$XDG_STATE_HOME/sheaf/pins" > before
t sheaf verify -q a.sheaf -p "$key" --pins before
cmp before "$XDG_STATE_HOME/sheaf/pins"
