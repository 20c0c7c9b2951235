# What another process is writing to is neither appended to nor replaced.
packed
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
mkfifo fifo
flock a.sheaf cat fifo > /dev/null &
until ! flock -n a.sheaf true; do :; done
both sheaf append a.sheaf more.jsonl
both sheaf repack -f -o a.sheaf a.sheaf
both sheaf pack -f -o a.sheaf more.jsonl
echo > fifo
wait
both sheaf repack -q -f -o a.sheaf a.sheaf
both sheaf verify -q a.sheaf
