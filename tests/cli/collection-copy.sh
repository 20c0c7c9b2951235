# A copy of a member under a later name is named: it would make old revisions
# the newest. So is an older state of one.
mkdir c
for i in 1 2; do
    line "{\"id\":\"x\",\"text\":\"Text $i.\"}" > $i.jsonl
    sheaf pack -q $TIME -o c/$i.sheaf -n ex.org/$i -s "$CLI/key.sec" $i.jsonl
done
ask() {
    both sheaf get c x -p "$CLI/key.pub" --no-pins
    both sheaf list c -p "$CLI/key.pub" --no-pins
    both sheaf verify -q c -p "$CLI/key.pub" --no-pins
}
ask
cp c/1.sheaf c/3.sheaf
ask
rm c/3.sheaf
cp c/2.sheaf c/2-old.sheaf
line '{"id":"y","text":"More."}' > more.jsonl
sheaf append -q $TIME c/2.sheaf -s "$CLI/key.sec" more.jsonl
ask
# And two of one name of which neither begins with the other: one of them, and
# one that is as large.
rm c/2-old.sheaf
sheaf pack -q $TIME -o c/3.sheaf -n ex.org/1 --new-log -s "$CLI/key.sec" more.jsonl
ask
cp c/1.sheaf c/4.sheaf
sheaf append -q $TIME c/4.sheaf -s "$CLI/key.sec" --new-log more.jsonl
ask
rm c/4.sheaf
# Side by side as well; a copy is no fork.
both sheaf verify -q c/1.sheaf c/3.sheaf -p "$CLI/key.pub" --no-pins
both sheaf merge -q c/1.sheaf c/3.sheaf -o m.sheaf -p "$CLI/key.pub" --no-pins
ls m.sheaf 2> /dev/null
cp c/1.sheaf copy.sheaf
both sheaf verify -q c/1.sheaf copy.sheaf -p "$CLI/key.pub" --no-pins
both sheaf verify -q c/1.sheaf c/3.sheaf
# Who has not signed both is not accused.
sheaf pack -q -f $TIME -o c/3.sheaf -n ex.org/1 --new-log -s "$CLI/other.sec" more.jsonl
both sheaf get c x -p "$CLI/key.pub" --no-pins
# Nor does what others have signed under that name hide a copy.
line '{"id":"z","text":"Strange."}' > strange.jsonl
cp c/1.sheaf c/4.sheaf
sheaf append -q $TIME c/4.sheaf -s "$CLI/key.sec" --new-log more.jsonl
line '{"id":"z1","text":"Strange."}' '{"id":"z2","text":"Strange."}' > more2.jsonl
sheaf append -q $TIME c/4.sheaf -s "$CLI/key.sec" --new-log more2.jsonl
sheaf append -q $TIME c/3.sheaf -s "$CLI/other.sec" strange.jsonl
both sheaf list c -p "$CLI/key.pub" --no-pins
