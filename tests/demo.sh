#!/bin/sh
# demo.sh - shows what Sheaf does, step by step, with the articles of
# tests/newsroom. Fails as soon as a step does not give the expected result.
set -eu
cd "$(dirname "$0")/.."
here=$PWD
sheaf=${SHEAF:-$here/build/release/sheaf}
case $sheaf in
/*) ;;
*) sheaf=$here/$sheaf ;;
esac
[ -x "$sheaf" ] || {
    echo "demo: there is no $sheaf; run make first" >&2
    exit 1
}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM
cp -R tests/newsroom "$tmp/newsroom"
cp -R tests/newsroom-corrections "$tmp/corrections"
cd "$tmp"
# Keep what `sheaf` remembers of signers here, too.
export XDG_STATE_HOME="$tmp/state"

# The printed commands say `sheaf`, whatever its path is.
sheaf() {
    "$sheaf" "$@"
}
say() {
    printf '\n# %s\n' "$*"
}
show() {
    printf '$ %s\n' "$*"
}
run() {
    show "$*"
    "$@"
}
fail() {
    echo "demo: $*" >&2
    exit 1
}
bytes() {
    wc -c < "$1" | tr -d ' '
}

say "Make a minisign key pair (-W: without a passphrase)."
run sheaf keygen -W -p news.pub -s news.key

say "Pack and sign a folder of articles: text, HTML, Markdown and JSONL."
run sheaf pack -o news.sheaf -s news.key newsroom
loose=$(find newsroom -type f -exec cat {} + | wc -c | tr -d ' ')
echo "$loose bytes of files, $(bytes news.sheaf) bytes with metadata," \
    "index and signature"
[ "$(bytes news.sheaf)" -lt "$loose" ] || fail "packing made it larger"

say "List the first ten articles: ID, date and title."
show "sheaf list news.sheaf | head"
sheaf list news.sheaf > list
head -n 10 list
[ "$(wc -l < list)" -ge 50 ] || fail "too few articles are listed"

say "Get one article by its ID, checked up to the signature."
id=local/2023-06-29-swing-bridge.txt
grep -q "$id" list || fail "$id is not listed"
show "sheaf get news.sheaf -p news.pub $id | head -n 8"
sheaf get news.sheaf -p news.pub "$id" > article
head -n 8 article
cmp article "newsroom/$id" || fail "an article has changed"
echo "(the same bytes as newsroom/$id)"

say "Print its metadata, which pack found in the text."
show "sheaf get --meta news.sheaf $id"
sheaf get --meta news.sheaf "$id" > meta
cat meta
grep -q '"id":"'"$id"'"' meta || fail "the metadata lacks the ID"

say "Verify everything: every byte, every hash, the tree, the signature."
run sheaf verify news.sheaf -p news.pub

say "Frequent words are codes (README.md says how to undo them). Store it plain:"
say "then zstd alone prints all articles and their metadata."
run sheaf repack news.sheaf --plain -o plain.sheaf
show "sheaf dict plain.sheaf > news.dict"
if sheaf dict plain.sheaf > news.dict && [ -s news.dict ]; then
    show "zstd -dc -D news.dict plain.sheaf |" \
        "grep -a '^{' | cut -c 1-76 | head -n 3"
    zstd -q -dc -D news.dict plain.sheaf > stream
else
    show "zstd -dc plain.sheaf | grep -a '^{' | cut -c 1-76 | head -n 3"
    zstd -q -dc plain.sheaf > stream
fi
grep -a '^{' stream > lines
cut -c 1-76 lines | head -n 3
head -n 1 "newsroom/$id" > first
grep -aqxFf first stream || fail "zstd did not print the article"

say "Append corrections: a new generation, signed by the same key."
cp news.sheaf before.sheaf
run sheaf append news.sheaf -s news.key corrections
run sheaf verify news.sheaf -p news.pub
corrected=$(cd corrections && find . -type f | sort | head -n 1)
corrected=${corrected#./}
sheaf get news.sheaf -p news.pub "$corrected" |
    cmp - "corrections/$corrected" ||
    fail "the newest revision is not the corrected one"
sheaf get news.sheaf -p news.pub --rev 1 "$corrected" |
    cmp - "newsroom/$corrected" || fail "the first revision is gone"
echo "(get prints the corrected $corrected; with --rev 1, the old one)"
head -c "$(bytes before.sheaf)" news.sheaf | cmp - before.sheaf ||
    fail "append changed earlier bytes"
echo "(append changed no byte of the earlier archive)"

say "Change one byte without the key; verify refuses the archive."
cp news.sheaf forged.sheaf
at=$(($(bytes before.sheaf) / 3))
old=$(od -An -tu1 -j "$at" -N 1 forged.sheaf | tr -d ' ')
# shellcheck disable=SC2059 # the format is the byte
printf "\\$(printf '%03o' $((old ^ 1)))" |
    dd of=forged.sheaf bs=1 seek="$at" conv=notrunc 2> /dev/null
code=0
run sheaf verify forged.sheaf -p news.pub || code=$?
case $code in
4 | 5) echo "(refused, exit code $code)" ;;
*) fail "a forged archive gave exit code $code" ;;
esac

say "Done. All files of the demonstration are removed."
