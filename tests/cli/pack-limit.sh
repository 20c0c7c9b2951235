# More metadata than the format allows: exit code 7.
"$PYTHON" -c '
print("{\"id\":\"x\",\"title\":\"%s\",\"text\":\"x\"}" % ("x" * (1 << 20)))
' > long.jsonl
both sheaf pack -o a.sheaf long.jsonl | sed 's/[0-9]\{6,\}/N/g'
ls -A
