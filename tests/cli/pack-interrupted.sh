# Interrupted while it waits for input, it leaves nothing behind.
mkfifo in
"$SHEAF" pack --json -o a.sheaf - < in &
pid=$!
exec 3> in
line '{"id":"a","text":"first"}' >&3
sleep 0.5
kill -TERM $pid
{ wait $pid; } 2> /dev/null # the shell may say that it was terminated
echo "= $?"
exec 3>&-
ls -A
