#!/bin/sh
# examples.sh - checks that the examples of the documents work: the
# demonstration, the commands of README.md and of the manual pages, the
# programs of libsheaf.3. Prints TAP.
#
# It runs the blocks of README.md fenced as ```sh or ```python, unless the line
# before is <!-- not run -->, and the lines of src/man/sheaf.1 and sheaf-cluster.7
# that begin with "$ " (in .Dl, or literal in .Bd). All of one document run in order, in one shell that
# stops at the first failure, in a folder with copies of tests/newsroom and
# tests/newsroom-corrections named newsroom and newsroom-corrections. Blocks of
# libsheaf.3 with a main are compiled and linked, but not run.
cd "$(dirname "$0")/.." || exit 2
here=$PWD
built=${RELEASE:-$here/build/release}
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM
n=0
bad=0

# result WHAT CODE - with what there is to say in $tmp/out.
result() {
    n=$((n + 1))
    if [ "$2" = 0 ]; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1"
        tail -n 30 "$tmp/out" | sed 's/^/# /'
        bad=1
    fi
}
skip() {
    n=$((n + 1))
    echo "ok $n - $1 # SKIP $2"
}
# commands WHAT SCRIPT - run in a folder of its own.
commands() {
    rm -rf "$tmp/run"
    mkdir -p "$tmp/run/state"
    cp -R tests/newsroom tests/newsroom-corrections "$tmp/run"
    (
        cd "$tmp/run" || exit 2
        PATH="$built:$PATH" SHEAF_LIBEXEC="$built" LC_ALL=C.UTF-8 \
            XDG_STATE_HOME="$tmp/run/state" PYTHONPATH="$here/src/python" \
            SHEAF_LIBRARY="$built/libsheaf.so" PYTHONDONTWRITEBYTECODE=1 \
            sh -eux "$2"
    ) > "$tmp/out" 2>&1 < /dev/null
    result "$1" $?
}
# The text of mdoc(7) lines, without the escapes that examples need.
plain='s/\\&//g; s/\\e/\\/g; s/\\(aq/'"'"'/g; s/\\(dq/"/g; s/\\-/-/g'

if [ -x "$built/sheaf" ]; then
    SHEAF="$built/sheaf" SHEAF_LIBEXEC="$built" sh tests/demo.sh \
        > "$tmp/out" 2>&1 < /dev/null
    result "tests/demo.sh" $?
else
    skip "tests/demo.sh" "there is no sheaf command yet"
fi

if [ -f README.md ] && [ -x "$built/sheaf" ]; then
    awk '
    /^```/ && inside { if (inside == 2) print "END_OF_PYTHON"; inside = 0; next }
    /^```sh *$/ { inside = before !~ /<!-- not run -->/; next }
    /^```python *$/ && before !~ /<!-- not run -->/ {
        print "python3 - << \"END_OF_PYTHON\""; inside = 2; next
    }
    inside { print }
    NF { before = $0 }
    ' README.md > "$tmp/readme"
    commands "the commands of README.md" "$tmp/readme"
else
    skip "the commands of README.md" "no README.md, or no sheaf command"
fi

if [ -f src/man/sheaf.1 ] && [ -x "$built/sheaf" ]; then
    sed -n 's/^\.Dl \$ //p; s/^\$ //p' src/man/sheaf.1 |
        sed "$plain" > "$tmp/sheaf.1"
    commands "the commands of sheaf.1" "$tmp/sheaf.1"
else
    skip "the commands of sheaf.1" "no sheaf.1, or no sheaf command"
fi

if ! command -v parallel > /dev/null; then
    skip "the commands of sheaf-cluster.7" "there is no parallel"
elif [ -f src/man/sheaf-cluster.7 ] && [ -x "$built/sheaf" ]; then
    sed -n 's/^\$ //p' src/man/sheaf-cluster.7 |
        sed "$plain" > "$tmp/sheaf-cluster.7"
    commands "the commands of sheaf-cluster.7" "$tmp/sheaf-cluster.7"
fi

count=0
if [ -f src/man/libsheaf.3 ]; then
    sed "$plain" src/man/libsheaf.3 | awk -v to="$tmp/program" '
    /^\.Bd / { inside = 1; text = ""; next }
    /^\.Ed/ {
        if (text ~ /\nmain\(|int main\(/)
            printf "%s", text > (to (++count) ".c")
        inside = 0
    }
    inside { text = text $0 "\n" }'
fi
for program in "$tmp"/program*.c; do
    [ -f "$program" ] || continue
    count=$((count + 1))
    # shellcheck disable=SC2046
    ${CC:-cc} -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -Isrc \
        -o "$tmp/program" "$program" "$built/libsheaf.a" \
        $(pkg-config --libs libzstd libsodium) -pthread > "$tmp/out" 2>&1
    result "program $count of libsheaf.3" $?
done
[ $count -gt 0 ] || skip "the programs of libsheaf.3" "there are none"

echo "1..$n"
exit $bad
