# A witness with a key of the log is none, whichever of them is given.
packed -s "$CLI/key.sec" -n example.org/log
sheaf keygen -W -p new.pub -s new.sec > /dev/null
w=$(sheaf vkey -p "$CLI/key.pub" --name press.example/w)
printf 'witness press %s\nquorum press\n' "$w" > policy
sheaf rekey -q a.sheaf -s "$CLI/key.sec" --new-key new.sec
sheaf witness-request a.sheaf --old 0 -o request
XDG_STATE_HOME=$PWD/press sheaf cosign -q --request request -s "$CLI/key.sec" \
    --name press.example/w -p new.pub --time 2025-02-03T04:05:06Z -o line
sheaf attach -q a.sheaf line -w "$w"
both sheaf verify a.sheaf -p "$CLI/key.pub" --policy policy --no-pins
sheaf prove a.sheaf a1 -o a1.proof
both sheaf check a1.proof --id a1 -p "$CLI/key.pub" --policy policy
both sheaf verify a.sheaf -p new.pub --policy policy --no-pins
both sheaf check a1.proof --id a1 -p new.pub --policy policy
both sheaf merge -q a.sheaf -o m.sheaf -p new.pub --policy policy --no-pins
