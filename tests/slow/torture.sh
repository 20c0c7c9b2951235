#!/bin/sh
# torture.sh - kills the command, runs it twice at a time and makes system
# calls fail, many times. Prints TAP. SHEAF is the command, SHEAF_LIBEXEC the
# folder of its helpers, TORTURE the number of times (1000). The last part
# needs strace.
#
# A change that was reported as done must never be lost, the archive must
# always open, and the next run must continue.
SHEAF=${SHEAF:-build/release/sheaf}
TORTURE=${TORTURE:-1000}
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
export XDG_STATE_HOME="$tmp/state" XDG_CACHE_HOME="$tmp/cache" SHEAF_LIBEXEC
n=0
bad=0

ok() { # CONDITION'S CODE, TEXT
    n=$((n + 1))
    [ "$1" = 0 ] || { bad=1; printf 'not '; }
    echo "ok $n - $2"
}

# A file with one article, whose ID is $1.
article() {
    printf '{"id":"%s","title":"Number %s","text":"Article %s.\\n"}\n' \
        "$1" "$1" "$1" > "$tmp/$1.jsonl"
}

begin() {
    rm -f "$tmp"/a.sheaf* "$tmp"/*.jsonl "$tmp"/done
    : > "$tmp/done"
    article first
    "$SHEAF" pack -q --fast -o "$tmp/a.sheaf" "$tmp/first.jsonl" || exit 2
}

# Append article $1, and take note of it if that was reported as done.
append() {
    article "$1"
    "$SHEAF" append -q --fast "$tmp/a.sheaf" "$tmp/$1.jsonl" \
        2>> "$tmp/errors" && echo "$1" >> "$tmp/done"
}

# All that was reported as done is there, and the archive verifies once more
# has been appended to it.
whole() { # TEXT
    lost=0
    append last
    while read -r id; do
        "$SHEAF" get "$tmp/a.sheaf" "$id" 2> /dev/null |
            grep -q "^Article $id\.$" || lost=$((lost + 1))
    done < "$tmp/done"
    grep -qx last "$tmp/done" && [ "$lost" = 0 ] &&
        "$SHEAF" verify -q "$tmp/a.sheaf"
    ok $? "$1"
    echo "# $(wc -l < "$tmp/done") appends done, $lost lost," \
        "$(ls "$tmp" | grep -c tail) tails"
}

# ---- Killed ----

begin
i=0
while [ $i -lt "$TORTURE" ]; do
    i=$((i + 1))
    article "k$i"
    "$SHEAF" append -q --fast "$tmp/a.sheaf" "$tmp/k$i.jsonl" \
        2>> "$tmp/errors" &
    # Some are done by then.
    perl -e 'select undef, undef, undef, rand 0.03'
    kill -KILL $!
    wait $! && echo "k$i" >> "$tmp/done"
done 2> /dev/null
whole "killed $TORTURE times: what was done is there"

# What replaces or signs an archive: old or new, and verified as such.
killed() { # NAME, ARGUMENTS after the archive's name is put for @
    what=$1
    shift
    i=0
    wrong=0
    while [ $i -lt "$TORTURE" ]; do
        i=$((i + 1))
        cp "$tmp/base.sheaf" "$tmp/a.sheaf"
        rm -rf "$tmp/state" "$tmp"/.a.sheaf*
        "$SHEAF" "$@" 2>> "$tmp/errors" &
        perl -e 'select undef, undef, undef, rand 0.03'
        kill -KILL $!
        wait $!
        "$SHEAF" verify -q --no-pins $key "$tmp/a.sheaf" 2>> "$tmp/errors" ||
            { "$SHEAF" "$@" 2>> "$tmp/errors"
              "$SHEAF" verify -q --no-pins $key "$tmp/a.sheaf"; } ||
            wrong=$((wrong + 1))
    done 2> /dev/null
    [ $wrong = 0 ]
    ok $? "$what, killed $TORTURE times: verified, or by the next run"
    rm -rf "$tmp/state" "$tmp"/a.sheaf*
    cp "$tmp/base.sheaf" "$tmp/a.sheaf"
    "$SHEAF" "$@" 2>> "$tmp/errors" &&
        "$SHEAF" verify -q --no-pins $key "$tmp/a.sheaf"
    ok $? "and the next run is done"
}

rm -f "$tmp"/*.jsonl
for id in one two three; do article $id; done
"$SHEAF" keygen -W -p "$tmp/k.pub" -s "$tmp/k.sec" > /dev/null
"$SHEAF" keygen -W -p "$tmp/n.pub" -s "$tmp/n.sec" > /dev/null
"$SHEAF" pack -q --fast -o "$tmp/base.sheaf" "$tmp/one.jsonl" "$tmp/two.jsonl"
key=
killed sign sign -q "$tmp/a.sheaf" -s "$tmp/k.sec"
"$SHEAF" sign -q "$tmp/base.sheaf" -s "$tmp/k.sec"
key="-p $tmp/k.pub"
killed "append -s" append -q --fast "$tmp/a.sheaf" -s "$tmp/k.sec" \
    "$tmp/three.jsonl"
killed rekey rekey -q "$tmp/a.sheaf" -s "$tmp/k.sec" \
    --new-key "$tmp/n.sec"
killed repack repack -q --fast -f -o "$tmp/a.sheaf" "$tmp/a.sheaf"
killed redact redact -q -f -o "$tmp/a.sheaf" "$tmp/base.sheaf" two \
    --reason test -s "$tmp/k.sec"
# The signer's state stays, and so does what the kill has left.
cp "$tmp/base.sheaf" "$tmp/a.sheaf"
rm -rf "$tmp/state"
i=0
: > "$tmp/done"
while [ $i -lt "$TORTURE" ]; do
    i=$((i + 1))
    article "s$i"
    "$SHEAF" append -q --fast "$tmp/a.sheaf" -s "$tmp/k.sec" \
        "$tmp/s$i.jsonl" 2>> "$tmp/errors" &
    perl -e 'select undef, undef, undef, rand 0.03'
    kill -KILL $!
    wait $! && echo "s$i" >> "$tmp/done"
done 2> /dev/null
article slast
"$SHEAF" append -q --fast "$tmp/a.sheaf" -s "$tmp/k.sec" "$tmp/slast.jsonl" &&
    "$SHEAF" verify -q --no-pins $key "$tmp/a.sheaf"
ok $? "append -s, killed $TORTURE times in one archive: the next run is done"
lost=0
while read -r id; do
    "$SHEAF" get "$tmp/a.sheaf" $key "$id" > /dev/null 2>&1 ||
        lost=$((lost + 1))
done < "$tmp/done"
[ $lost = 0 ]
ok $? "and none of $(wc -l < "$tmp/done") that were done is lost"

cp "$tmp/base.sheaf" "$tmp/whole.sheaf"
perl -e 'open F, "+<", shift; sysseek F, -400, 2; syswrite F, "x"' \
    "$tmp/base.sheaf"
key=
i=0
wrong=0
while [ $i -lt "$TORTURE" ]; do
    i=$((i + 1))
    cp "$tmp/base.sheaf" "$tmp/a.sheaf"
    "$SHEAF" repair -q "$tmp/a.sheaf" 2>> "$tmp/errors" &
    perl -e 'select undef, undef, undef, rand 0.03'
    kill -KILL $!
    wait $!
    cmp -s "$tmp/a.sheaf" "$tmp/base.sheaf" ||
        cmp -s "$tmp/a.sheaf" "$tmp/whole.sheaf" || wrong=$((wrong + 1))
done 2> /dev/null
[ $wrong = 0 ]
ok $? "repair, killed $TORTURE times: as it was, or whole"

# ---- Two at a time ----

begin
rounds=$((TORTURE / 20 + 1))
( i=0; while [ $i -lt $rounds ]; do i=$((i + 1)); append "x$i"; done ) &
one=$!
( i=0; while [ $i -lt $rounds ]; do i=$((i + 1)); append "y$i"; done ) &
two=$!
i=0
while kill -0 $one 2> /dev/null || kill -0 $two 2> /dev/null; do
    i=$((i + 1))
    "$SHEAF" repack -q --fast -f -o "$tmp/a.sheaf" "$tmp/a.sheaf" \
        2>> "$tmp/errors"
done
wait $one $two
whole "two that append and one that repacks, $rounds times"
echo "# $i repacks"

# ---- Readers ----

begin
rounds=$((TORTURE / 5))
( i=0; while [ $i -lt $rounds ]; do i=$((i + 1)); append "r$i"; done ) &
one=$!
# Another answer than the article, or an error that says what is wrong, is
# wrong; so is a signal.
read_once() { # READER
    text=$("$SHEAF" get "$tmp/a.sheaf" first 2> /dev/null)
    code=$?
    case $code in
    0) [ "$text" = "Article first." ] || echo "$1: $text" >> "$tmp/wrong" ;;
    1 | 4) echo >> "$tmp/refused" ;;
    *) echo "$1: exit $code" >> "$tmp/wrong" ;;
    esac
}

readers() {
    rm -f "$tmp/stop"
    : > "$tmp/wrong"
    : > "$tmp/refused"
    r=0
    while [ $r -lt 50 ]; do
        r=$((r + 1))
        ( while [ ! -e "$tmp/stop" ]; do read_once $r; done ) &
    done
}

readers
wait $one
: > "$tmp/stop"
wait
[ ! -s "$tmp/wrong" ] && [ ! -s "$tmp/refused" ]
ok $? "50 readers during $rounds appends"

cp "$tmp/a.sheaf" "$tmp/base.sheaf"
readers
i=0
while [ $i -lt $rounds ]; do
    i=$((i + 1))
    "$SHEAF" repack -q --fast -f -o "$tmp/a.sheaf" "$tmp/a.sheaf" \
        2>> "$tmp/errors"
done
: > "$tmp/stop"
wait
[ ! -s "$tmp/wrong" ] && [ ! -s "$tmp/refused" ]
ok $? "50 readers while the file is replaced, $rounds times"

readers
i=0
size=$(wc -c < "$tmp/base.sheaf")
while [ $i -lt $rounds ]; do
    i=$((i + 1))
    perl -e 'truncate $ARGV[0], int rand $ARGV[1]' "$tmp/a.sheaf" "$size"
    sleep 0.01
    cat "$tmp/base.sheaf" > "$tmp/a.sheaf"
done
: > "$tmp/stop"
wait
[ ! -s "$tmp/wrong" ]
ok $? "50 readers while the file is cut, $rounds times"
echo "# $(wc -l < "$tmp/refused") refused"
head -3 "$tmp/wrong" | sed 's/^/# /'

# ---- Every system call in turn ----

if ! strace -o /dev/null true 2> /dev/null; then
    ok 0 "# SKIP no strace, or it may not trace"
else
    begin
    # 127: the loader, before the program begins.
    for call in write fdatasync ftruncate fsync pread64 flock lseek fstat \
        openat linkat; do
        k=0
        wrong=0
        while :; do
            k=$((k + 1))
            article "$call$k"
            strace -f -qq -o "$tmp/trace" -e trace=$call \
                -e inject=$call:error=ENOSPC:when=$k \
                "$SHEAF" append -q --fast "$tmp/a.sheaf" \
                "$tmp/$call$k.jsonl" 2>> "$tmp/errors"
            code=$?
            [ $code = 0 ] && echo "$call$k" >> "$tmp/done"
            [ $code -le 5 ] || [ $code = 127 ] || wrong=$((wrong + 1))
            grep -q INJECTED "$tmp/trace" || break
        done
        ok $wrong "$call fails, $k times: an exit code that says what is wrong"
    done
    strace -f -qq -o /dev/null -e inject=getrandom:error=ENOSYS "$SHEAF" \
        append -q "$tmp/a.sheaf" "$tmp/first.jsonl" 2> "$tmp/why"
    [ $? = 1 ] && grep -q random "$tmp/why"
    ok $? "no random bytes: a message, and exit 1"
    whole "after every system call failed in turn"
fi

echo "1..$n"
exit $bad
