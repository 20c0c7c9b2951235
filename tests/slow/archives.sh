#!/bin/sh
# archives.sh FOLDER - packs the newsroom in many ways, appends to it, redacts
# it, proves an article, and prints articles again, all into FOLDER. The same
# files are to be written on every machine, by every compiler, if the version
# of zstd is the same. Ends with an error if a command fails.
set -eu
cd "$(dirname "$0")/.."
out=$1
sheaf=${SHEAF:-$PWD/../build/release/sheaf}
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
trap 'exit 2' HUP INT TERM
export XDG_STATE_HOME="$state" XDG_CACHE_HOME="$state/cache"
when="--time 2026-01-02T03:04:05Z"

# A key of which everybody knows the secret: bytes 0 to 31, and its public key.
python3 - "$state/key" << 'END'
import base64, hashlib, sys
seed = bytes(range(32))
public = bytes.fromhex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")
key_id = b"Machines"
secret = seed + public
blob = b"Ed" + bytes(2) + b"B2" + bytes(48) + key_id + secret
blob += hashlib.blake2b(b"Ed" + key_id + secret, digest_size=32).digest()
with open(sys.argv[1] + ".sec", "w") as f:
    f.write("untrusted comment: a test key\n%s\n" % base64.b64encode(blob).decode())
with open(sys.argv[1] + ".pub", "w") as f:
    f.write("untrusted comment: a test key\n%s\n" % base64.b64encode(b"Ed" + key_id + public).decode())
END

pack() { # NAME OPTION...
    name=$1
    shift
    # shellcheck disable=SC2086 # two words
    "$sheaf" pack -q $when "$@" -o "$out/$name.sheaf" newsroom
}

pack default -j 1
pack default-threads -j 3
pack plain -j 1 --plain
pack plain-threads -j 3 --plain
pack small -j 1 --small
pack small-threads -j 3 --small
for level in 1 3 5 7 9 11 12 13 15 16 19; do
    pack "level-$level" -j 2 --level "$level"
done
pack fast -j 3 --fast
pack web -j 1 --web
pack none -j 1 --dict none
pack none-fast -j 1 --dict none --fast
pack tiny-dictionary -j 1 --dict 16K
pack blocks -j 3 --block 16K
pack signed -j 3 -s "$state/key.sec" -n example.org/news

cp "$out/signed.sheaf" "$out/appended.sheaf"
# shellcheck disable=SC2086
"$sheaf" append -q -j 2 $when -s "$state/key.sec" "$out/appended.sheaf" \
    newsroom-corrections
"$sheaf" list "$out/appended.sheaf" > "$out/list"
first=$(head -n 1 "$out/list" | cut -f 1)
last=$(tail -n 1 "$out/list" | cut -f 1)
# shellcheck disable=SC2086
"$sheaf" redact -q $when --reason "It was wrong." -s "$state/key.sec" \
    -o "$out/redacted.sheaf" "$out/appended.sheaf" "$first"
"$sheaf" repack -q --level 5 -o "$out/repacked.sheaf" "$out/appended.sheaf"
for name in appended redacted repacked; do
    "$sheaf" verify -q --no-pins -p "$state/key.pub" "$out/$name.sheaf"
done
"$sheaf" prove -o "$out/proof" "$out/appended.sheaf" "$last"
"$sheaf" check -q -p "$state/key.pub" "$out/proof"
head -n 20 "$out/list" | cut -f 1 | while read -r id; do
    "$sheaf" get --no-pins -p "$state/key.pub" "$out/appended.sheaf" "$id"
done > "$out/articles"
"$sheaf" extract -q --format jsonl "$out/appended.sheaf" > "$out/jsonl"
