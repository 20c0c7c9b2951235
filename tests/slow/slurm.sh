#!/bin/sh
# slurm.sh - src/examples/pack-slurm.sh, on one node of Slurm that is started
# for this, on the loopback, with files of its own. As root. Prints TAP.
here=$(cd "$(dirname "$0")/../.." && pwd)
: "${SHEAF:=$here/build/release/sheaf}"
: "${SHEAF_LIBEXEC:=$(dirname "$SHEAF")}"
export SHEAF SHEAF_LIBEXEC
[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP not root"; exit 0; }
tmp=$(mktemp -d) || exit 2
chmod 755 "$tmp"
daemons=
clean() {
    # Only those that this script started.
    for pid in $daemons; do kill "$pid" 2> /dev/null; done
    for pid in $daemons; do wait "$pid" 2> /dev/null; done
    rm -rf "$tmp"
}
trap clean EXIT
trap 'exit 2' HUP INT TERM
cd "$tmp" || exit 2
HOME=$tmp XDG_STATE_HOME=$tmp/state XDG_CACHE_HOME=$tmp/cache
SOURCE_DATE_EPOCH=1735787045
SLURM_CONF=$tmp/slurm.conf
export HOME XDG_STATE_HOME XDG_CACHE_HOME SOURCE_DATE_EPOCH SLURM_CONF
n=0 bad=0
ok() {
    n=$((n + 1))
    if [ "$1" = 0 ]; then
        echo "ok $n - $2"
    else
        echo "not ok $n - $2"
        cat said ./*.log work/*.out 2> /dev/null | tail -n 40 | sed 's/^/# /'
        bad=1
    fi
}
port() {
    "${PYTHON:-python3}" -c 'import socket
s = [socket.socket() for _ in range(2)]
for x in s: x.bind(("127.0.0.1", 0))
print(*(x.getsockname()[1] for x in s))'
}

# ---- Slurm ----

mkdir munge spool ctld
chmod 700 munge
dd if=/dev/urandom of=munge/key bs=1024 count=1 2> /dev/null
chmod 400 munge/key
munged --foreground --force --key-file="$tmp/munge/key" \
    --socket="$tmp/munge/socket" --pid-file="$tmp/munge/pid" \
    --log-file="$tmp/munge.log" --seed-file="$tmp/munge/seed" \
    > munged.log 2>&1 &
daemons="$daemons $!"
# shellcheck disable=SC2046
set -- $(port)
cores=$(nproc)
cat > slurm.conf << END
ClusterName=sheaf
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$1
SlurmdPort=$2
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$tmp/munge/socket
CredType=cred/munge
StateSaveLocation=$tmp/ctld
SlurmdSpoolDir=$tmp/spool
SlurmctldPidFile=$tmp/ctld.pid
SlurmdPidFile=$tmp/d.pid
SlurmctldLogFile=$tmp/ctld.log
SlurmdLogFile=$tmp/d.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
SchedulerParameters=sched_interval=1,bf_interval=1
MpiDefault=none
NodeName=localhost NodeAddr=127.0.0.1 CPUs=$cores State=UNKNOWN
PartitionName=all Nodes=localhost Default=YES MaxTime=INFINITE State=UP
END
i=0
while [ ! -S munge/socket ] && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
slurmctld -D > slurmctld.log 2>&1 &
daemons="$! $daemons"
slurmd -D -N localhost > slurmd.log 2>&1 &
daemons="$! $daemons"
i=0
until sinfo -h -o %t 2> said | grep -q '^idle' || [ $i = 300 ]; do
    sleep 0.2
    i=$((i + 1))
done
sinfo -h -o %t > said 2>&1
grep -q '^idle' said
ok $? "a node is ready"
[ $bad = 0 ] || { echo "1..$n"; exit 1; }

# ---- The test ----

"${PYTHON:-python3}" - << 'END'
import json
import random
r = random.Random(1)
words = "harbour council ferry weather market school bridge museum tide".split()
for piece in range(12):
    with open("in %02d.jsonl" % piece, "w") as f:
        for i in range(r.randrange(1, 90)):
            f.write(json.dumps({"id": "%d/%d" % (piece, i) if i % 9 else "same/%d" % i,
                                "title": " ".join(r.choices(words, k=5)),
                                "text": " ".join(r.choices(words, k=90)) + "\n"}) + "\n")
END
for f in in*.jsonl; do echo "$PWD/$f"; done > list
script=$here/src/examples/pack-slurm.sh
SHEAF_TASKS=5 SHEAF_MERGE="-s $here/tests/cli/key.sec -n example.org/many" \
    timeout 300 sh "$script" "$tmp/many.sheaf" "$tmp/list" "$tmp/work" \
    > said 2>&1
ok $? "twelve files by five tasks"
"$SHEAF" verify -q many.sheaf -p "$here/tests/cli/key.pub" >> said 2>&1
ok $? "it is authentic"
"$SHEAF" pack -q --no-lines --dict-file work/dict -o one.sheaf \
    -s "$here/tests/cli/key.sec" -n example.org/many --new-log \
    --files-from list > said 2>&1 && cmp one.sheaf many.sheaf >> said 2>&1
ok $? "the same bytes as by one process"
[ "$(ls work/pack-*.out | wc -l)" = 5 ]
ok $? "by an array of five"

mv "in 03.jsonl" aside
rm work/4.sheaf
timeout 300 sh "$script" "$tmp/none.sheaf" "$tmp/list" "$tmp/work" > said 2>&1
[ $? != 0 ] && [ ! -e none.sheaf ] && grep -q 'in 03.jsonl' work/pack-*.out
ok $? "an input that is missing is named, and nothing is merged"
mv aside "in 03.jsonl"
touch -d @1000 work/1.sheaf
timeout 300 sh "$script" "$tmp/again.sheaf" "$tmp/list" "$tmp/work" > said 2>&1 &&
    [ "$(stat -c %Y work/1.sheaf)" = 1000 ] && [ -e again.sheaf ]
ok $? "the same command goes on"
echo "1..$n"
exit $bad
