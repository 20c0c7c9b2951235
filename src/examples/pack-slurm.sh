#!/bin/sh
#SBATCH --job-name=sheaf
# pack-slurm.sh - packs many files as an array job of Slurm, as one archive.
#
#     pack-slurm.sh OUT.sheaf LIST FOLDER [SBATCH OPTIONS]
#
# LIST has the name of an input on each line. FOLDER is on a file system that
# all nodes share; it gets a dictionary, the pieces and the output of the jobs.
# Each input becomes a piece, and when all are there, another job merges them to
# OUT.sheaf: the same bytes as 'sheaf pack' makes of all of them. A piece that
# is there is not made again, so after a failure the same command goes on,
# without the records that were reported as wrong.
#
# Variables: SHEAF, the command; SHEAF_OPTIONS for 'sheaf pack', such as
# "--from jsonl"; SHEAF_MERGE for 'sheaf merge', such as "-s SEC -n ORIGIN";
# SHEAF_TASKS, the most tasks of the array (1000); SHEAF_SAMPLE, how many inputs
# the dictionary is made of, spread over the list (20).
#
# Waits until the archive is made; the exit code is 0 only then.
set -eu
: "${SHEAF:=sheaf}" "${SHEAF_OPTIONS=}" "${SHEAF_MERGE=}"
: "${SHEAF_TASKS:=1000}" "${SHEAF_SAMPLE:=20}"

# One task: every SHEAF_STEPth input, from its own number on.
pack_pieces() {
    awk -v from="$SLURM_ARRAY_TASK_ID" -v step="$SHEAF_STEP" \
        'NR % step == from % step { print NR "\t" $0 }' "$SHEAF_LIST" |
        while IFS="$(printf '\t')" read -r number input; do
            piece=$SHEAF_WORK/$number.sheaf
            # shellcheck disable=SC2086 # lists of options
            [ -e "$piece" ] ||
                "$SHEAF" pack -q -j "${SLURM_CPUS_PER_TASK:-1}" --no-lines \
                    --dict-file "$SHEAF_WORK/dict" $SHEAF_OPTIONS \
                    -o "$piece" "$input" || exit 1
        done
}

merge_pieces() {
    set --
    count=$(awk 'END { print NR }' "$SHEAF_LIST")
    for number in $(seq "$count"); do
        set -- "$@" "$SHEAF_WORK/$number.sheaf"
    done
    # shellcheck disable=SC2086
    "$SHEAF" merge --shards -f $SHEAF_MERGE -o "$SHEAF_OUT" "$@"
    : > "$SHEAF_WORK/merged"
}

case ${SHEAF_STEP_NAME-} in
pack) pack_pieces; exit ;;
merge) merge_pieces; exit ;;
esac

[ $# -ge 3 ] || { sed -n '5s/^# *//p' "$0" >&2; exit 2; }
SHEAF_OUT=$1 SHEAF_LIST=$2 SHEAF_WORK=$3
shift 3
mkdir -p "$SHEAF_WORK"
: "${SOURCE_DATE_EPOCH:=$(date +%s)}"
count=$(awk 'END { print NR }' "$SHEAF_LIST")
[ "$count" -gt 0 ] || { echo "$SHEAF_LIST: no inputs" >&2; exit 1; }
SHEAF_STEP=$((count < SHEAF_TASKS ? count : SHEAF_TASKS))
export SHEAF SHEAF_OPTIONS SHEAF_MERGE SHEAF_OUT SHEAF_LIST SHEAF_WORK \
    SHEAF_STEP SOURCE_DATE_EPOCH

if [ ! -e "$SHEAF_WORK/dict" ]; then
    awk -v every=$(((count + SHEAF_SAMPLE - 1) / SHEAF_SAMPLE)) \
        'NR % every == 1 || every == 1' "$SHEAF_LIST" > "$SHEAF_WORK/sample"
    # shellcheck disable=SC2086
    "$SHEAF" train -q $SHEAF_OPTIONS -o "$SHEAF_WORK/dict" \
        --files-from "$SHEAF_WORK/sample"
fi
array=$(sbatch --parsable --export=ALL,SHEAF_STEP_NAME=pack \
    --array=1-"$SHEAF_STEP" -o "$SHEAF_WORK/pack-%a.out" "$@" "$0")
# Of a job that was never run, sbatch does not say that it failed.
rm -f "$SHEAF_WORK/merged"
sbatch --wait --export=ALL,SHEAF_STEP_NAME=merge --kill-on-invalid-dep=yes \
    --dependency=afterok:"${array%%;*}" -o "$SHEAF_WORK/merge.out" "$@" "$0"
[ -e "$SHEAF_WORK/merged" ] || {
    echo "not all pieces were made; $SHEAF_WORK/pack-*.out say why" >&2
    exit 1
}
