# An older archive does not take the place of a copy whose newest articles cannot
# be read, but are there.
packed -n example.org/log -s "$CLI/key.sec"
cp a.sheaf old.sheaf
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
sheaf append -q $TIME a.sheaf -s "$CLI/key.sec" more.jsonl
cp a.sheaf copy.sheaf
lose_end copy.sheaf
cp copy.sheaf before.sheaf
for key in "" "-p $CLI/key.pub --no-pins"; do
    both sheaf sync old.sheaf copy.sheaf $key
    cmp copy.sheaf before.sheaf && echo as it was
done
both sheaf sync -q a.sheaf copy.sheaf
cmp a.sheaf copy.sheaf && echo whole
# Nor is what an append seems to have left, if the archive is not the copy to
# its end.
rm -f copy.sheaf.*
head -c -1500 a.sheaf > copy.sheaf
both sheaf sync -q a.sheaf copy.sheaf
rm -f copy.sheaf.*
# Nobody knows what else was there.
for i in 2 3; do
    cp before.sheaf copy.sheaf
    sheaf sync -q a.sheaf copy.sheaf 2> /dev/null
    cmp a.sheaf copy.sheaf
done
for f in copy.sheaf.*; do cmp "$f" before.sheaf && echo "$f"; done
# The newest checkpoint of the copy cannot be checked, as both copies of its top
# are damaged; leaves that nobody signed follow.
line '{"id":"d1","title":"Later","text":"Later.\n"}' > later.jsonl
sheaf append -q $TIME a.sheaf --unsigned later.jsonl
cp a.sheaf copy.sheaf
"$PYTHON" -c '
d = bytearray(open("copy.sheaf", "rb").read())
at = [i for i in range(len(d)) if d[i:i + 4] == b"S*M\30" and d[i + 8:i + 12] == b"TOP\1"]
for i in at[2:4]:
    d[i + 30] ^= 1
open("copy.sheaf", "wb").write(d)'
both sheaf sync a.sheaf copy.sheaf -p "$CLI/key.pub" --no-pins
cmp a.sheaf copy.sheaf && echo whole
# Bytes are missing in the copy.
for key in "" "-p $CLI/key.pub --no-pins"; do
    (head -c 600 old.sheaf; tail -c +604 old.sheaf) > copy.sheaf
    both sheaf sync a.sheaf copy.sheaf $key
    cmp a.sheaf copy.sheaf && echo whole
done
