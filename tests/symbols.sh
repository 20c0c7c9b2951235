#!/bin/sh
# symbols.sh - the library exports what sheaf.h declares, and nothing else; and
# so says the Debian package. Prints TAP. The libraries are those in $RELEASE, or else build/release.
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
# The Debian package has a line for each, with the version that brought it.
n=$((n + 1))
version=$(sed -n 's/^.define SHEAF_VERSION "\(.*\)"/\1/p' src/sheaf.h)
major=${version%%.*}
debian=src/packaging/debian
symbols=$debian/libsheaf$major.symbols
sed -n 's/^ \(sheaf_[a-z0-9_]*\)@Base .*/\1/p' "$symbols" |
    sort -u | diff "$tmp/declared" - > "$tmp/diff" || { printf 'not '; bad=1; }
echo "ok $n - $symbols has what sheaf.h declares"
sed -n "s/^</# missing:/p; s/^>/# not declared:/p" "$tmp/diff"
# In Debian a candidate, 1.0.0~rc1, comes before its release, 1.0.0.
n=$((n + 1))
grep -q "^sheaf ($(echo "$version" | tr - '~')-[0-9]*) " $debian/changelog &&
    grep -q "^Package: libsheaf$major\$" $debian/control &&
    [ -s $debian/libsheaf$major.install ] &&
    grep -q "^libsheaf.so.$major libsheaf$major " "$symbols" &&
    readelf -d "$built/libsheaf.so" | grep -q "SONAME.*\[libsheaf.so.$major\]" ||
    { printf 'not '; bad=1; }
echo "ok $n - version and soname are the same everywhere"
echo "1..$n"
exit $bad
