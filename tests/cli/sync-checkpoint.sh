# A copy keeps the checkpoint that it has: an archive with the same tree and an
# older one is a rollback, and so is one that fewer have signed.
packed -s "$CLI/key.sec" -n example.org/log
line '{"id":"a1","title":"New","text":"Corrected.\n"}' > more.jsonl
sheaf append a.sheaf -q $TIME --unsigned more.jsonl
cp a.sheaf older.sheaf
sheaf sign a.sheaf -q -s "$CLI/key.sec" --sign-unsigned
cp a.sheaf copy.sheaf
both sheaf sync older.sheaf copy.sheaf
both sheaf sync older.sheaf copy.sheaf -p "$CLI/key.pub" --no-pins
both sheaf sync older.sheaf copy.sheaf -p "$CLI/key.pub" --no-pins --rebuilt
sheaf keygen -W -p w.pub -s witness.sec > log
sheaf cosign copy.sheaf -q -s witness.sec --name w.example.org/1 -p "$CLI/key.pub" --time 2025-02-03T04:05:06Z
cp copy.sheaf cosigned.sheaf
both sheaf sync a.sheaf copy.sheaf
both sheaf sync a.sheaf copy.sheaf -p "$CLI/key.pub" --no-pins
cmp copy.sheaf cosigned.sheaf
# The other way round it is an update.
both sheaf sync cosigned.sheaf a.sheaf -p "$CLI/key.pub" --no-pins | sizes
cmp a.sheaf cosigned.sheaf
# Without signatures there is nothing to keep.
sheaf pack -q -f -o a.sheaf $TIME -n example.org/plain news.jsonl
cp a.sheaf copy.sheaf
sheaf repack a.sheaf -q -o again.sheaf --level 3
both sheaf sync again.sheaf copy.sheaf | sizes
# What nobody signed of the copy may go, with a key, but not without a word.
sheaf pack -q -f -o a.sheaf $TIME -s "$CLI/key.sec" -n example.org/own news.jsonl
cp a.sheaf copy.sheaf
sheaf append copy.sheaf -q $TIME --unsigned more.jsonl
line '{"id":"b9","title":"Other","text":"Other.\n"}' > other.jsonl
sheaf append a.sheaf -q $TIME -s "$CLI/key.sec" other.jsonl
both sheaf sync a.sheaf copy.sheaf
both sheaf sync a.sheaf copy.sheaf -p "$CLI/key.pub" --no-pins | sizes
cmp a.sheaf copy.sheaf
