#!/bin/sh
# vectors.sh - both readers give the result in NAME.expect for each vector in
# spec/vectors: the sheaf command, and tests/reference/read.py if Python and
# zstd are installed. NAME.json has what read.py finds. Prints TAP.
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
# shellcheck source=tests/expect
. tests/expect

# The verdict, and the clause where one is wanted.
check_verdict() {
    "$sheaf" verify -q --no-pins ${f_key:+-P "$f_key"} "$file" \
        > "$tmp/out" 2>&1 < /dev/null
    verdict $?
    clause_in "$tmp/out"
    want="$f_expect $f_clause"
    [ "$want" = "$got $clause" ]
    good=$?
    [ $good = 0 ] || echo "wants $want, got $got $clause" >> "$tmp/out"
    result $good "$name: sheaf verify says $want"
}

# What an archive is said to hold, as far as `sheaf info` tells.
check_info() {
    "$sheaf" info --json "$file" > "$tmp/info" 2> "$tmp/out" < /dev/null
    rc=$?
    info=
    read -r info < "$tmp/info"
    for pair in "articles\":$f_articles" "size\":$f_leaves" \
        "generations\":$f_generations" "signed_size\":$f_signed" \
        "origin\":\"$f_origin\"" "root\":\"$f_root\""; do
        case $info in
        *"\"$pair",* | *"\"$pair}"*) ;;
        *) rc=1 ;;
        esac
    done
    echo "$info" >> "$tmp/out"
    result $rc "$name: sheaf info"
}

