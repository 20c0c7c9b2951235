# With a secret key in memory no core file can be written: the process waits
# for the passphrase while its limits are read.
articles
mkfifo pass
ulimit -c unlimited 2> /dev/null
"$SHEAF" pack -q -o a.sheaf -s "$CLI/locked.sec" --passphrase-fd 3 news.jsonl 3< pass &
exec 4> pass
tries=0
until grep -qs '^Max core file size *0 *0 ' "/proc/$!/limits" ||
    [ $tries -eq 100 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
grep -s '^Max core' "/proc/$!/limits" | tr -s ' '
exec 4>&-
wait $! 2> /dev/null
echo "= $?"
