#!/bin/sh
# attacks.sh - mounts each known attack on an archive, and checks what refuses
# it, by exit code and clause. Prints TAP.
#
# The attacker can change all bytes and knows the format: he corrects
# everything that only guards against damage (sums, checksums), see surgery.py.
# He does not have the key. Where an attack needs the help of a signer, the
# archive is one of spec/vectors.

here=$(cd "$(dirname "$0")" && pwd)
: "${SHEAF:=$here/../build/release/sheaf}"
: "${SHEAF_LIBEXEC:=$(dirname "$SHEAF")}"
: "${PYTHON:=python3}"
case $SHEAF in /*) ;; *) SHEAF=$PWD/$SHEAF ;; esac
case $SHEAF_LIBEXEC in /*) ;; *) SHEAF_LIBEXEC=$PWD/$SHEAF_LIBEXEC ;; esac
[ -x "$SHEAF" ] || { echo "1..0 # SKIP there is no $SHEAF"; exit 0; }
command -v "$PYTHON" > /dev/null || { echo "1..0 # SKIP no Python"; exit 0; }
tmp=$(mktemp -d) || exit 2
trap 'chmod -R u+rwx "$tmp"; rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM
unset SHEAF_PASSPHRASE SOURCE_DATE_EPOCH CDPATH
LC_ALL=C.UTF-8
HOME=$tmp/home
XDG_STATE_HOME=$tmp/state
TMPDIR=$tmp/tmp
PYTHONPATH=$here
PYTHONDONTWRITEBYTECODE=1
export SHEAF SHEAF_LIBEXEC LC_ALL HOME XDG_STATE_HOME TMPDIR PYTHONPATH \
    PYTHONDONTWRITEBYTECODE
mkdir -p "$HOME" "$TMPDIR" "$tmp/work"
cd "$tmp/work" || exit 2
vectors=$here/../spec/vectors
notes=$here/vectors/note/neg
n=0
bad=0

sheaf() {
    "$SHEAF" "$@"
}
# Python with all of surgery.py in it.
surgery() {
    { echo 'import sys; from surgery import *'; cat; } | "$PYTHON" - "$@"
}
result() {
    n=$((n + 1))
    if [ "$1" = 0 ]; then
        echo "ok $n - $2"
    else
        echo "not ok $n - $2"
        sed 's/^/# /' "$tmp/out" | tail -n 8
        bad=1
    fi
}
# holds WHAT COMMAND... - it succeeds.
holds() {
    what=$1
    shift
    "$@" > "$tmp/out" 2>&1 < /dev/null
    result $? "$what"
}
# refused CODE CLAUSE WHAT COMMAND... - with this exit code, and with the
# clause in its message (or, if it begins with another letter than F, with
# this text).
refused() {
    code=$1 clause=$2 what=$3
    shift 3
    "$@" > "$tmp/out" 2> "$tmp/err" < /dev/null
    got=$?
    cat "$tmp/err" >> "$tmp/out"
    echo "exit $got, wanted $code with $clause" >> "$tmp/out"
    case $clause in
    F[0-9]*) grep -q "\[$clause\( at [0-9]*\)\?\]" "$tmp/err" ;;
    *) grep -q "$clause" "$tmp/err" ;;
    esac && [ "$got" = "$code" ]
    result $? "$what"
}
vector() {
    refused 4 "$1" "$3" sheaf verify --no-pins "$vectors/$1-$2.sheaf"
}

# ---- What is attacked: two articles, a secret one, and their key -------------

sheaf keygen -W -p pub -s sec > /dev/null
sheaf keygen -W -p eve.pub -s eve.sec > /dev/null
"$PYTHON" - << 'END'
import random
random.seed(7)
# Bytes that can't be compressed are stored as they are, and so can be seen.
noise = bytes(random.randrange(256) for _ in range(3000))
import os
os.makedirs("in")
open("in/alpha", "wb").write(b"The mayor said yes.\n" + noise)
open("in/omega", "wb").write(b"The mayor said no..\n" + noise[::-1])
open("in/plain", "w").write("The ferry runs. " * 400)
END
sheaf pack -q -o a.sheaf -s sec -n example.org/log --dict none in
cp a.sheaf first.sheaf
printf '%s\n' '{"id":"late","text":"Later.\n"}' > late.jsonl
printf '%s\n' '{"id":"other","text":"Otherwise.\n"}' > other.jsonl
holds "untouched, it verifies" sheaf verify a.sheaf -p pub
holds "the enemy's tools leave it as it is" surgery << 'END'
a = load("a.sheaf")
assert reseal(bytearray(a)) == a
_, before, note, after = top(a)
assert with_top(a, before, note, after) == a
END

# ---- Rollback, fork ----------------------------------------------------------

sheaf append -q a.sheaf -s sec late.jsonl
sheaf verify -q a.sheaf -p pub
refused 5 F9.9 "rollback: an older archive is refused by verify" \
    sheaf verify first.sheaf -p pub
grep -q '^sheaf: .*rollback' "$tmp/err" &&
    [ -s "$(sed -n 's/.*kept in //p' "$tmp/err")" ]
result $? "rollback: and both checkpoints are kept"
refused 5 F9.9 "rollback: and by get" sheaf get first.sheaf -p pub plain
refused 5 F9.9 "rollback: and by extract" sheaf extract first.sheaf -p pub
sed -n 's/^| \?//p' "$XDG_STATE_HOME/sheaf/pins" > newest.note
refused 5 F9.9 "rollback: a kept checkpoint is enough to see it" \
    sheaf verify first.sheaf -p pub --no-pins --since newest.note
refused 5 F9.9 "rollback: the signer does not go on from an older copy" \
    sheaf append -q first.sheaf -s sec other.jsonl
cp first.sheaf fork.sheaf
sheaf append -q fork.sheaf -s sec --new-log other.jsonl
refused 5 F9.9 "fork: a signer's other history is refused" \
    sheaf verify fork.sheaf -p pub
grep -q '^sheaf: .*fork' "$tmp/err" &&
    [ "$(grep -c '^| ' "$(sed -n 's/.*kept in //p' "$tmp/err")")" = 8 ]
result $? "fork: and both checkpoints are kept"
refused 5 F9.9 "fork: and by --since" \
    sheaf verify fork.sheaf -p pub --no-pins --since newest.note
cp first.sheaf fork.sheaf
sheaf append -q fork.sheaf --unsigned other.jsonl
cp late.jsonl three.jsonl
printf '%s\n' '{"id":"three","text":"3"}' >> three.jsonl
rm "$XDG_STATE_HOME"/sheaf/logs/*
sheaf append -q a.sheaf -s sec three.jsonl
refused 5 F9.9 "fork: the signer signs no other history, even a longer one" \
    sheaf append -q fork.sheaf -s sec three.jsonl
sheaf verify -q a.sheaf -p pub

# ---- Truncation, tails -------------------------------------------------------

surgery << 'END'
a = load("a.sheaf")
ends = [at + n for at, kind, n in frames(a) if kind == "END"]
save("cut.sheaf", a[:-100])
save("earlier.sheaf", a[:ends[-3]])
save("head.sheaf", a[:64])
save("tail.sheaf", a + b"PK\5\6" + bytes(18))
save("zip.sheaf", b"PK\3\4" + a)
save("two.sheaf", a + a)
END
refused 4 F2.2 "truncation: cut in the last end" sheaf verify cut.sheaf
refused 4 F12.1 "truncation: all but the head" sheaf verify head.sheaf
refused 5 F9.9 "truncation: at an earlier end, where it is whole" \
    sheaf verify earlier.sheaf -p pub
refused 4 F12.5 "tail append: a zip's directory behind it" \
    sheaf verify tail.sheaf -p pub
refused 4 F3.1 "polyglot: something before it" sheaf verify zip.sheaf -p pub
refused 4 F12.5 "tail append: another archive behind it" \
    sheaf verify two.sheaf -p pub

# ---- Groups, numbers of articles ----------------------------------------------

# The rows of groups and the number of articles, as nobody signs them.
surgery << 'END'
a = load("first.sheaf")
_, before, note, after = top(a)
assert after[-7] == 1 and before[20:28] == (3).to_bytes(8, "big")
save("groups.sheaf", with_top(a, before, note, after[:-7] + b"\0" + after[-6:]))
save("count.sheaf", with_top(a, before[:20] + (2).to_bytes(8, "big") + before[28:], note, after))
END
refused 4 F8.5 "no groups: ranges of them" sheaf info --splits 2 groups.sheaf
holds "a list has all" sh -c \
    '[ "$("$SHEAF" list groups.sheaf -p pub --no-pins | wc -l)" = 3 ]'
holds "without the key, too" sh -c '[ "$("$SHEAF" list groups.sheaf | wc -l)" = 3 ]'
refused 5 F11.3 "another number of articles" \
    sheaf get count.sheaf -p pub --no-pins alpha

# ---- IDs, metadata, bodies ---------------------------------------------------

cp first.sheaf a.sheaf
rm -f "$XDG_STATE_HOME/sheaf/pins"
# Rows of the map: which leaf and place an ID leads to.
surgery << 'END'
a = load("a.sheaf")
at, _, n = [f for f in frames(a) if f[1] == "MAP"][0]
rows = table_rows(a, at, n)
place = {r[:6]: i for i, r in enumerate(rows)}
x, y = place[h32(b"alpha")[:6]], place[h32(b"omega")[:6]]
swapped = list(rows)
swapped[x] = rows[x][:6] + rows[y][6:]
swapped[y] = rows[y][:6] + rows[x][6:]
b = bytearray(a)
put_rows(b, at, n, swapped)
save("ids.sheaf", reseal(b))
# As far as an enemy gets: the top's roots as well.
_, before, note, after = top(a)
old, new = map_root(rows), map_root(swapped)
assert old in after
b = with_top(b, before, note, after.replace(old, new))
save("ids2.sheaf", b)
# The same article, its frame where the other's is.
fs = [f for f in frames(a) if f[1] == ""][:2]
assert fs[0][2] == fs[1][2]
c = bytearray(a)
(p, _, m), (q, _, _) = fs
c[p:p + m], c[q:q + m] = a[q:q + m], a[p:p + m]
save("frames.sheaf", reseal(c))
# Another's word in a body, a word changed, and a word of the metadata.
d = bytearray(a)
i, j = a.index(b"said yes"), a.index(b"said no.")
d[i:i + 8], d[j:j + 8] = a[j:j + 8], a[i:i + 8]
save("bodies.sheaf", reseal(d))
e = bytearray(a)
i = a.index(b"said yes")
e[i:i + 8] = b"said non"
save("word.sheaf", reseal(e))
f = bytearray(a)
i = a.index(b"octet-stream")
f[i:i + 12] = b"octet-STREAM"
save("meta.sheaf", reseal(f))
END
# What `get` gives is never another's, nor is the ID denied: a row leads only to
# an article of which the ID has its key.
# With a key the page is derived from the frames instead.
sheaf get a.sheaf alpha > alpha
refused 0 F8.2 "ID substitution: rows of the map, with a key" \
    sheaf get ids.sheaf -p pub --no-pins alpha
holds "it gives the article itself" sh -c \
    '"$SHEAF" get ids.sheaf -p pub --no-pins alpha 2> err | cmp - alpha'
refused 4 F8.3 "ID substitution: rows of the map" sheaf get ids.sheaf alpha
refused 5 F8.6 "ID substitution: rows and the top's root, with a key" \
    sheaf get ids2.sheaf -p pub --no-pins alpha
refused 4 F8.3 "ID substitution: rows and the top's root" \
    sheaf get ids2.sheaf alpha
refused 5 F10.2 "ID substitution: frames, with a key" \
    sheaf get frames.sheaf -p pub --no-pins omega
refused 5 F10.2 "ID substitution: frames" sheaf get frames.sheaf omega
refused 4 F8.3 "ID substitution: rows, by verify" sheaf verify ids.sheaf
refused 4 F8.3 "ID substitution: rows and root, by verify" \
    sheaf verify ids2.sheaf
refused 4 F7.3 "ID substitution: frames, by verify" sheaf verify frames.sheaf
for i in meta bodies word; do
    refused 5 F10.2 "metadata or body swap: $i, with a key" \
        sheaf get $i.sheaf -p pub --no-pins --meta alpha
    refused 5 F10.2 "metadata or body swap: $i" sheaf get $i.sheaf alpha
    refused 4 F10.2 "metadata or body swap: $i, by verify" \
        sheaf verify $i.sheaf
done

# ---- Dictionaries ------------------------------------------------------------

sheaf pack -q -o dict.sheaf -s sec "$here/newsroom"
sheaf dict dict.sheaf > dict.raw
surgery << 'END'
# Another dictionary of the same ID and, packed, of the same length: the start
# of the one that was there, stored, with its parity and top made for it.
a = load("dict.sheaf")
at, _, n = [f for f in frames(a) if f[1] == "DIC"][0]
raw = load("dict.raw")
room = n - 8
new = bytes(raw[:room - 16])
# As much of it as fits: zstd's magic, single segment with 4 bytes of size.
head = b"\x28\xb5\x2f\xfd\xa4" + struct.pack("<I", len(new))
body = head + struct.pack("<I", len(new) << 3 | 1)[:3] + new
body += struct.pack("<I", xxh64(new) & 0xffffffff)
assert len(body) == room and len(new) < 1 << 17, (len(body), room)
b = bytearray(a)
b[at + 8:at + n] = body
p, _, m = [f for f in frames(a) if f[1] == "PAR"][0]
pieces = [body[i:i + 4096] for i in range(0, room, 4096)]
rows = 1 if len(pieces) == 1 else max(2, -(-len(pieces) // 48))
width = min(4096, room)
parity = [bytearray(width) for _ in range(rows)]
for i, piece in enumerate(pieces):
    for k, byte in enumerate(piece):
        parity[i % rows][k] ^= byte
par = (bytes(a[p + 12:p + 24]) + struct.pack(">I", len(new)) +
       bytes(a[p + 28:p + 32]) + h32(new) + b"".join(map(h8, pieces)) +
       b"".join(map(bytes, parity)))
assert len(par) == m - 20
b[p + 12:p + m - 8] = par
# The top's entry: ID, offset, length, raw size, offset of PAR.
_, before, note, after = top(a)
entry = struct.pack(">QII", at, room, len(raw))
assert after.count(entry) == 1
after = after.replace(entry, struct.pack(">QII", at, room, len(new)))
save("swapped.sheaf", with_top(reseal(b), before, note, after))
END
sheaf list dict.sheaf | cut -f 1 > ids
wrong=0 given=0
while read -r id; do
    sheaf get dict.sheaf "$id" > good 2> /dev/null
    if sheaf get swapped.sheaf -p pub "$id" > got 2>> got.err; then
        given=$((given + 1))
        cmp -s good got || wrong=$((wrong + 1))
    else
        [ $? = 4 ] || [ $? = 5 ] || wrong=$((wrong + 1))
    fi
done < ids
echo "$given of $(wc -l < ids) given, $wrong wrong" > "$tmp/out"
[ $wrong = 0 ] && [ $given -lt "$(wc -l < ids)" ] && grep -q '\[F' got.err
result $? "dictionary swap: get gives no other article"
refused 4 F4.10 "dictionary swap: by verify" \
    sheaf verify swapped.sheaf -p pub --no-pins

# ---- Twice the same, leaves and nodes ----------------------------------------

vector F6.3 again "duplicate ID: a second article with it"
vector F6.3 skipped "duplicate ID: a revision too many"
vector F8.1 twice "shadow entry: two rows for one leaf"
vector F8.3 extra "shadow entry: a row for an article that is not there"
vector F6.1 domain "leaf or node: a record of another domain"
vector F6.1 type "leaf or node: a leaf of another type"

# ---- The signed note ---------------------------------------------------------

note_with() {
    surgery "$@" << 'END'
import base64
L = 2**252 + 27742317777372353535851937790883648493
a = load("first.sheaf")
_, before, note, after = top(a)
text, sigs = note.split(b"\n\n", 1)
lines = text.split(b"\n")
dash, name, b64 = sigs.rstrip(b"\n").split(b" ")
sig = bytearray(base64.b64decode(b64))
what = sys.argv[1]
if what == "malleable":
    s = int.from_bytes(sig[36:68], "little") + L
    sig[36:68] = s.to_bytes(32, "little")
elif what == "size":
    lines[1] = b"0" + lines[1]
elif what == "larger":
    lines[1] = str(int(lines[1]) + 1).encode()
elif what == "huge":
    lines[1] = str(2**63).encode()
elif what == "root":
    lines[2] = base64.b64encode(bytes(32))
elif what == "origin":
    lines[0] = name = b"example.org/log2"
elif what == "keyid":
    sig[0] ^= 1
b64 = base64.b64encode(bytes(sig))
if what == "base64":
    # Bits after the last byte, which lax decoders drop.
    assert b64[-1:] == b"="
    i = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    k = -3 if b64[-2:] == b"==" else -2
    b64 = b64[:k] + i[i.index(b64[k:k + 1]) + 1:][:1] + b64[k + 1:]
line = b" ".join([dash, name, b64])
if what == "twice":
    line += b"\n" + line
if what == "unknown":
    # A cosignature of a kind that is not known yet.
    line += b"\n" + b" ".join([dash, b"post-quantum.example", base64.b64encode(
        hashlib.sha256(b"6").digest()[:4] + bytes(range(250)))])
note = b"\n".join(lines) + b"\n\n" + line + b"\n"
save(what + ".sheaf", with_top(a, before, note, after))
END
}
for what in malleable size larger huge root origin keyid base64 twice unknown
do
    note_with "$what"
done
key="-p pub --no-pins"
# shellcheck disable=SC2086
{
    refused 5 F9.8 "signature malleability: S + L" \
        sheaf verify malleable.sheaf $key
    refused 5 F9.8 "signature malleability: S + L, by get" \
        sheaf get malleable.sheaf $key plain
    refused 4 F9.5 "signature malleability: base64 with bits after its end" \
        sheaf verify base64.sheaf $key
    refused 4 F9.6 "signature malleability: the same line twice" \
        sheaf verify twice.sheaf $key
    refused 4 F9.3 "size malleability: a leading zero" \
        sheaf verify size.sheaf $key
    refused 4 F9.3 "size malleability: 2^63" sheaf verify huge.sheaf $key
    refused 4 F9.9 "size malleability: more leaves than there are" \
        sheaf verify larger.sheaf $key
    refused 4 F9.9 "another root" sheaf verify root.sheaf $key
    refused 4 F9.9 "another origin" sheaf verify origin.sheaf $key
    refused 5 F9.7 "key confusion: another key ID" \
        sheaf verify keyid.sheaf $key
    holds "long term: an unknown line does no harm" \
        sheaf verify unknown.sheaf $key
    holds "long term: and stays" \
        sh -c '"$SHEAF" info unknown.sheaf | grep -q post-quantum.example'
}
refused 5 F9.7 "key confusion: the enemy's key" \
    sheaf verify first.sheaf -p eve.pub
sheaf pack -q -o eve.sheaf -s eve.sec -n example.org/log in
refused 5 F9.7 "key confusion: the enemy's archive of the same origin" \
    sheaf verify eve.sheaf -p pub
refused 5 F9.7 "key confusion: and by get" sheaf get eve.sheaf -p pub plain
refused 5 F9.7 "key confusion: going on from another's archive" \
    env XDG_STATE_HOME="$tmp/none" "$SHEAF" append -q eve.sheaf -s sec late.jsonl
mkdir once more
echo "The second text." > once/twice
echo "The third text." > more/twice
sheaf pack -q -o retold.sheaf -s sec -n example.org/twice --dict none once
echo "The second text, corrected." > once/twice
sheaf append -q retold.sheaf -s sec once
for number in 7 1; do
    cp retold.sheaf lost.sheaf
    surgery $number << 'END'
# The columns of the last group say another number of revision, and its article
# is damaged, so that nothing else says it; then what was there comes back.
d = load("retold.sheaf")
group = [at for at, kind, _ in frames(d) if kind == "GRP"][-1]
at = d.index(b"\ntwice\n2\n", group) + 7
d[at:at + 1] = sys.argv[1].encode()
columns = stored(d, group + 66)
end = zstd_parts(d, group + 66)[2]
d[end - 4:end] = struct.pack("<I", xxh64(columns) & 0xffffffff)
article = [(at, n) for at, kind, n in frames(d) if kind == "REV"][-1]
d[article[0] + 60] ^= 0xff
save("lost.sheaf", reseal(d))
END
    cp "$XDG_STATE_HOME" -r state.kept
    refused 1 "revision before is lost, and none can follow" \
        "correcting what is lost, signed" sheaf append lost.sheaf -s sec more
    refused 0 "revision before is lost" \
        "correcting what is lost, its number forged: $number" \
        sheaf append --unsigned lost.sheaf more
    rm -rf "$XDG_STATE_HOME"
    mv state.kept "$XDG_STATE_HOME"
    surgery << 'END'
d, old = load("lost.sheaf"), load("retold.sheaf")
d[:len(old)] = old
save("lost.sheaf", d)
END
    holds "and with the old bytes, the numbers go on" \
        sheaf verify lost.sheaf -p pub --no-pins
done
sheaf pack -q -o smaller.sheaf -s sec -n example.org/smaller once
sheaf append -q smaller.sheaf -s sec more
sheaf append -q smaller.sheaf --unsigned late.jsonl
surgery << 'END'
# The last top and end are those of the first generation: the reader knows a
# smaller tree than the tops before it.
d = load("smaller.sheaf")
f = frames(d)
at = [at for at, kind, _ in f if kind == "TOP"][-1]
first, n = [(at, n) for at, kind, n in f if kind == "TOP"][0]
ends = [at for at, kind, _ in f if kind == "END"]
end = bytearray(d[ends[-1]:ends[-1] + 176])
old = d[ends[0]:ends[0] + 176]
d = d[:at] + d[first:first + n]
end[12:20] = len(d).to_bytes(8, "big")
end[20:28] = at.to_bytes(8, "big")
end[28:32] = n.to_bytes(4, "big")
end[32:64] = h32(bytes(d[at:]))
end[72:80] = (len(d) + 176).to_bytes(8, "big")
end[120:160] = old[120:160]
save("smaller.sheaf", d + sealed(end, 0, len(end)))
END
refused 4 F12.3 "the last top is of an earlier generation" \
    sheaf verify smaller.sheaf -p pub --no-pins
refused 5 F9.8 "no signature at all" \
    sh -c '"$SHEAF" pack -q -o none.sheaf in &&
        "$SHEAF" verify none.sheaf -p pub'
refused 2 "an origin is" "cross protocol: an origin that begins cosignature/" \
    sheaf pack -q -o x.sheaf -s sec -n cosignature/v1 in
vector F9.2 cosignature "cross protocol: a note of such an origin"
for note in "$notes"/*.note; do
    sheaf verify first.sheaf -p pub --no-pins --since "$note" \
        > "$tmp/out" 2>&1
    code=$?
    { [ $code = 4 ] || [ $code = 5 ]; } && grep -q '\[F9\.[1-8]\]' "$tmp/out"
    result $? "parser differential: $(basename "$note")"
done

# ---- Formats and algorithms --------------------------------------------------

surgery << 'END'
a = load("first.sheaf")
for kind in "SHF", "GRP", "MAP", "LEF", "TIL":
    b = bytearray(a)
    at = [f[0] for f in frames(a) if f[1] == kind][0]
    b[at + 11] = 2
    save("version-%s.sheaf" % kind, reseal(b))
b = bytearray(a)
b[15] |= 2
save("flags.sheaf", reseal(b))
END
for kind in SHF GRP MAP LEF TIL; do
    refused 6 "version" "downgrade: another version of $kind" \
        sheaf verify --no-pins version-$kind.sheaf -p pub
done
refused 4 F3.2 "downgrade: flags in the head" sheaf verify flags.sheaf
vector F6.1 algorithm "downgrade: another commitment"
vector F4.1 window "a window of more than a reader has"

# ---- Bombs, overflows, garbage -----------------------------------------------

"$PYTHON" -c 'print("All work and no play. " * 4000)' > in/bomb
sheaf pack -q -o bomb.sheaf --dict none in/bomb
surgery << 'END'
import random
random.seed(3)
a = load("bomb.sheaf")
at, _, n = [f for f in frames(a) if f[1] == ""][0]
assert a[at + 4] >> 6 == 2 and a[at + 4] & 0x20, hex(a[at + 4])
b = bytearray(a)
b[at + 5:at + 9] = struct.pack("<I", 0xfffffff0)
save("claims.sheaf", reseal(b))
b[at + 5:at + 9] = struct.pack("<I", 8 << 20)
save("claims8.sheaf", reseal(b))
# Garbage where the blocks are, with all sums right.
head, blocks, _ = zstd_parts(a, at)
for i in range(20):
    b = bytearray(a)
    for p, kind, size in blocks:
        for k in range(random.randrange(1, 40)):
            b[p + random.randrange(size)] = random.randrange(256)
    save("garbage%d.sheaf" % i, reseal(b))
a = load("first.sheaf")
fs = frames(a)
at = [f[0] for f in fs if f[1] == "GRP"][0]
b = bytearray(a)
b[at + 4:at + 8] = b"\xff" * 4
save("long.sheaf", b)
_, before, note, after = top(a)
for name, where in ("size", 12), ("articles", 20), ("raw", 44), ("seal", 52):
    x = bytearray(before)
    x[where:where + 8] = b"\xff" * 8
    save("top-%s.sheaf" % name, with_top(a, bytes(x), note, after))
b = bytearray(a)
for at, kind, n in fs:
    if kind == "END":
        b[at + 20:at + 28] = b"\xff" * 8
        sealed(b, at, n)
save("end.sheaf", b)
b = bytearray(a)
i = a.index(b'"size":3020') + 7
b[i:i + 4] = b"9999"
save("part.sheaf", reseal(b))
END
# little COMMAND... - with little memory, and little time.
little() {
    (
        # A sanitizer maps more than that for itself.
        case ${FLAVOUR-} in
        asan | tsan) ;;
        *)
            # shellcheck disable=SC3045 # dash and bash have it
            ulimit -v 400000
            ;;
        esac
        # shellcheck disable=SC3045 # dash and bash have it
        ulimit -t 20
        exec "$@"
    )
}
refused 4 F4.1 "bomb: 4 GiB claimed by a small frame, by get" \
    little "$SHEAF" get claims.sheaf bomb
refused 4 F4.1 "bomb: and by verify" little "$SHEAF" verify -j 1 claims.sheaf
refused 4 F4.10 "bomb: 8 MiB claimed by a small frame, by get" \
    little "$SHEAF" get claims8.sheaf bomb
refused 4 F4.10 "bomb: and by verify" little "$SHEAF" verify -j 1 claims8.sheaf
good=0
for i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19; do
    little "$SHEAF" get garbage$i.sheaf bomb > got 2> "$tmp/out"
    code=$?
    grep -q '\[F4\.[0-9]* at\|\[F10\.2' "$tmp/out" && [ ! -s got ] &&
        { [ $code = 4 ] || [ $code = 5 ]; } && good=$((good + 1))
done
[ $good = 20 ]
result $? "decompressor before authentication: garbage is refused ($good of 20)"
refused 4 F2.2 "overflow: a frame's length" sheaf verify long.sheaf
refused 4 F11.1 "overflow: leaves in the top" sheaf get top-size.sheaf plain
refused 4 F11.1 "overflow: articles in the top" sheaf verify top-articles.sheaf
refused 4 F11.3 "overflow: bytes in the top" sheaf verify top-raw.sheaf
refused 4 F11.1 "overflow: the seal's offset" sheaf get top-seal.sheaf plain
refused 4 F12.1 "overflow: the top's offset" sheaf verify end.sheaf
refused 4 F4.9 "overflow: a part's size" sheaf get part.sheaf alpha

# ---- What is printed and written ---------------------------------------------

cat > evil.jsonl << 'END'
{"id":"evil","title":"\u001b]0;own\u0007\u009b31m\u202egpj.exe\u200b<script>","section":"\u001b[2J","text":"one\u001b[1A\u202e\n"}
{"id":"evil","title":"\u001b[0mtwo","section":"\u001b[2J","text":"two\u001b[1A\u202e\n"}
{"id":"evil\u202e\u2066","title":"\r","text":"\u001b[1A"}
END
sheaf pack -q -o evil.sheaf -s sec -n example.org/evil evil.jsonl
{
    sheaf list evil.sheaf --revisions
    sheaf list evil.sheaf --json
    sheaf info evil.sheaf
    sheaf verify evil.sheaf
    sheaf diff evil.sheaf evil
    sheaf diff evil.sheaf evil --rev 2..1
    sheaf get evil.sheaf "$(printf 'no\033[2J\342\200\256')"
    sheaf prove evil.sheaf "$(printf 'no\033[2J\342\200\256')"
    sheaf extract evil.sheaf -C "$(printf 'no\033[2J/x')/y"
    sheaf pack -o x.sheaf "$(printf 'no\033[2J')"
} > "$tmp/out" 2>&1
[ "$(wc -l < "$tmp/out")" -gt 20 ] && "$PYTHON" - "$tmp/out" << 'END'
import sys
text = open(sys.argv[1], encoding="utf-8").read()
lines = [l for l in text.split("\n") if not l.startswith("{")]
bad = [c for l in lines for c in l if c != "\t" and
       (ord(c) < 32 or 0x7f <= ord(c) < 0xa0 or c in "\u202e\u2066\u200b")]
# In JSON only control characters have to be escaped.
bad += [c for c in text if c not in "\t\n" and
        (ord(c) < 32 or ord(c) == 0x7f)]
sys.exit(1 if bad else 0)
END
result $? "terminal and bidi injection: nothing is printed as it stands"

mkdir zip elsewhere
"$PYTHON" - << 'END'
import io, tarfile
with tarfile.open("slip.tar", "w") as t:
    for name in ("../up", "/abs-attack", "a/../../x", "ok/a", "ok/./b",
                 "../../../../tmp/abs-attack", "..", "C:\\x"):
        i = tarfile.TarInfo(name)
        i.size = 3
        t.addfile(i, io.BytesIO(b"hi\n"))
    i = tarfile.TarInfo("ok/link")
    i.type, i.linkname = tarfile.SYMTYPE, "/etc/passwd"
    t.addfile(i)
END
sheaf pack -q -o slip.sheaf slip.tar
before=$(ls)
holds "zip-slip: extracted" sheaf extract slip.sheaf -C zip/out
[ "$before" = "$(ls)" ] && [ "$(ls -A zip)" = out ] && [ ! -e /abs-attack ] &&
    [ ! -e /tmp/abs-attack ] && [ -z "$(find zip -type l)" ] &&
    [ "$(find zip/out -type f | wc -l)" -ge 7 ]
result $? "zip-slip: all below the folder, and no links"
mkdir zip/in
ln -s ../../elsewhere zip/in/ok
refused 1 "ok" "zip-slip: not through a link that is there" \
    sheaf extract slip.sheaf -C zip/in
[ -z "$(ls -A elsewhere)" ]
result $? "zip-slip: and nothing was written behind it"

# ---- A file that changes while it is read ------------------------------------

"$PYTHON" - << 'END'
import random
random.seed(5)
open("in/large", "wb").write(random.randbytes(24 << 20))
END
sheaf pack -q -o large.sheaf -s sec --dict none in/large
mkfifo pipe
for what in changed cut; do
    cp large.sheaf now.sheaf
    sheaf get now.sheaf -p pub --no-pins large > pipe 2> "$tmp/err" &
    pid=$!
    "$PYTHON" - $what << 'END' > "$tmp/out" 2>&1
import os, sys
# All is checked once before the first byte comes; then the file is another.
with open("pipe", "rb") as f:
    got = f.read(1)
    with open("now.sheaf", "r+b") as a:
        if sys.argv[1] == "cut":
            a.truncate(20 << 20)
        else:
            a.seek(20 << 20)
            a.write(b"\0" * 64)
    got += f.read()
want = open("in/large", "rb").read()
print(len(got), "of", len(want))
sys.exit(0 if want.startswith(got) and len(got) < 21 << 20 else 1)
END
    good=$?
    wait $pid
    code=$?
    cat "$tmp/err" >> "$tmp/out"
    echo "exit $code" >> "$tmp/out"
    [ $good = 0 ] && [ $code != 0 ]
    result $? "TOCTOU: $what while it is read: no byte that was not checked"
done
rm -f now.sheaf large.sheaf in/large

# ---- Proofs ------------------------------------------------------------------

sheaf prove first.sheaf plain -o proof
sheaf get first.sheaf plain > article
sheaf get first.sheaf plain --meta > line
holds "a proof, untouched" \
    sheaf check proof article --meta line --id plain -p pub
surgery << 'END'
import base64
text = open("proof", encoding="utf-8").read()
head, note = text.split("\n\n", 1)
lines = head.split("\n")
extra = base64.b64decode(lines[1].split()[1])
path = lines[3:]


def write(name, lines=lines, extra=extra, index=lines[2], path=path):
    out = [lines[0], "extra " + base64.b64encode(extra).decode(), index] + path
    open(name, "w", encoding="utf-8").write("\n".join(out) + "\n\n" + note)


leaf = hashlib.sha256(b"\0" + extra).digest()
number = int(lines[2].split()[1])
sibling = base64.b64decode(path[0])
pair = leaf + sibling if number % 2 == 0 else sibling + leaf
write("p-same")
write("p-node", extra=pair, path=path[1:], index="index %d" % (number // 2))
write("p-short", path=path[1:])
write("p-long", path=path + [base64.b64encode(bytes(32)).decode()])
write("p-index", index="index %d" % (number ^ 1))
write("p-past", index="index 4")
write("p-zeros", index="index 0%d" % number)
write("p-huge", index="index %d" % 2**64)
x = bytearray(extra)
x[70] ^= 1
write("p-id", extra=bytes(x))
x = bytearray(extra)
x[23] += 1
write("p-rev", extra=bytes(x))
x = bytearray(extra)
x[31] ^= 1
write("p-time", extra=bytes(x))
write("p-swap", path=path[::-1])
END
cmp -s proof p-same
result $? "a proof, taken apart and put together"
prove() {
    refused "$1" "$2" "$3" sheaf check "$4" article --id plain -p pub
}
prove 4 F15.1 "leaf or node: a proof one hash shorter" p-short
prove 4 F15.1 "leaf or node: a proof one hash longer" p-long
prove 4 F15.1 "leaf or node: two leaf hashes as a record" p-node
prove 5 F15.3 "index malleability: the neighbour's" p-index
prove 4 F15.1 "index malleability: past the end" p-past
prove 4 F15.1 "index malleability: a leading zero" p-zeros
prove 4 F15.1 "index malleability: 2^64" p-huge
prove 5 F15.3 "ID substitution: in a proof" p-id
prove 4 F15.2 "another revision in a proof" p-rev
prove 5 F15.3 "backdating: another time in a proof" p-time
prove 5 F15.3 "a path the other way round" p-swap
refused 5 F15.4 "ID substitution: another article's proof" \
    sheaf check proof article --id alpha -p pub
refused 5 F15.4 "body swap: another text" sheaf check proof line --id plain -p pub
refused 5 F9.7 "key confusion: a proof and the enemy's key" \
    sheaf check proof article --id plain -p eve.pub

# ---- Times, guesses ----------------------------------------------------------

sheaf pack -q -o old.sheaf -s sec -n example.org/old --time 1999-12-31T23:59:59Z in/plain
sheaf keygen -W -p w.pub -s w.sec > /dev/null
printf 'witness w %s\nquorum w\n' "$(sheaf vkey -p w.pub --name w.example)" \
    > policy
refused 5 F16.7 "backdating: a claimed time is nobody else's" \
    sheaf verify old.sheaf -p pub --no-pins --policy policy
sheaf cosign -q old.sheaf -p pub -s w.sec --name w.example \
    --time 2026-01-01T00:00:00Z
sheaf verify old.sheaf -p pub --no-pins --policy policy --json > "$tmp/out" 2>&1
grep -q '"level":"witnessed".*"attested":1767225600,' "$tmp/out"
result $? "backdating: attested is when a witness has seen it"

# ---- What was taken out ------------------------------------------------------

for salted in "" --salted; do
    # shellcheck disable=SC2086
    sheaf pack -q -f -o secret.sheaf -s sec -n "example.org/secret$salted" \
        --dict none $salted in/plain in/alpha
    sheaf redact secret.sheaf plain -o "gone$salted.sheaf" -q -s sec \
        --reason "A name that must go"
    holds "redacted${salted:+, salted}" \
        sheaf verify "gone$salted.sheaf" -p pub --no-pins
    refused 3 "redacted: A name" "redacted${salted:+, salted}: and gone" \
        sheaf get "gone$salted.sheaf" -p pub --no-pins plain
done
surgery << 'END' > "$tmp/out" 2>&1
# Whoever guesses the text right can find its hash in the one, and not in the
# other, where the salt is gone as well.
body = bytes(load("in/plain"))
known, salted = load("gone.sheaf"), load("gone--salted.sheaf")
assert h32(body) in bytes(known), "unsalted: not even there"
assert h32(body) not in bytes(salted), "salted: confirmed"
assert hashlib.sha256(body).digest() not in bytes(salted)
for archive in known, salted:
    assert b"The ferry runs. The ferry" not in bytes(archive)
END
result $? "guessing redacted text: not when it was salted"
surgery << 'END'
# The redaction is made to speak of another article, or of another reason.
a = load("gone.sheaf")
b = bytearray(a)
i = a.index(b"A name that must go")
b[i:i + 6] = b"A lie "
save("reason.sheaf", reseal(b))
END
refused 4 F6.2 "censorship: another reason" sheaf verify reason.sheaf -p pub
vector F6.6 missing "censorship: an article gone without a redaction"
sheaf redact secret.sheaf plain -o taken.sheaf -q --unsigned --reason "so I say"
refused 5 F6.6 "censorship: a redaction by somebody without the key" \
    sheaf verify --no-pins taken.sheaf -p pub
sheaf verify -q taken.sheaf
result $? "censorship: without a key that is not seen"
[ "$(sheaf verify --json "$vectors/F6.6-missing.sheaf" 2> /dev/null |
    grep -c '"state":"missing","exit":4,.*"clause":"F6.6"')" = 1 ]
result $? "censorship: and verify calls it missing"
[ "$(sheaf verify --json part.sheaf 2> /dev/null |
    grep -c '"state":"damaged","exit":4,.*"clause":"F4.9"')" = 1 ]
result $? "and damage it calls damage"

# ---- Changes of keys ---------------------------------------------------------

vector F6.8 old-signature "key confusion: a change that the old key did not sign"
vector F6.8 chain "key confusion: a change from a key that did not sign"
cp first.sheaf rekeyed.sheaf
rm -f "$XDG_STATE_HOME"/sheaf/logs/*
sheaf rekey rekeyed.sheaf -q -s sec --new-key eve.sec
holds "a change of keys is followed" \
    sheaf verify rekeyed.sheaf -p pub --no-pins
refused 5 F9.10 "key confusion: the old key signs no more" \
    sheaf append -q rekeyed.sheaf -s sec late.jsonl
refused 5 F9.9 "key confusion: nor on from before the change" \
    sheaf append -q first.sheaf -s sec late.jsonl


# ---- Signing what others wrote -----------------------------------------------

sheaf pack -q -o mine.sheaf -s sec -n example.org/mine --dict none in
sheaf append -q mine.sheaf -s sec late.jsonl
cp mine.sheaf claimed.sheaf
sheaf append -q claimed.sheaf --unsigned other.jsonl
refused 5 F9.9 "merge signs no article of a stranger" \
    sheaf merge claimed.sheaf -o m.sheaf -s sec -n example.org/m1
sheaf info --json claimed.sheaf > info.json
surgery << 'END'
import base64, json
a = load("claimed.sheaf")
info = json.load(open("info.json"))
_, before, note, after = top(a)
lines = note.split(b"\n")
lines[1] = str(info["size"]).encode()
lines[2] = base64.b64encode(bytes.fromhex(info["root"]))
save("claimed.sheaf", with_top(a, before, b"\n".join(lines), after))

# All checkpoints are taken away; what stands behind them moves up.
a = load("mine.sheaf")
for at, kind, n in frames(a):
    if kind == "TOP":
        body = bytes(a[at + 12:at + n - 8])
        i = 76 + int.from_bytes(body[74:76], "big")
        size = int.from_bytes(body[i:i + 4], "big")
        a[at + 12:at + n - 8] = body[:i] + bytes(4) + body[i + 4 + size:] + bytes(size)
save("bare.sheaf", reseal(a))
END
for how in "merge claimed.sheaf -o m.sheaf -n example.org/m2" \
    "split claimed.sheaf -C parts --by section"; do
    refused 5 F9.7 "${how%% *} believes no size that nobody signed" \
        sheaf $how -s sec
done
sheaf append -q bare.sheaf --unsigned other.jsonl
for how in "merge bare.sheaf -o m.sheaf -n example.org/m3" \
    "split bare.sheaf -C parts --by section"; do
    refused 4 F6.5 "${how%% *} misses the checkpoints that were there" \
        env XDG_STATE_HOME="$tmp/elsewhere" "$SHEAF" $how -s sec
done
refused 5 F9.9 "and this key knows the log" \
    sheaf merge bare.sheaf -o m.sheaf -s sec -n example.org/m4
holds "nothing was written" test ! -e m.sheaf -a ! -e parts

echo "1..$n"
exit $bad