# What was removed is not found: exit code 3, and a line that says why.
check_gone() {
    id=${f_gone#\"}
    id=${id%\"}
    "$sheaf" get "$file" "$id" > "$tmp/body" 2> "$tmp/out" < /dev/null
    [ $? = 3 ] && [ ! -s "$tmp/body" ] && grep -q redact "$tmp/out"
    result $? "$name: sheaf get says that $id was redacted"
}

# Each article, by ID and revision.
check_articles() {
    : > "$tmp/out"
    : > "$tmp/sums"
    count=0
    while read -r leaf rev json; do
        count=$((count + 1))
        id=${json% *}
        id=${id#\"}
        id=${id%\"}
        # IDs in vectors have no escapes but those of quote and backslash.
        case $id in
        *\\*) id=$(printf '%s' "$id" | sed 's/\\\(.\)/\1/g') ;;
        esac
        "$sheaf" get --rev "$rev" "$file" "$id" > "$tmp/leaf-$leaf" \
            2>> "$tmp/out" < /dev/null
        echo "${json##* }  $tmp/leaf-$leaf" >> "$tmp/sums"
    done < "$tmp/articles"
    [ $count = 0 ] || sha256sum -c --quiet "$tmp/sums" >> "$tmp/out" 2>&1
    result $? "$name: sheaf get, $count times"
    rm -f "$tmp"/leaf-*
}

# What the other reader says, as lines `ok TEXT` and `not ok TEXT`.
reference() {
    "$python" - tests/reference/read.py spec/vectors "$tmp/key" << 'END'
import contextlib, glob, hashlib, importlib.util, io, json, os, re, sys
module = importlib.util.spec_from_file_location("read", sys.argv[1])
read = importlib.util.module_from_spec(module)
module.loader.exec_module(read)
verdicts = {0: "ok", 4: "corrupt", 5: "verify", 6: "unsupported", 7: "limit"}

def call(*arguments):
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    err = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = read.main(list(arguments))
    out.flush()
    return code, out.buffer.getvalue(), err.getvalue().strip()

def say(good, text, *why):
    print("ok" if good else "not ok", text)
    if not good:
        print("#", *why)

for path in sorted(glob.glob(sys.argv[2] + "/*.expect")):
    lines = open(path, encoding="utf-8").read().splitlines()
    lines = [line.split(": ", 1) for line in lines if line[0] != "#"]
    field = dict(lines)
    file, name = path[:-7] + ".sheaf", os.path.basename(path)[:-7]
    if not os.path.exists(file):
        continue
    keys = []
    if "key" in field:
        keys = [sys.argv[3]]
        with open(keys[0], "w") as out:
            out.write("untrusted comment: a test key\n%s\n" % field["key"])
    code, text, err = call("verify", file, *keys)
    clause = re.search(r"\[(F\d+\.\d+) at ", err)
    got = (verdicts.get(code, code), clause[1] if clause else "")
    want = (field["expect"], field.get("clause", ""))
    say(got == want, f"{name}: read.py verify says {' '.join(want)}", got, err)
    if got == want and want[0] == "ok":
        said = text.decode().splitlines()
        kinds = ("leaves", "articles", "generations", "redactions", "keys")
        numbers = [f"{k} {field.get(k, 0)}" for k in kinds]
        say(said[:5] == numbers, f"{name}: read.py counts", said)
    if want[0] != "ok" and "open" not in field:
        continue
    newest, wrong = {}, []
    for kind, value in lines:
        if kind == "article":
            ident, digest = value.split(" ", 2)[2].rsplit(" ", 1)
            newest[json.loads(ident)] = digest
    if "gone" in field:
        newest.pop(json.loads(field["gone"]), None)
    some = list(newest.items())
    for ident, digest in some[::1 + len(some) // 16]:
        code, body, err = call("get", file, ident)
        if code != 0 or hashlib.sha256(body).hexdigest() != digest:
            wrong.append((ident, err))
    say(not wrong, f"{name}: read.py get", wrong)
    if "gone" in field:
        code, body, err = call("get", file, json.loads(field["gone"]))
        say(code == 3 and not body and "redacted: " in err,
            f"{name}: read.py get of what was removed", code, err)
END
}

[ -x "$sheaf" ] || {
    echo "1..0 # SKIP no $sheaf"
    exit 0
}
for expect in spec/vectors/*.expect; do
    [ -f "$expect" ] || continue
    name=${expect##*/}
    name=${name%.expect}
    file=spec/vectors/$name.sheaf
    [ -f "$file" ] || continue # no archive's: t_policy.c and others
    load "$expect"
    check_verdict
    [ -n "$f_root" ] || continue
    check_info
    check_articles
    [ -z "$f_gone" ] || check_gone
done
n=$((n + 1))
strays=$(for file in spec/vectors/*.sheaf; do
    [ -f "${file%.sheaf}.expect" ] || echo "$file"
done)
if [ -z "$strays" ]; then
    echo "ok $n - no archive without expectations"
else
    echo "not ok $n - no archive without expectations"
    echo "$strays" | sed 's/^/# /'
    bad=1
fi

# Another version of zstd may write other bytes: whether they are those here is
# seen by make vectors.
for maker in make_vectors make_policies make_proofs; do
    if [ -x "$B/tests/$maker" ]; then
        mkdir "$tmp/$maker"
        "$B/tests/$maker" "$tmp/$maker" > "$tmp/out" 2>&1
        result $? "$maker makes what it says"
    fi
done

missing=
for program in "$python" zstd; do
    command -v "$program" > /dev/null || missing="$missing $program"
done
if [ -n "$missing" ]; then
    n=$((n + 1))
    echo "ok $n - read.py # SKIP there is no$missing"
else
    reference > "$tmp/reference" 2> "$tmp/out"
    result $? "read.py went through all vectors"
    "$python" tests/reference/twin.py --check spec/vectors/*.sheaf \
        > "$tmp/twins" 2> "$tmp/out"
    [ -s "$tmp/twins" ] && [ ! -s "$tmp/out" ]
    result $? "the good ones have twins in JSON"
    cat "$tmp/twins" >> "$tmp/reference"
    while read -r line; do
        case $line in
        \#*) echo "$line" ;;
        *)
            n=$((n + 1))
            case $line in
            not*)
                bad=1
                echo "not ok $n - ${line#not ok }"
                ;;
            *) echo "ok $n - ${line#ok }" ;;
            esac
            ;;
        esac
    done < "$tmp/reference"
fi
echo "1..$n"
exit $bad
