#!/bin/sh
# cli.sh - tests the command as its users see it. Prints TAP.
#
# sh runs each tests/cli/NAME.sh in an empty folder, after the functions of
# tests/cli/common. The expected standard output is NAME.out, standard error
# NAME.err (nothing, if there is no such file), and exit code NAME.exit (or 0).
#
#   tests/cli.sh [NAME...]            these tests, or all
#   tests/cli.sh --update [NAME...]   rewrite the expectations; read the diff
#
# SHEAF is the program, SHEAF_LIBEXEC the folder of its helpers, NEWSROOM a
# folder of articles. Offsets in an archive depend on libzstd, and become "at
# N"; the paths of these two folders are removed.

here=$(cd "$(dirname "$0")" && pwd)
: "${SHEAF:=$here/../build/release/sheaf}"
: "${SHEAF_LIBEXEC:=$(dirname "$SHEAF")}"
: "${NEWSROOM:=$here/newsroom}"
: "${PYTHON:=python3}"
case $SHEAF in /*) ;; *) SHEAF=$PWD/$SHEAF ;; esac
case $SHEAF_LIBEXEC in /*) ;; *) SHEAF_LIBEXEC=$PWD/$SHEAF_LIBEXEC ;; esac
CLI=$here/cli
export SHEAF SHEAF_LIBEXEC NEWSROOM PYTHON CLI
[ -x "$SHEAF" ] || { echo "1..0 # SKIP there is no $SHEAF"; exit 0; }

update=
if [ "$1" = --update ]; then
    update=yes
    shift
fi
tmp=$(mktemp -d) || exit 2
trap 'chmod -R u+rwx "$tmp"; rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM
unset SHEAF_PASSPHRASE SOURCE_DATE_EPOCH CDPATH XDG_CACHE_HOME
LC_ALL=C.UTF-8
HOME=$tmp/home
XDG_STATE_HOME=$tmp/state
TMPDIR=$tmp/tmp
export LC_ALL HOME XDG_STATE_HOME TMPDIR
umask 022

# Compares what there is with what is expected; an absent file is empty.
same() {
    if [ -n "$update" ]; then
        if [ -s "$1" ]; then cp "$1" "$2"; else rm -f "$2"; fi
    elif [ -e "$2" ]; then
        diff -u "$2" "$1"
    else
        diff -u /dev/null "$1"
    fi > "$tmp/diff" 2>&1 || {
        sed 's/^/# /' "$tmp/diff" >> "$tmp/why"
        good=
    }
}

[ $# -gt 0 ] || set -- $(cd "$CLI" && ls ./*.sh | sed 's|^\./||; s/\.sh$//')
n=0
failed=0
for name in "$@"; do
    n=$((n + 1))
    rm -rf "$tmp/in" "$XDG_STATE_HOME"
    mkdir -p "$tmp/in" "$HOME" "$TMPDIR"
    (
        cd "$tmp/in" || exit 99
        . "$CLI/common"
        . "$CLI/$name.sh"
    ) > "$tmp/out.raw" 2> "$tmp/err.raw" < /dev/null
    code=$?
    for f in out err; do
        sed -e 's/ at [0-9][0-9]*\]/ at N]/' -e "s|$NEWSROOM|NEWSROOM|g" \
            -e "s|$CLI/||g" "$tmp/$f.raw" > "$tmp/$f"
    done
    echo "$code" | grep -v '^0$' > "$tmp/exit"
    good=yes
    : > "$tmp/why"
    same "$tmp/out" "$CLI/$name.out"
    same "$tmp/err" "$CLI/$name.err"
    same "$tmp/exit" "$CLI/$name.exit"
    if [ -n "$(ls -A "$TMPDIR")" ]; then
        echo "# left in TMPDIR: $(ls -A "$TMPDIR")" >> "$tmp/why"
        good=
        rm -rf "$TMPDIR"
    fi
    if [ -n "$good" ]; then
        echo "ok $n - $name"
    else
        echo "not ok $n - $name"
        cat "$tmp/why"
        failed=$((failed + 1))
    fi
done
echo "1..$n"
[ "$failed" -eq 0 ]
