# A device is written to, and not replaced.
packed -s "$CLI/key.sec"
t sheaf pack -q -o /dev/null news.jsonl
t sheaf extract a.sheaf --format jsonl -o /dev/null
t sheaf get a.sheaf a1 -o /dev/null
t sheaf repack -q a.sheaf -o /dev/null
both sheaf get a.sheaf a1 -o /dev/full
test -c /dev/null && echo there
# repair verifies what it has made first. A link to the device, for safety.
ln -s /dev/null nul
t sheaf repair -q a.sheaf -o nul
test -c nul && rm nul
ln -s /dev/full full
both sheaf repair -q a.sheaf -o full
test -c full && rm full
# What is no file of checkpoints stays.
mkfifo pipe
both sheaf verify -q a.sheaf -p "$CLI/key.pub" --pins pipe
test -p pipe && rm pipe
