# What cannot be stamped, and stamps that are none; tests/timestamp.sh has good
# ones.
packed
both sheaf timestamp a.sheaf --tsa http://127.0.0.1:1/ --json
both sheaf timestamp a.sheaf
t sheaf sign -q a.sheaf -s "$CLI/key.sec"
echo junk > a.sheaf.tsr
both sheaf timestamp a.sheaf --tsa http://127.0.0.1:1/
both sheaf verify a.sheaf -p "$CLI/key.pub" --timestamp a.sheaf.tsr
both sheaf verify a.sheaf -p "$CLI/key.pub" --timestamp none.tsr
both sheaf verify a.sheaf -p "$CLI/key.pub" --tsa-ca none.pem
sheaf prove a.sheaf a1 -o a1.proof
both sheaf check a1.proof --id a1 -p "$CLI/key.pub" --timestamp a.sheaf.tsr
