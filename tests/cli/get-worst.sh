# Of several failures the most serious one decides, wherever it stands.
packed --plain --dict none -n example.org/log -s "$CLI/other.sec"
mv a.sheaf other.sheaf
packed --plain --dict none -n example.org/log -s "$CLI/key.sec"
"$PYTHON" -c '
data = bytearray(open("a.sheaf", "rb").read())
at = -1
for _ in range(3):
    at = data.find(b"\x28\xb5\x2f\xfd", at + 1)
data[at + 40] ^= 4
open("b.sheaf", "wb").write(data)'
for ids in "none a1" "none a3" "a3 none" "a1 a3 none"; do
    # shellcheck disable=SC2086
    t sheaf get b.sheaf $ids 2> /dev/null
done
for archives in "nowhere a.sheaf" "nowhere b.sheaf" "b.sheaf nowhere" \
    "nowhere other.sheaf b.sheaf" "b.sheaf nowhere other.sheaf"; do
    # shellcheck disable=SC2086
    t sheaf verify -q --no-pins $archives -p "$CLI/key.pub" 2> /dev/null
done
