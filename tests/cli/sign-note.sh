# A note that was made elsewhere: of this archive, and by this key.
packed -n example.org/log
cp a.sheaf b.sheaf
cp a.sheaf signed.sheaf
sheaf sign -q signed.sheaf -s "$CLI/key.sec"
sheaf checkpoint signed.sheaf > good.note
both sheaf sign b.sheaf --note good.note -p "$CLI/other.pub"
cmp a.sheaf b.sheaf
both sheaf sign b.sheaf --note good.note -p "$CLI/key.pub"
both sheaf verify -q --no-pins b.sheaf -p "$CLI/key.pub"
cmp b.sheaf signed.sheaf && echo as if signed here
both sheaf sign b.sheaf --note good.note
cp a.sheaf b.sheaf
both sheaf sign b.sheaf --note - < good.note
cp a.sheaf b.sheaf
sed 2s/6/5/ good.note > size.note
both sheaf sign b.sheaf --note size.note
sed s/log/log2/ good.note > origin.note
both sheaf sign b.sheaf --note origin.note
sed 2s/6/7/ good.note > larger.note
both sheaf sign b.sheaf --note larger.note
both sheaf sign b.sheaf --note news.jsonl
both sheaf sign b.sheaf --note none
both sheaf sign b.sheaf --note "$CLI/key.pub"
both sheaf sign b.sheaf --note "$CLI/key.pub" -p "$CLI/key.pub"
cmp a.sheaf b.sheaf
# Nor does a note of another key take the place of one.
sheaf pack -q $TIME -o c.sheaf -n example.org/log -s "$CLI/other.sec" --new-log news.jsonl
sheaf checkpoint c.sheaf > other.note
cp signed.sheaf b.sheaf
both sheaf sign b.sheaf --note other.note -p "$CLI/other.pub"
cmp signed.sheaf b.sheaf && echo as it was
# What was appended since is signed elsewhere, too.
line '{"id":"b1","title":"New","text":"New.\n"}' > more.jsonl
sheaf append -q --unsigned $TIME b.sheaf more.jsonl
cp b.sheaf c.sheaf
both sheaf sign -q c.sheaf -s "$CLI/key.sec" --sign-unsigned
sheaf checkpoint c.sheaf > later.note
both sheaf sign b.sheaf --note later.note -p "$CLI/other.pub"
both sheaf sign b.sheaf --note later.note -p "$CLI/key.pub"
both sheaf verify -q --no-pins b.sheaf -p "$CLI/key.pub"
both sheaf sign b.sheaf --note good.note -p "$CLI/key.pub"
# Signing what is signed once more keeps the witnesses' lines, and writes nothing.
cp signed.sheaf b.sheaf
sheaf cosign -q b.sheaf -s "$CLI/other.sec" --name w.example.org/1 -p "$CLI/key.pub" \
    --time 2025-02-03T04:05:06Z
cp b.sheaf c.sheaf
both sheaf sign b.sheaf --note good.note -p "$CLI/key.pub"
cmp b.sheaf c.sheaf && echo as it was
# New ones come below them, and do not take the place of one.
sheaf keygen -W -p w.pub -s w.sec > /dev/null
sheaf cosign -q c.sheaf -s w.sec --name w.example.org/2 -p "$CLI/key.pub"
sheaf checkpoint c.sheaf | sed '/w.example.org.1/s/.\{5\}$/AAAA=/' > more.note
both sheaf sign b.sheaf --note more.note -p "$CLI/key.pub"
sheaf checkpoint b.sheaf > now.note
sheaf checkpoint c.sheaf | cmp - now.note && echo below
