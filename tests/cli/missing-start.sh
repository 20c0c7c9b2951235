# More bytes are missing than stand before the place: all articles come out.
"$SHEAF" pack -q --time 2025-01-02T03:04:05Z -o a.sheaf "$NEWSROOM"
{ head -c 900 a.sheaf; tail -c +1901 a.sheaf; } > d.sheaf
"$SHEAF" list d.sheaf 2> err | wc -l
cut -d ' ' -f 2-9 err
"$SHEAF" extract d.sheaf --format jsonl 2> err | wc -l
"$SHEAF" repair -q d.sheaf -o r.sheaf 2> /dev/null
echo "= $?"
