#!/bin/sh
# parallel.sh - src/examples/pack-parallel.sh, with GNU parallel. Prints TAP.
here=$(cd "$(dirname "$0")/.." && pwd)
: "${SHEAF:=$here/build/release/sheaf}"
: "${SHEAF_LIBEXEC:=$(dirname "$SHEAF")}"
case $SHEAF in /*) ;; *) SHEAF=$PWD/$SHEAF ;; esac
case $SHEAF_LIBEXEC in /*) ;; *) SHEAF_LIBEXEC=$PWD/$SHEAF_LIBEXEC ;; esac
export SHEAF SHEAF_LIBEXEC
command -v parallel > /dev/null || { echo "1..0 # SKIP there is no parallel"; exit 0; }
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM
cd "$tmp" || exit 2
HOME=$tmp XDG_STATE_HOME=$tmp/state XDG_CACHE_HOME=$tmp/cache
SOURCE_DATE_EPOCH=1735787045
export HOME XDG_STATE_HOME XDG_CACHE_HOME SOURCE_DATE_EPOCH
n=0 bad=0
ok() {
    n=$((n + 1))
    if [ "$1" = 0 ]; then
        echo "ok $n - $2"
    else
        echo "not ok $n - $2"
        tail -n 20 said | sed 's/^/# /'
        bad=1
    fi
}
script=$here/src/examples/pack-parallel.sh

"${PYTHON:-python3}" - << 'END'
import json
import random
r = random.Random(1)
words = "harbour council ferry weather market school bridge museum tide".split()
for piece in range(12):
    with open("in %02d's.jsonl" % piece, "w") as f:
        for i in range(r.randrange(1, 90)):
            f.write(json.dumps({"id": "%d/%d" % (piece, i) if i % 9 else "same/%d" % i,
                                "title": " ".join(r.choices(words, k=5)),
                                "text": " ".join(r.choices(words, k=90)) + "\n"}) + "\n")
END
set -- in*.jsonl

sh "$script" -j 3 -w work -s "$here/tests/cli/key.sec" -n example.org/many \
    many.sheaf "$@" > said 2>&1
ok $? "twelve files, by three jobs"
"$SHEAF" verify -q many.sheaf -p "$here/tests/cli/key.pub" >> said 2>&1
ok $? "it is authentic"
"$SHEAF" pack -q --no-lines --dict-file work/dict -o one.sheaf \
    -s "$here/tests/cli/key.sec" -n example.org/many --new-log "$@" > said 2>&1 &&
    cmp one.sheaf many.sheaf >> said 2>&1
ok $? "the same bytes as by one process"
sh "$script" -j 1 -d work/dict -w again -s "$here/tests/cli/key.sec" \
    -n example.org/other again.sheaf "$@" > said 2>&1 &&
    for i in 1 5 12; do cmp "work/$i.sheaf" "again/$i.sheaf" || exit 1; done
ok $? "pieces do not depend on who packs them"

# After a failure, the same command goes on.
rm -r again again.sheaf
mv "$6" aside
! sh "$script" -j 2 -d work/dict -w again again.sheaf "$@" > said 2>&1 &&
    [ ! -e again.sheaf ] && [ ! -e again/6.sheaf ]
ok $? "an input that is missing"
mv aside "$6"
for i in 1 2; do touch -d @1000 "again/$i.sheaf"; done
sh "$script" -j 2 -d work/dict -w again again.sheaf "$@" > said 2>&1 &&
    [ "$(stat -c %Y again/1.sheaf)" = 1000 ] &&
    "$SHEAF" pack -q -f --no-lines --dict-file work/dict -o one.sheaf "$@" &&
    cmp one.sheaf again.sheaf >> said 2>&1
ok $? "pieces that are there are used"
sh "$script" -w again again.sheaf > said 2>&1
[ $? = 2 ]
ok $? "usage"
sh "$script" -w new -o "--from nonsense" new.sheaf "$@" > said 2>&1
[ $? != 0 ] && [ ! -e new.sheaf ]
ok $? "options go to pack"
echo "1..$n"
exit $bad
