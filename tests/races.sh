#!/bin/sh
# races.sh - what another program adds while a command is at work is not signed
# by the way. Prints TAP.
cd "$(dirname "$0")" || exit 2
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM
${CC:-cc} -shared -fPIC -o "$tmp/race.so" race.c -ldl || exit 2
cd "$tmp" || exit 2
XDG_STATE_HOME=$tmp/state
export XDG_STATE_HOME
sheaf() { "$SHEAF" "$@"; }

n=0
bad=0
# expect WHAT COMMAND...: the command succeeds
expect() {
    n=$((n + 1))
    what=$1
    shift
    if "$@" > out 2>&1; then
        echo "ok $n - $what"
    else
        echo "not ok $n - $what"
        sed 's/^/# /' out | head -n 20
        bad=1
    fi
}

article() { printf '{"id":"%s","title":"%s","text":"%s\\n"}\n' "$1" "$2" "$3"; }
article a Bridge 'The bridge opened on Monday.' > first.jsonl
article b Ferry 'The ferry stays.' > more.jsonl
article c Canal 'The canal was drained.' > second.jsonl
article x Strange 'Nobody here wrote this.' > strange.jsonl
sheaf keygen -W -p one.pub -s one.key > keys 2>&1 || exit 2
sheaf keygen -W -p two.pub -s two.key > keys 2>&1 || exit 2

