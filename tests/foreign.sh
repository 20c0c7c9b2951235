#!/bin/sh
# foreign.sh - minisign and signify read our keys and signatures, and Sheaf
# reads theirs; par2 restores what Sheaf can't. Prints TAP.
cd "$(dirname "$0")/.." || exit 2
here=$PWD
sheaf=${SHEAF:-$here/build/release/sheaf}
SHEAF_LIBEXEC=${SHEAF_LIBEXEC:-$(dirname "$sheaf")}
export SHEAF_LIBEXEC
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM
XDG_STATE_HOME=$tmp/state
export XDG_STATE_HOME
unset SHEAF_PASSPHRASE
[ -x "$sheaf" ] || { echo "1..0 # SKIP there is no $sheaf"; exit 0; }
signify=$(command -v signify-openbsd || command -v signify)
n=0
bad=0

# tests WHAT COMMAND... - succeeds; what it says is shown if it doesn't.
tests() {
    what=$1
    shift
    n=$((n + 1))
    if "$@" > "$tmp/out" 2>&1 < /dev/null; then
        echo "ok $n - $what"
    else
        echo "not ok $n - $what"
        sed 's/^/# /' "$tmp/out"
        bad=1
    fi
}
# refuses CODE WORDS WHAT COMMAND... - fails with this code, and says so.
refuses() {
    code=$1
    words=$2
    what=$3
    shift 3
    n=$((n + 1))
    "$@" > "$tmp/out" 2>&1 < /dev/null
    got=$?
    if [ $got = "$code" ] && grep -qF -- "$words" "$tmp/out"; then
        echo "ok $n - $what"
    else
        echo "not ok $n - $what"
        echo "# exit code $got, not $code, or no '$words'"
        sed 's/^/# /' "$tmp/out"
        bad=1
    fi
}
skip() {
    n=$((n + 1))
    echo "ok $n - $1 # SKIP there is no $2"
}
# An archive of nobody, its origin $1.
fresh() {
    rm -f a.sheaf cp.txt*
    printf '%s\n' '{"id":"a1","title":"Ferry","text":"It runs.\n"}' > a.jsonl
    "$sheaf" pack -q -o a.sheaf -n "$1" a.jsonl &&
        "$sheaf" checkpoint a.sheaf --unsigned -o cp.txt
}
cd "$tmp" || exit 2
keys=$here/tests/vectors/minisign

if command -v minisign > /dev/null; then
    tests "minisign makes a key" minisign -G -W -p m.pub -s m.key
    fresh example.org/minisign
    tests "minisign signs a checkpoint" \
        minisign -S -l -s m.key -m cp.txt -x cp.minisig
    tests "its signature is attached" \
        "$sheaf" sign a.sheaf --note cp.minisig -p m.pub
    tests "and authentic" "$sheaf" verify a.sheaf -p m.pub
    tests "the same, with the key as text" \
        "$sheaf" verify a.sheaf -P "$(sed -n 2p m.pub)"
    tests "the key signs here what it signed there" \
        "$sheaf" sign a.sheaf -s m.key
    tests "a minisig of the checkpoint" \
        "$sheaf" checkpoint a.sheaf --minisig again.txt -s m.key -o a.note
    tests "it is of the same text" cmp cp.txt again.txt
    tests "minisign takes it" minisign -V -m again.txt -p m.pub
    printf x >> again.txt
    refuses 1 "verification failed" "and not of another text" \
        minisign -V -m again.txt -p m.pub

    fresh example.org/minisign2
    minisign -S -s m.key -m cp.txt -x ed.minisig > /dev/null 2>&1
    refuses 1 "minisign -S -l" "a signature over a hash is refused" \
        "$sheaf" sign a.sheaf --note ed.minisig -p m.pub
    refuses 5 F9.8 "and one of another checkpoint" \
        "$sheaf" sign a.sheaf --note cp.minisig -p m.pub
    refuses 5 F9.7 "and one by another key" \
        "$sheaf" sign a.sheaf --note cp.minisig -p "$keys/u.pub"
    minisign -S -l -s m.key -m cp.txt -x cp.minisig > /dev/null 2>&1
    sed '3s/timestamp/Timestamp/' cp.minisig > spoiled.minisig
    refuses 5 "trusted comment" "and one whose comment was changed" \
        "$sheaf" sign a.sheaf --note spoiled.minisig -p m.pub
    head -n 3 cp.minisig > cut.minisig
    refuses 5 "trusted comment" "and one that was cut" \
        "$sheaf" sign a.sheaf --note cut.minisig -p m.pub
    tests "the good one is taken" \
        "$sheaf" sign a.sheaf --note cp.minisig -p m.pub
