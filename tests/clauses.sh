#!/bin/sh
# clauses.sh - spec, code and vectors name the same clauses. Prints TAP.
#
# A clause is a list item that begins **F3.2**. Code in src/ must report each
# clause, some vector must break it, and nothing else may be reported. What
# readers and signers do (F1, F13) is named by tests instead.
cd "$(dirname "$0")/.." || exit 2
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM

cat spec/format.md spec/proofs.md spec/policies.md |
    sed -n 's/^- \*\*\(F[0-9]*\.[0-9]*\)\*\*.*/\1/p' > "$tmp/list"
sort -u "$tmp/list" > "$tmp/all"
# No file breaks these: they say what readers and signers do. Tests name them.
grep '^F1\.\|^F13\.' "$tmp/all" > "$tmp/spec"
grep -ohE '\bF(1\.[0-9]+|13\.[0-9]+)' tests/*.c tests/cli/*.sh | sort -u > "$tmp/tests"
grep -ho '"F[0-9]*\.[0-9]*"' src/*/*.c | tr -d '"' | sort -u > "$tmp/code"
cat spec/vectors/*.expect spec/vectors/proof/*.expect 2> /dev/null |
    sed -n 's/^clause: *\(F[0-9.]*\) *$/\1/p' | sort -u > "$tmp/vectors"

n=0
bad=0

# same NAME WHAT - the lines of $tmp/NAME are those of the spec.
same() {
    n=$((n + 1))
    if diff "$tmp/spec" "$tmp/$1" > "$tmp/diff"; then
        echo "ok $n - spec and $1 name the same clauses"
        return
    fi
    echo "not ok $n - spec and $1 name the same clauses"
    sed -n "s/^</# only in the spec:/p; s/^>/# only in the $1:/p" "$tmp/diff"
    bad=1
}

n=$((n + 1))
if [ -s "$tmp/spec" ] && [ -z "$(sort "$tmp/list" | uniq -d)" ]; then
    echo "ok $n - each clause stands once"
else
    echo "not ok $n - each clause stands once"
    sort "$tmp/list" | uniq -d | sed 's/^/# twice: /'
    bad=1
fi
same tests
grep -v '^F1\.\|^F13\.' "$tmp/all" > "$tmp/spec"
same code
if ls spec/vectors/*.expect > /dev/null 2>&1; then
    same vectors
else
    n=$((n + 1))
    echo "ok $n - spec and vectors name the same clauses # SKIP no vectors"
fi
echo "1..$n"
exit $bad
