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
# Recovering it, too: its second revision, with a damaged end.
echo 'one more line' >> big.txt
sheaf append -q a.sheaf --fast big.txt
size=$(wc -c < a.sheaf)
head -c $((size - 400)) a.sheaf > cut.sheaf
sheaf recover -q cut.sheaf -o b.sheaf 2> said
tail -n 1 said
sheaf get --rev 1 b.sheaf big.txt > one
sheaf get b.sheaf big.txt | cmp - big.txt
cmp one big.txt 2>&1 | sed 's/.*: //; s/ after byte.*//'
sheaf verify -q b.sheaf
rm one said
ls
