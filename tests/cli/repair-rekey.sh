# A key change without its frame: the end of the archive has a copy of it.
cat > spoil.py <<'EOF'
# Spoils the last key change, with "seal" also the seal of its generation.
import sys
data = bytearray(open(sys.argv[1], "rb").read())
leaves = [i for i in range(len(data)) if data[i:i + 4] == b"LEF\1"]
change = max(i for i in leaves if data[i + 20] == 4)
for i in leaves[leaves.index(change):][:1 + ("seal" in sys.argv)]:
    data[i + 100] ^= 1
open("b.sheaf", "wb").write(data)
EOF
try() {
    "$PYTHON" spoil.py a.sheaf "$@"
    both sheaf verify -q b.sheaf -p "$CLI/key.pub" --no-pins
    both sheaf repair -q b.sheaf -o c.sheaf -f
    both cmp a.sheaf c.sheaf
}
packed -s "$CLI/key.sec" -n example.org/log
sheaf rekey -q a.sheaf -s "$CLI/key.sec" --new-key "$CLI/other.sec" $TIME
try
try seal
# Another generation comes after it.
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
sheaf append -q a.sheaf -s "$CLI/other.sec" $TIME more.jsonl
try
try seal
# And another key change, of which there is a copy of its own.
sheaf rekey -q a.sheaf -s "$CLI/other.sec" --new-key "$CLI/key.sec" $TIME
try
try seal
