#!/bin/sh
# words.sh - the recipe of README.md for reading without sheaf, on archives with
# codes of words. Prints TAP.
#
# examples.sh runs the recipe on a small archive. Here the same commands read
# the vectors that have a table of words; the function that undoes the codes
# must be the one of the specification.
cd "$(dirname "$0")/.." || exit 2
here=$PWD
sheaf=${SHEAF:-$here/build/release/sheaf}
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM
[ -x "$sheaf" ] || { echo "1..0 # SKIP there is no $sheaf"; exit 0; }
n=0
bad=0

result() {
    n=$((n + 1))
    if [ "$2" = 0 ]; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1"
        sed 's/^/# /' "$tmp/out"
        bad=1
    fi
}

# The function, from "def undo" to its last line.
function='/^def undo/,/^    return bytes(out)/p'
sed -n "$function" spec/format.md > "$tmp/spec"
sed -n "$function" README.md > "$tmp/readme"
[ -s "$tmp/spec" ] && cmp "$tmp/spec" "$tmp/readme" > "$tmp/out" 2>&1
result "README.md has the function of the specification" $?
[ "$(wc -l < "$tmp/spec")" -le 34 ]
result "which is short" $?

# The commands of "Reading it in 2050", up to the listing.
awk '
/^## / { here = /Reading it in 2050/ }
/^```/ && inside { inside = 0; next }
here && /^```sh *$/ { inside = 1; next }
inside { print }
' README.md | sed '/^sheaf list/,$d' > "$tmp/recipe"

for name in words words-blocks words-revised stored-words dictionary \
    difference-dictionary; do
    rm -rf "$tmp/run"
    mkdir "$tmp/run"
    cp "spec/vectors/$name.sheaf" "$tmp/run/news.sheaf"
    (
        cd "$tmp/run" && sh -eu "$tmp/recipe" &&
            "$sheaf" list --revisions --json news.sheaf |
            python3 -c '
import json, sys
for line in sys.stdin:
    a = json.loads(line)
    print(a["id"], a["rev"], sep="\t")' | sort > expected &&
            [ -s expected ] && cut -f 1,2 listed | sort | cmp - expected
    ) > "$tmp/out" 2>&1
    result "$name: the articles that sheaf lists" $?
    (
        cd "$tmp/run" && "$sheaf" extract --format jsonl news.sheaf |
            python3 -c '
import json, sys
from hashlib import sha256
newest = {}
with open("stream", "rb") as stream:
    for line in iter(stream.readline, b""):
        a = json.loads(line)
        parts = [stream.read(part["size"]) for part in a["parts"]]
        if a["rev"] >= newest.get(a["id"], (0,))[0]:
            newest[a["id"]] = a["rev"], parts[0]
count = 0
for line in sys.stdin:
    a = json.loads(line)
    assert newest[a["id"]][1].decode() == a["body"], a["id"]
    count += 1
assert count == len(newest) > 0, count'
    ) > "$tmp/out" 2>&1
    result "$name: with the same bodies" $?
done
echo "1..$n"
exit $bad
