#!/bin/sh
# words.sh - spec/recipe.py, which reads archives without sheaf, on vectors.
# Prints TAP.
#
# Each archive has it in an optional frame, and README.md says how to cut it out.
# Here it reads the vectors that have tables of words, differences, blocks; the
# function that undoes words must be the one of the specification.
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
sed -n "$function" spec/recipe.py > "$tmp/recipe"
[ -s "$tmp/spec" ] && cmp "$tmp/spec" "$tmp/recipe" > "$tmp/out" 2>&1
result "recipe.py has the function of the specification" $?
[ "$(wc -l < "$tmp/spec")" -le 34 ]
result "which is short" $?

# It is in the archive as it is here, cut out with stock tools.
"$sheaf" pack -q -o "$tmp/news.sheaf" tests/newsroom \
    > "$tmp/out" 2>&1
LC_ALL=C sed -n '/^# Recipe/,/^# End of the recipe/p' "$tmp/news.sheaf" \
    > "$tmp/cut.py"
sed -n '/^# Recipe/,$p' spec/recipe.py | cmp - "$tmp/cut.py" > "$tmp/out" 2>&1
result "an archive has it" $?

# Of a file that is cut off, it reads what is whole.
size=$(wc -c < "$tmp/news.sheaf")
for left in $((size * 4 / 5)) $((size / 2)) 5600 70 64 60; do
    head -c $left "$tmp/news.sheaf" > "$tmp/less.sheaf"
    timeout 60 python3 "$tmp/cut.py" "$tmp/less.sheaf" > "$tmp/listed" \
        2> "$tmp/err"
    code=$?
    (
        if [ $left = 64 ]; then
            [ $code = 0 ]
        else
            [ $code = 1 ] && grep "cut off" "$tmp/err"
        fi
    ) > "$tmp/out" 2>&1
    result "cut off after $left bytes" $?
    [ $left -lt $((size * 4 / 5)) ] || [ -s "$tmp/listed" ]
    result "which has $(wc -l < "$tmp/listed") articles" $?
done

for name in words words-blocks words-revised stored-words dictionary \
    difference-dictionary difference blocks-removed optional; do
    cp "spec/vectors/$name.sheaf" "$tmp/news.sheaf"
    (
        python3 "$tmp/cut.py" "$tmp/news.sheaf" > "$tmp/listed" &&
            "$sheaf" list --revisions --json "$tmp/news.sheaf" |
            python3 -c '
import json, sys
for line in sys.stdin:
    a = json.loads(line)
    if "id" in a:
        print(a["id"], a["rev"], sep="\t")' | sort > "$tmp/expected" &&
            [ -s "$tmp/expected" ] &&
            cut -f 1,2 "$tmp/listed" | sort | cmp - "$tmp/expected"
    ) > "$tmp/out" 2>&1
    result "$name: the articles that sheaf lists" $?
    id=$(cut -f 1 "$tmp/listed" | sort | uniq -c | sort -rn |
        sed -n '1s/^ *[0-9]* //p')
    (
        cut -f 1,2 "$tmp/listed" | grep "^$id	" | cut -f 2 |
            while read -r rev; do
                "$sheaf" get "$tmp/news.sheaf" --rev "$rev" "$id"
            done > "$tmp/body" &&
            python3 "$tmp/cut.py" "$tmp/news.sheaf" "$id" | cmp - "$tmp/body"
    ) > "$tmp/out" 2>&1
    result "$name: with the bodies of $id" $?
done
echo "1..$n"
exit $bad
