# A redaction that nobody has signed yet can be signed, by all who append.
packed -s "$CLI/key.sec" -n example.org/log
sheaf redact a.sheaf a2 -o r.sheaf -q $TIME --unsigned --reason "a name"
both sheaf verify r.sheaf -p "$CLI/key.pub" --no-pins
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
for how in "sign x.sheaf" "append x.sheaf more.jsonl" "redact x.sheaf b1 -o y.sheaf --reason y"; do
    cp r.sheaf x.sheaf
    rm -rf y.sheaf "$XDG_STATE_HOME"
    both sheaf $how -q -s "$CLI/key.sec"
    both sheaf $how -q -s "$CLI/key.sec" --sign-unsigned
    [ ! -e y.sheaf ] || mv y.sheaf x.sheaf
    t sheaf verify x.sheaf -p "$CLI/key.pub" --no-pins | sizes
done
