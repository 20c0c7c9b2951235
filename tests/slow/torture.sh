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
( i=0; while [ $i -lt $rounds ]; do i=$((i + 1)); append "r$i"; done
  : > "$tmp/stop" ) &
one=$!
: > "$tmp/wrong"
r=0
while [ $r -lt 10 ]; do
    r=$((r + 1))
    ( while [ ! -e "$tmp/stop" ]; do
          "$SHEAF" get "$tmp/a.sheaf" first 2> /dev/null |
              grep -q '^Article first\.$' || echo "$r" >> "$tmp/wrong"
      done ) &
done
wait
[ ! -s "$tmp/wrong" ]
ok $? "ten readers during $rounds appends"

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
