# --json of what has to do with checkpoints: their origin, size and root, and
# what was done or printed.
packed -n example.org/log
W="--name w.example/1 --time @1700000000 -p $CLI/key.pub"
WITNESS=$(sheaf vkey -p "$CLI/other.pub" --name w.example/1)
both sheaf vkey --json -p "$CLI/key.pub" -n example.org/log
both sheaf vkey --json -p "$CLI/other.pub" --name w.example/1
both sheaf checkpoint --json --unsigned a.sheaf
both sheaf checkpoint --json a.sheaf
both sheaf prove --json a.sheaf a1
cp a.sheaf b.sheaf
both sheaf sign --json b.sheaf -s "$CLI/key.sec"
both sheaf sign --json -q b.sheaf -s "$CLI/key.sec"
both sheaf sign --json b.sheaf -s "$CLI/other.sec"
both sheaf checkpoint --json b.sheaf
sheaf checkpoint b.sheaf -p "$CLI/key.pub" > note
both sheaf sign --json a.sheaf --note note
cp b.sheaf a.sheaf
both sheaf sign --json a.sheaf --note note -p "$CLI/key.pub"
both sheaf checkpoint --json a.sheaf -p "$CLI/key.pub" -o again
cmp note again
sheaf prove a.sheaf a1 > proof
both sheaf prove --json a.sheaf a1 -o a1.proof
cmp proof a1.proof
both sheaf prove --json a.sheaf a1 -o a1.proof
sheaf prove --json a.sheaf a1 a3 --newest | "$PYTHON" -c '
import json, sys
sys.stdout.write(json.load(sys.stdin)["proof"])' > many.proof
sheaf prove a.sheaf a1 a3 --newest | cmp - many.proof
both sheaf prove --json a.sheaf --from note
both sheaf witness-request --json a.sheaf --old 0
sheaf witness-request a.sheaf --old 0 > request
# shellcheck disable=SC2086
both sheaf cosign --json --request request -s "$CLI/other.sec" $W -o answer
both sheaf attach --json a.sheaf answer
both sheaf attach --json a.sheaf answer -w "$WITNESS"
cp b.sheaf a.sheaf
both sheaf attach --json a.sheaf answer -w "$WITNESS"
both sheaf attach --json a.sheaf news.jsonl
cp b.sheaf a.sheaf
# shellcheck disable=SC2086
both sheaf cosign --json a.sheaf -s "$CLI/other.sec" $W
# shellcheck disable=SC2086
both sheaf cosign --json -q a.sheaf -s "$CLI/other.sec" $W
# shellcheck disable=SC2086
both sheaf cosign --json --request news.jsonl -s "$CLI/other.sec" $W
# shellcheck disable=SC2086
both sheaf rekey --json -q $TIME a.sheaf -s "$CLI/key.sec" --new-key "$CLI/other.sec"
both sheaf rekey --json a.sheaf -s "$CLI/key.sec" --new-key "$CLI/other.sec"
sheaf verify -q a.sheaf -p "$CLI/key.pub"
both sheaf pins --json
both sheaf pins --json --forget example.org/log
both sheaf pins --json --forget example.org/log | sed "s|$XDG_STATE_HOME|STATE|g"
