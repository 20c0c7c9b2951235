#!/bin/sh
# fuzz.sh - the fuzz targets as regression tests: over their own corpus, and
# over the vectors of the spec. Prints TAP, a line for each target.
cd "$(dirname "$0")/.." || exit 2
: "${B:=build/test}"
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM

n=0
bad=0
for target in "$B"/fuzz/fuzz_*; do
    case $target in
    *.[od] | *'*' | *.gc*) continue ;;
    esac
    n=$((n + 1))
    name=${target##*/fuzz_}
    set -- /dev/null
    for file in fuzz/corpus/"$name"/* spec/vectors/"$name"/* \
        spec/vectors/*.sheaf; do
        [ -f "$file" ] && set -- "$@" "$file"
    done
    if "$target" "$@" > "$tmp/out" 2> "$tmp/err"; then
        echo "ok $n - fuzz_$name: $# inputs"
    else
        echo "not ok $n - fuzz_$name at $(tail -n 1 "$tmp/out")"
        sed 's/^/# /' "$tmp/err" | head -n 40
        bad=1
    fi
done
[ $n -gt 0 ] || echo "ok $((n = 1)) - fuzz targets # SKIP none are built"
echo "1..$n"
exit $bad
