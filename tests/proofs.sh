#!/bin/sh
# proofs.sh - the sheaf command and tests/reference/check.py say of each
# vector in spec/vectors/proof what its NAME.expect says, and of proofs that
# the command makes of an archive that they are good. Prints TAP.
#
# In NAME.expect, a line each: `expect` is ok, corrupt or verify; `clause` the
# one that is broken; `key` the public key. What is asked: `id`, `ask-rev`,
# `meta`, `article` and `from` (files beside it), `newest`, `absent`. What is
# answered: `standing`, and the `rev` of the article.
cd "$(dirname "$0")/.." || exit 2
sheaf=${SHEAF:-build/release/sheaf}
python=${PYTHON:-python3}
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM
XDG_STATE_HOME=$tmp/state
export XDG_STATE_HOME
folder=spec/vectors/proof
n=0
bad=0

# result GOOD WHAT - with what there is to say in $tmp/out.
result() {
    n=$((n + 1))
    if [ "$1" = 0 ]; then
        echo "ok $n - $2"
    else
        echo "not ok $n - $2"
        sed 's/^/# /' "$tmp/out"
        bad=1
    fi
}
field() {
    sed -n "s/^$1: //p" "$expect"
}
verdict() {
    case $1 in
    0) echo ok ;;
    4) echo corrupt ;;
    5) echo verify ;;
    *) echo "exit code $1" ;;
    esac
}

# said CODE WHO - what was said in $tmp/json and $tmp/err, and what was wanted.
said() {
    got=$(verdict "$1")
    clause=$(sed -n 's/.*\[\(F[0-9.]*\)[] ].*/\1/p' "$tmp/err" | head -n 1)
    want="$(field expect) $(field clause)"
    good=0
    [ "$want" = "$got $clause" ] || good=1
    for pair in standing rev; do
        value=$(field $pair)
        [ -z "$value" ] ||
            grep -Eq "\"$pair\": ?\"?${value}[\",}]" "$tmp/json" || good=1
    done
    cat "$tmp/json" "$tmp/err" > "$tmp/out"
    result $good "$name: $2 says $want $(field standing)"
}

check_vector() {
    set -- check "$folder/$name.proof" --json
    [ -z "$(field article)" ] || set -- "$@" "$folder/$(field article)"
    set -- "$@" -P "$(field key)"
    [ -z "$(field id)" ] || set -- "$@" --id "$(field id)"
    [ -z "$(field ask-rev)" ] || set -- "$@" --rev "$(field ask-rev)"
    [ -z "$(field meta)" ] || set -- "$@" --meta "$folder/$(field meta)"
    [ -z "$(field from)" ] || set -- "$@" --from "$folder/$(field from)"
    [ -z "$(field newest)" ] || set -- "$@" --newest
    [ -z "$(field absent)" ] || set -- "$@" --absent
    "$sheaf" "$@" > "$tmp/json" 2> "$tmp/err" < /dev/null
    said $? "sheaf check"
    [ -n "$have_python" ] || return
    shift 3
    [ -z "$(field article)" ] || shift
    shift 2
    [ -z "$(field article)" ] ||
        set -- "$@" --article "$folder/$(field article)"
    "$python" tests/reference/check.py "$folder/$name.proof" \
        --key "$(field key)" "$@" > "$tmp/json" 2> "$tmp/err" < /dev/null
    said $? check.py
}

# Both say that a proof which was made here is good.
# agree WHAT PROOF [OPTION...]
agree() {
    what=$1
    proof=$2
    shift 2
    "$sheaf" check "$proof" -p "$tmp/key.pub" "$@" > "$tmp/out" 2>&1
    result $? "sheaf check: $what"
    [ -n "$have_python" ] || return
    "$python" tests/reference/check.py "$proof" --key "$tmp/key.pub" "$@" \
        > "$tmp/out" 2>&1
    result $? "check.py: $what"
}

# prove NUMBER ARGUMENT... - to that file.
prove() {
    file=$tmp/$1.proof
    shift
    "$sheaf" prove "$tmp/a.sheaf" "$@" -o "$file" > "$tmp/out" 2>&1
    result $? "sheaf prove $1"
}

check_made() {
    "$sheaf" keygen -W -p "$tmp/key.pub" -s "$tmp/key.sec" > /dev/null &&
        for i in 1 2 3 4 5 6 7 8 9; do
            for k in 0 1 2 3 4 5 6 7 8 9; do
                echo "{\"id\":\"n$i$k\",\"text\":\"Article $i$k.\"}"
            done
        done > "$tmp/in.jsonl" &&
        "$sheaf" pack -q -o "$tmp/a.sheaf" -s "$tmp/key.sec" "$tmp/in.jsonl" \
            > "$tmp/out" 2>&1
    result $? "an archive of 90 articles"
    for i in 1 2 3; do
        echo "{\"id\":\"n1$i\",\"text\":\"Corrected $i.\"}"
    done > "$tmp/more.jsonl"
    "$sheaf" checkpoint "$tmp/a.sheaf" > "$tmp/old.note" 2> /dev/null ||
        "$sheaf" prove "$tmp/a.sheaf" n11 2> "$tmp/out" |
        sed '1,/^$/d' > "$tmp/old.note"
    "$sheaf" append -q "$tmp/a.sheaf" -s "$tmp/key.sec" "$tmp/more.jsonl" \
        > "$tmp/out" 2>&1
    result $? "three of them corrected"

    prove 1 n11
    agree "one" "$tmp/1.proof" --id n11 --rev 2
    prove 2 --rev 1 n11 n42
    agree "two, first revisions" "$tmp/2.proof" --id n11 --rev 1
    prove 3 --newest n11 n42 n99
    agree "newest, in two generations" "$tmp/3.proof" --id n11 --newest
    agree "newest, in one" "$tmp/3.proof" --id n42 --newest
    prove 4 --absent zz1 zz2
    agree "absent" "$tmp/4.proof" --id zz2 --absent
    prove 5 --from "$tmp/old.note"
    agree "history" "$tmp/5.proof" --from "$tmp/old.note"

    # What many share is there once.
    one=$(wc -c < "$tmp/1.proof")
    set --
    for k in 0 1 2 3 4 5 6 7 8 9; do
        set -- "$@" "n3$k"
    done
    "$sheaf" prove "$tmp/a.sheaf" "$@" -o "$tmp/6.proof"
    ten=$(wc -c < "$tmp/6.proof")
    echo "one takes $one bytes, ten $ten" > "$tmp/out"
    [ "$ten" -lt $((6 * one)) ]
    result $? "ten articles take less than six alone: $ten and $one bytes"
}

[ -x "$sheaf" ] || {
    echo "1..0 # SKIP no $sheaf"
    exit 0
}
have_python=$(command -v "$python")
for expect in "$folder"/*.expect; do
    name=$(basename "$expect" .expect)
    check_vector
done
check_made
[ -n "$have_python" ] || {
    n=$((n + 1))
    echo "ok $n - check.py # SKIP there is no $python"
}
echo "1..$n"
exit $bad
