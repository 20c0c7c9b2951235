# A part of more than 16 MiB goes through a temporary file and comes back.
"$PYTHON" -c '
import sys
for i in range(0, 17 << 17):
    sys.stdout.write("%07d\n" % (i * 7919 % 10000000))
' > big.txt
sheaf pack -q -o a.sheaf --fast big.txt
sheaf get a.sheaf big.txt | cmp - big.txt
sheaf verify -q a.sheaf
sheaf extract a.sheaf --format jsonl |
    "$PYTHON" -c '
import json, sys
body = json.loads(sys.stdin.readline())["body"]
print(body == open("big.txt").read())'
ls
