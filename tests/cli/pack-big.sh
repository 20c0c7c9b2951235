# A part of more than 16 MiB goes through a temporary file and comes back.
seq 1000000 3300000 > big.txt
sheaf pack -q -o a.sheaf --fast big.txt
sheaf get a.sheaf big.txt | cmp - big.txt
sheaf verify -q a.sheaf
sheaf extract a.sheaf --format jsonl |
    "$PYTHON" -c '
import json, sys
body = json.loads(sys.stdin.readline())["body"]
print(body == open("big.txt").read())'
ls
