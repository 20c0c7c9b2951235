# The archive says whether words may be codes, and appends follow it. 400
# articles make a dictionary with a table of words.
words() {
    sheaf info "$1" --json | grep -o '"words":[a-z]*'
    sheaf verify -q "$1"
}
tables() {
    rm -rf dicts
    sheaf dict "$1" -C dicts > listed
    for d in dicts/*.dict; do
        tail -c 3 "$d" | grep -c WDS
    done
}
for i in $(seq 400); do
    line "{\"id\":\"n$i\",\"text\":\"The harbour council of Kestle said on Monday that ferry number $i would sail again, and that the budget for $((i * 37)) lamps was short. Residents of the harbour were told nothing.\"}"
done > many.jsonl
t sheaf pack -q -o a.sheaf $TIME many.jsonl
words a.sheaf
tables a.sheaf
t sheaf pack -q --plain -o b.sheaf $TIME many.jsonl
words b.sheaf
tables b.sheaf
articles
t sheaf append -q b.sheaf news.jsonl
words b.sheaf
t sheaf append -q a.sheaf news.jsonl
words a.sheaf
t sheaf repack -q a.sheaf --plain -o c.sheaf
words c.sheaf
tables c.sheaf
t sheaf repack -q c.sheaf -o d.sheaf
words d.sheaf
tables d.sheaf
sheaf get d.sheaf n7
# A damaged head does not matter, and is repaired.
poke d.sheaf 20 377
both sheaf get d.sheaf n7 | sed 's/ at [0-9]*//'
t sheaf repair -q d.sheaf -o e.sheaf
words e.sheaf
# Another flag does, and a reader that does not know it stops.
"$PYTHON" - << 'END'
import hashlib
data = bytearray(open("a.sheaf", "rb").read())
data[15] |= 2
data[56:64] = hashlib.blake2b(data[:56], digest_size=32).digest()[:8]
open("f.sheaf", "wb").write(data)
END
both sheaf get f.sheaf n7
