#!/bin/sh
# pack-parallel.sh - packs many files with GNU parallel, as one archive.
#
#     pack-parallel.sh [-j JOBS] [-d DICT] [-s SEC] [-n ORIGIN] [-o "OPTIONS"]
#         -w FOLDER OUT.sheaf INPUT...
#
# Each INPUT becomes a piece in FOLDER, and all pieces OUT.sheaf: the same bytes
# as 'sheaf pack' makes of all of them, by any number of jobs. A piece that is
# there is not made again, so after a failure the same command goes on, without
# the records that were reported as wrong. DICT is
# made of the first inputs if it is not given. -s and -n are for OUT.sheaf, and
# -o has further options for 'sheaf pack', such as "--from jsonl". Give the same
# time to pack and merge by SOURCE_DATE_EPOCH.
set -eu
usage() { sed -n '4,5s/^# *//p' "$0" >&2; exit 2; }

jobs=100% dict='' work='' options=''
sign=
while getopts j:d:s:n:o:w: option; do
    case $option in
    j) jobs=$OPTARG ;;
    d) dict=$OPTARG ;;
    s) sign="$sign -s $OPTARG" ;;
    n) sign="$sign -n $OPTARG" ;;
    o) options=$OPTARG ;;
    w) work=$OPTARG ;;
    *) usage ;;
    esac
done
shift $((OPTIND - 1))
[ $# -ge 2 ] && [ -n "$work" ] || usage
out=$1
shift
: "${SHEAF:=sheaf}"
: "${SOURCE_DATE_EPOCH:=$(date +%s)}"
export SHEAF SOURCE_DATE_EPOCH

mkdir -p "$work"
if [ -z "$dict" ]; then
    dict=$work/dict
    # shellcheck disable=SC2086 # lists of options
    [ -e "$dict" ] || "$SHEAF" train -q $options -o "$dict" "$@"
fi
export work dict options
# {#} is the number of the input, so that pieces have the order of the inputs.
# shellcheck disable=SC2016 # the shell of the job expands these
parallel --will-cite --halt now,fail=1 -j "$jobs" '
    piece=$work/{#}.sheaf
    [ -e "$piece" ] || "$SHEAF" pack -q -j 1 --no-lines --dict-file "$dict" \
        $options -o "$piece" {}' ::: "$@"
count=$#
set --
for number in $(seq "$count"); do
    set -- "$@" "$work/$number.sheaf"
done
# shellcheck disable=SC2086
exec "$SHEAF" merge --shards $sign -o "$out" "$@"