# first FILE N OTHER COMMAND...: OTHER, another program, runs before the command
# opens FILE for the Nth time; then there is a file ran. What the command says
# is in said, how it ends in $code.
first() {
    file=$1
    at=$2
    other=$3
    shift 3
    env RACE_FILE="$file" RACE_AT="$at" RACE_COMMAND="$other; touch ran" \
        ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0" \
        LD_PRELOAD="$tmp/race.so" "$SHEAF" "$@" > said 2>&1
    code=$?
}
# raced N COMMAND...: before the archive, or the file $opened, is opened for the
# Nth time, somebody appends an article.
raced() {
    at=$1
    shift
    rm -rf state ran b.sheaf parts
    sheaf pack -q -f -o a.sheaf -n ex.org/race -s one.key first.jsonl &&
        sheaf append -q a.sheaf -s one.key second.jsonl || return 2
    first "$opened" "$at" "'$SHEAF' append -q $racer a.sheaf strange.jsonl" "$@"
}
# An index of what was replaced, as by redact, is not put beside the new archive.
index_dropped() {
    for time in 1 2 3 4 5; do
        rm -f ran a.sheaf*
        sheaf pack -q -o a.sheaf first.jsonl second.jsonl &&
            cp a.sheaf old.sheaf || return 2
        first a.sheaf.db "$time" "'$SHEAF' redact -q old.sheaf c --unsigned \
            --reason r -o a.sheaf -f" index a.sheaf
        echo "time $time: exit $code"
        cat said
        [ -e ran ] || break
        ! grep -q -a drained a.sheaf.db 2> /dev/null || return 1
    done
    [ "$time" -gt 1 ] && grep -q -a drained a.sheaf.db
}
# Of two that publish at once, the older one is told that there is a newer one.
tiles_stay() {
    rm -rf state ran tiles
    sheaf pack -q -f -o a.sheaf -n ex.org/race -s one.key first.jsonl &&
        cp a.sheaf old.sheaf &&
        sheaf append -q a.sheaf -s one.key second.jsonl || return 2
    first tiles 1 "'$SHEAF' checkpoint a.sheaf --tiles tiles" \
        checkpoint old.sheaf --tiles tiles
    [ "$code" -eq 5 ] && [ -e ran ] && sheaf checkpoint a.sheaf | cmp - tiles/checkpoint
}
# Another one holds the folder, and publishes: the older one waits, and is told.
tiles_wait() {
    rm -rf state ran tiles held
    mkdir tiles
    sheaf pack -q -f -o a.sheaf -n ex.org/race -s one.key first.jsonl &&
        cp a.sheaf old.sheaf &&
        sheaf append -q a.sheaf -s one.key second.jsonl &&
        sheaf checkpoint a.sheaf > newer.note || return 2
    first tiles 1 "flock tiles sh -c 'touch held; sleep 1
        cp newer.note tiles/checkpoint' > holder 2>&1 &
        until [ -e held ]; do sleep 0.1; done" \
        checkpoint old.sheaf --tiles tiles
    wait
    [ "$code" -eq 5 ] && cmp newer.note tiles/checkpoint
}
# raced_pin COMMAND...: somebody signs more, and verifies it, before the pins
# are read.
raced_pin() {
    rm -rf state ran
    sheaf pack -q -f -o a.sheaf -n ex.org/race -s one.key first.jsonl &&
        cp a.sheaf old.sheaf && sheaf verify -q a.sheaf -p one.pub || return 2
    first pins 1 "'$SHEAF' append -q a.sheaf -s one.key more.jsonl &&
                  '$SHEAF' verify -q a.sheaf -p one.pub" "$@"
}
opened=a.sheaf
racer=--unsigned
# In what was written nobody has signed the stranger's article; the archive
# has it still.
is_unsigned() {
    for f in a.sheaf b.sheaf parts/*.sheaf; do
        [ -e "$f" ] || continue
        sheaf list "$f" --no-pins -p one.pub > signed 2> err || return 1
        ! grep -q '^x' signed || return 1
    done
    sheaf list a.sheaf > all && grep -q '^x' all
}
# COMMAND... signs nothing of it, whatever the time.
signs_own() {
    : > why
    time=1
    raced "$time" "$@" || return 1
    while [ -e ran ]; do
        echo "time $time: exit $code"
        cat said
        is_unsigned || return 1
        cat said >> why
        time=$((time + 1))
        raced "$time" "$@" || return 1
    done
    [ "$code" -eq 0 ] && [ "$time" -gt 1 ]
}
# The same, and once it refuses because of the race.
refuses() {
    signs_own "$@" && grep -q 'it changed while it was looked at' why
}

expect "append -s" refuses append a.sheaf -s one.key more.jsonl
expect "sign" refuses sign a.sheaf -s one.key
expect "rekey" signs_own rekey a.sheaf -s one.key --new-key two.key
expect "redact -s" signs_own redact a.sheaf c -o b.sheaf --reason r -s one.key
expect "merge -s" signs_own merge a.sheaf -o b.sheaf -n ex.org/b -s one.key
expect "split -s" signs_own split a.sheaf --by month -C parts -s one.key
expect "repack" signs_own repack a.sheaf -o b.sheaf
# A verify at the same time accuses nobody: it is told that it read an old one.
verified_meanwhile() {
    raced_pin verify a.sheaf -p one.pub
    cat said
    [ "$code" -eq 1 ] && [ -e ran ] && ! ls state/sheaf/rollback* &&
        grep -q 'a newer one has replaced it' said &&
        sheaf verify a.sheaf -p one.pub | grep 'as seen before'
}
# But who has an old one is told that, too.
rolled_back() {
    cp old.sheaf a.sheaf
    sheaf verify a.sheaf -p one.pub > said 2>&1
    [ $? -eq 5 ] && ls state/sheaf/rollback*
}
# Where the owner's other program is first, all is to be done again, no more.
two_sign() {
    : > why
    time=1
    racer="-s one.key"
    opened=ex.org%2Frace
    raced "$time" "$@" || return 1
    while [ -e ran ]; do
        cat said
        ! grep -e --new-log said || return 1
        cat said >> why
        time=$((time + 1))
        raced "$time" "$@" || return 1
    done
    racer=--unsigned
    opened=a.sheaf
    grep -q 'try again' why
}
expect "append -s twice at once" two_sign append a.sheaf -s one.key more.jsonl
expect "index while it is replaced" index_dropped
expect "checkpoint --tiles twice at once" tiles_stay
expect "checkpoint --tiles beside one that writes" tiles_wait
expect "verify while it is replaced" verified_meanwhile
expect "verify of an old one" rolled_back
echo "1..$n"
exit $bad
