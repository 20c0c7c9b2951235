#!/bin/sh
# symbols.sh - the library exports what sheaf.h declares, and nothing else.
# Prints TAP. The libraries are those in $RELEASE, or else build/release.
cd "$(dirname "$0")/.." || exit 2
built=${RELEASE:-build/release}
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM

# A declaration: from SHEAF_API to the semicolon; the name is before the first
# parenthesis.
tr '\n' ' ' < src/sheaf.h | grep -o 'SHEAF_API [a-zA-Z][^;]*;' |
    grep -o 'sheaf_[a-z0-9_]*(' | tr -d '(' | sort -u > "$tmp/declared"
nm -D --defined-only "$built/libsheaf.so" |
    awk '{ print $3 }' | sort -u > "$tmp/shared"
nm -g --defined-only "$built/libsheaf.a" |
    awk 'NF == 3 { print $3 }' | sort -u > "$tmp/static"

n=0
bad=0
for kind in shared static; do
    n=$((n + 1))
    if diff "$tmp/declared" "$tmp/$kind" > "$tmp/diff"; then
        echo "ok $n - the $kind library exports what sheaf.h declares"
    else
        echo "not ok $n - the $kind library exports what sheaf.h declares"
        sed -n "s/^</# not exported:/p; s/^>/# not declared:/p" "$tmp/diff"
        bad=1
    fi
done
echo "1..$n"
exit $bad