else
    skip "minisign" minisign
fi

if [ -n "$signify" ]; then
    tests "signify makes a key" "$signify" -G -n -p s.pub -s s.sec
    fresh example.org/signify
    tests "signify signs a checkpoint" \
        "$signify" -S -s s.sec -m cp.txt -x cp.sig
    tests "its signature is attached" \
        "$sheaf" sign a.sheaf --note cp.sig -p s.pub
    tests "and authentic" "$sheaf" verify a.sheaf -p s.pub
    tests "the key signs here, too" "$sheaf" append -q a.sheaf -s s.sec a.jsonl
    tests "and makes a minisig" \
        "$sheaf" checkpoint a.sheaf --minisig s.txt -s s.sec -o s.note
    tests "which signify takes" \
        "$signify" -V -p s.pub -m s.txt -x s.txt.minisig
    if command -v minisign > /dev/null; then
        tests "and minisign" minisign -V -m s.txt \
            -P "$(sed -n 2p s.pub)"
    fi
    fresh example.org/signify2
    refuses 5 F9.8 "signify's of another checkpoint is refused" \
        "$sheaf" sign a.sheaf --note cp.sig -p s.pub
else
    skip "signify" signify
fi

# Twenty sectors of an archive, articles too, are destroyed.
if command -v par2 > /dev/null; then
    awk 'BEGIN { srand(5); for (i = 0; i < 3000; i++) {
        printf "{\"id\":\"n%d\",\"title\":\"Number %d\",\"text\":\"", i, i
        for (k = 0; k < 60; k++) printf "%x ", rand() * 1e9
        print "\"}" } }' > many.jsonl
    "$sheaf" keygen -W -p r.pub -s r.key > /dev/null
    "$sheaf" pack -q --fast -s r.key -o rot.sheaf many.jsonl
    tests "par2 makes its files" par2 create -q -q -r5 rot.sheaf
    cp rot.sheaf before.sheaf
    sectors=$(($(wc -c < rot.sheaf) / 512))
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        dd if=/dev/zero of=rot.sheaf bs=512 count=1 conv=notrunc \
            seek=$((sectors * i / 21)) 2> /dev/null
    done
    refuses 4 "sheaf: rot.sheaf: " "damage is found" \
        "$sheaf" verify --no-pins rot.sheaf -p r.pub
    tests "par2 repairs it" par2 repair -q -q rot.sheaf
    tests "bit for bit" cmp before.sheaf rot.sheaf
    tests "and it is authentic" "$sheaf" verify rot.sheaf -p r.pub
else
    skip "par2" par2
fi

# What they signed once and for all.
fresh example.org/kept
for key in u s; do
    tests "the kept key $key.pub is read" \
        "$sheaf" vkey -p "$keys/$key.pub" -n example.org/kept
done
if [ -f "$keys/cp.vkey" ]; then
    origin=$(sed -n 1p "$keys/cp.txt")
    "$sheaf" vkey -p "$keys/u.pub" -n "$origin" > vkey
    tests "its verifier key is the one that Go's tools had" \
        sh -c 'test "$(cat "$1")" = "$(cat vkey)"' - "$keys/cp.vkey"
fi

echo "1..$n"
exit $bad
