#!/bin/sh
# soak.sh MINUTES - a piece of a long test: each fuzz target in turn, random
# damages and forgeries with new seeds. Stops at the first failure. What was
# done is added to build/soak.log, a line for each step, and summed up, so that
# a day of processor time comes together from many pieces. Corpora stay in
# build/fuzz/corpus. The programs are built by `make soak`.
set -u
cd "$(dirname "$0")/../.." || exit 2
minutes=${1:-10}
log=build/soak.log
mkdir -p build/fuzz/corpus
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM
end=$(($(date +%s) + minutes * 60))
targets=${FUZZ:-$(for f in fuzz/fuzz_*.c; do basename "$f" .c; done | sed s/fuzz_//)}

# step KIND NAME COUNT-FROM COMMAND... - runs it, and notes the processor time.
# The count is what the sed script finds in its output.
step() {
    kind=$1 name=$2 count=$3
    shift 3
    /usr/bin/env bash -c 'TIMEFORMAT="%U %S"; time "$@" > "$0" 2>&1' \
        "$tmp/out" "$@" 2> "$tmp/time"
    code=$?
    read -r user system < "$tmp/time"
    n=$(sed -n "$count" "$tmp/out" | tail -n 1)
    echo "$(date -u +%FT%TZ) $kind $name $user $system ${n:-0} $code" >> $log
    [ $code = 0 ] && return
    cp "$tmp/out" "build/soak-$name.failed"
    echo "soak: $kind $name with seed $seed failed:" \
        "see build/soak-$name.failed" >&2
    exit 1
}

sums() {
    awk '{ cpu[$2] += $4 + $5; n[$2] += $6; all += $4 + $5; bad += $7 != 0 }
        END { for (k in cpu) printf "%s: %d in %.1f hours of CPU\n", k, n[k],
            cpu[k] / 3600; printf "in all %.2f hours of CPU, %d failures\n",
            all / 3600, bad }' $log
}

# Begins with the target after the last one that was fuzzed.
last=$(awk '$2 == "executions" { t = $3 } END { print t }' $log 2> /dev/null)
turn=0
for target in $targets; do
    [ "$target" = "$last" ] && break
    turn=$((turn + 1))
done
while [ "$(date +%s)" -lt $end ]; do
    turn=$((turn + 1))
    # shellcheck disable=SC2086 # a list of words
    set -- $targets
    shift $((turn % $#))
    target=$1
    seed=$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')
    mkdir -p "build/fuzz/corpus/$target" "fuzz/corpus/$target"
    case $target in import_*) more=-malloc_limit_mb=65536 ;; *) more= ;; esac
    left=$((end - $(date +%s)))
    [ $left -gt 60 ] && left=60
    # shellcheck disable=SC2086
    step executions "$target" 's/^stat::number_of_executed_units: *//p' \
        build/fuzz/fuzz/fuzz_"$target" -max_total_time=$left -timeout=20 \
        $more -rss_limit_mb=2560 -dict=fuzz/sheaf.dict -print_final_stats=1 \
        -verbosity=0 -seed="$seed" -artifact_prefix="build/fuzz/$target-" \
        "build/fuzz/corpus/$target" "fuzz/corpus/$target" spec/vectors
    [ "$(date +%s)" -lt $end ] || break
    step forgeries oracle 's/^# \([0-9]*\) forgeries.*/\1/p' \
        env ORACLE_ROUNDS=4000 ORACLE_SEED="$seed" build/test/tests/t_oracle
    step forgeries behind_seal 's/^# \([0-9]*\) changes.*/\1/p' \
        env BEHIND_SEAL_ROUNDS=4000 BEHIND_SEAL_SEED="$seed" build/test/tests/t_behind_seal
    step damages lost 's/^# \([0-9]*\) damages.*/\1/p' \
        env LOST_ROUNDS=8 LOST_SEED="$seed" build/test/tests/t_lost
done
sums
