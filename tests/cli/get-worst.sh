# Of several failures the most serious one decides, wherever it stands.
packed --plain --dict none -n example.org/log -s "$CLI/other.sec"
mv a.sheaf other.sheaf
packed --plain --dict none -n example.org/log -s "$CLI/key.sec"
cp a.sheaf b.sheaf
flip 3 40 b.sheaf
for ids in "none a1" "none a3" "a3 none" "a1 a3 none"; do
    # shellcheck disable=SC2086
    t sheaf get b.sheaf $ids 2> /dev/null
done
for archives in "nowhere a.sheaf" "nowhere b.sheaf" "b.sheaf nowhere" \
    "nowhere other.sheaf b.sheaf" "b.sheaf nowhere other.sheaf"; do
    # shellcheck disable=SC2086
    t sheaf verify -q --no-pins $archives -p "$CLI/key.pub" 2> /dev/null
done
