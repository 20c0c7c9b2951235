# Both tops of a generation in the middle are lost, but no article.
cat > zero.py <<'END'
# Zeros over the tops of generation 2; a third argument keeps the end of one.
import sys
data = bytearray(open(sys.argv[1], "rb").read())
tops = [i - 8 for i in range(len(data)) if data[i:i + 4] == b"TOP\1"][2:4]
keep = len(sys.argv) > 3
for n, at in enumerate(tops):
    length = int.from_bytes(data[at + 4:at + 8], "little") + 8
    note = data.find(b"sheaf/", at, at + length) if keep else -1
    for i in range(at, at + length):
        if n == 1 or note < 0 or i < note:
            data[i] = 0
open(sys.argv[2], "wb").write(data)
END
# Another archive, of which no state is kept.
fresh() {
    rm a.sheaf
    XDG_STATE_HOME=$(mktemp -d "$PWD/state.XXXXXX")
    export XDG_STATE_HOME
}
# The note is that of then: a repaired copy of what is not damaged is the same.
same() {
    sheaf repair -q a.sheaf -o good.sheaf -f && cmp good.sheaf r.sheaf
}
try() {
    "$PYTHON" zero.py a.sheaf "$@"
    both sheaf extract d.sheaf -p "$CLI/key.pub" --no-pins --format jsonl |
        grep -c '"id"'
    both sheaf repair d.sheaf -o r.sheaf -f | sed 's/[0-9][0-9]*\]/N]/'
}
line '{"id":"c1","title":"New","text":"New.\n"}' > two.jsonl
line '{"id":"c2","title":"Newer","text":"Newer.\n"}' > three.jsonl

# The second generation has the checkpoint of the first.
packed -s "$CLI/key.sec"
sheaf append -q $TIME --unsigned a.sheaf two.jsonl
sheaf append -q $TIME -s "$CLI/key.sec" --sign-unsigned a.sheaf three.jsonl
try d.sheaf
both sheaf verify -q r.sheaf -p "$CLI/key.pub" --no-pins

# It has one of its own: that is gone, or its bytes are still there.
fresh
packed -s "$CLI/key.sec"
sheaf append -q $TIME -s "$CLI/key.sec" a.sheaf two.jsonl
sheaf append -q $TIME -s "$CLI/key.sec" a.sheaf three.jsonl
try d.sheaf
rm r.sheaf
try d.sheaf note
both sheaf verify -q r.sheaf -p "$CLI/key.pub" --no-pins
same

# The third has the checkpoint of the second. With the key, nothing can be read
# before the repair: the top that was signed is lost.
fresh
packed -s "$CLI/key.sec"
sheaf append -q $TIME -s "$CLI/key.sec" a.sheaf two.jsonl
sheaf append -q $TIME --unsigned a.sheaf three.jsonl
try d.sheaf
same
