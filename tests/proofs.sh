#!/bin/sh
# proofs.sh - the sheaf command and tests/reference/check.py give the result in
# NAME.expect for each vector in spec/vectors/proof, and accept proofs that the
# command makes. Prints TAP.
#
# spec/vectors/README.md says what the lines of NAME.expect mean.
cd "$(dirname "$0")/.." || exit 2
sheaf=${SHEAF:-build/release/sheaf}
python=${PYTHON:-python3}
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM
XDG_STATE_HOME=$tmp/state
export XDG_STATE_HOME
folder=spec/vectors/proof
# shellcheck source=tests/expect
. tests/expect

# To start Python takes longer than to check a proof, so check.py is asked
# everything at once, and last.
#
# later NAME ARGUMENT... - what it says will be in $tmp/NAME.json and .err, its
# exit code in NAME.code.
later() {
    printf '%s\n' "$@" '' >> "$tmp/jobs"
}
ask_reference() {
    "$python" - tests/reference/check.py "$tmp" << 'END'
import contextlib, importlib.util, sys
module = importlib.util.spec_from_file_location("check", sys.argv[1])
check = importlib.util.module_from_spec(module)
module.loader.exec_module(check)
folder = sys.argv[2]
with open(folder + "/jobs", encoding="utf-8") as jobs:
    for job in jobs.read()[:-2].split("\n\n"):
        name, *arguments = job.split("\n")
        to = "%s/%s." % (folder, name)
        with open(to + "json", "w") as out, open(to + "err", "w") as err, \
                contextlib.redirect_stdout(out), \
                contextlib.redirect_stderr(err):
            code = check.main(arguments)
        with open(to + "code", "w") as out:
            print(code, file=out)
END
}

# said NAME CODE WHO - what is in $tmp/NAME.json and .err, and what was wanted.
said() {
    verdict "$2"
    clause_in "$tmp/$1.err"
    want="$f_expect $f_clause"
    good=0
    [ "$want" = "$got $clause" ] || good=1
    for pair in "standing=$f_standing" "rev=$f_rev"; do
        value=${pair#*=}
        [ -z "$value" ] || grep -Eq \
            "\"${pair%%=*}\": ?\"?${value}[\",}]" "$tmp/$1.json" || good=1
    done
    cat "$tmp/$1.json" "$tmp/$1.err" > "$tmp/out"
    result $good "$name: $3 says $want $f_standing"
}

check_vector() {
    set --
    [ -z "$f_id" ] || set -- "$@" --id "$f_id"
    [ -z "$f_ask_rev" ] || set -- "$@" --rev "$f_ask_rev"
    [ -z "$f_meta" ] || set -- "$@" --meta "$folder/$f_meta"
    [ -z "$f_from" ] || set -- "$@" --from "$folder/$f_from"
    [ -z "$f_newest" ] || set -- "$@" --newest
    [ -z "$f_absent" ] || set -- "$@" --absent
    proof=$folder/$name.proof
    "$sheaf" check "$proof" ${f_article:+"$folder/$f_article"} --json \
        -P "$f_key" "$@" > "$tmp/sheaf.json" 2> "$tmp/sheaf.err" < /dev/null
    said sheaf $? "sheaf check"
    later "py.$name" "$proof" --key "$f_key" \
        ${f_article:+--article "$folder/$f_article"} "$@"
}

# Both say that a proof which was made here is good.
# agree WHAT PROOF [OPTION...]
agree() {
    what=$1
    proof=$2
    shift 2
    "$sheaf" check "$proof" -p "$tmp/key.pub" "$@" > "$tmp/out" 2>&1
    result $? "sheaf check: $what"
    agreed=$((agreed + 1))
    later "made.$agreed" "$proof" --key "$tmp/key.pub" "$@"
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
agreed=0
for expect in "$folder"/*.expect; do
    name=${expect##*/}
    name=${name%.expect}
    load "$expect"
    check_vector
done
check_made
if command -v "$python" > /dev/null; then
    ask_reference > "$tmp/out" 2>&1
    result $? "check.py went through all proofs"
    for expect in "$folder"/*.expect; do
        name=${expect##*/}
        name=${name%.expect}
        load "$expect"
        code=none
        read -r code < "$tmp/py.$name.code"
        said "py.$name" "$code" check.py
    done
    for i in $(seq $agreed); do
        code=none
        read -r code < "$tmp/made.$i.code"
        cat "$tmp/made.$i.json" "$tmp/made.$i.err" > "$tmp/out"
        result "$code" "check.py: proof $i of those made here"
    done
else
    n=$((n + 1))
    echo "ok $n - check.py # SKIP there is no $python"
fi
echo "1..$n"
exit $bad
