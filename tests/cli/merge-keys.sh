# Archives whose key was replaced, and policies that each must meet.
for k in one two three w; do sheaf keygen -W -p $k.pub -s $k.sec > /dev/null; done
for n in 1 2 3; do line "{\"id\":\"a$n\",\"text\":\"Text $n.\\n\"}" > $n.jsonl; done
sheaf pack -q $TIME -o a.sheaf -s one.sec -n ex.org/a 1.jsonl
sheaf append -q $TIME a.sheaf -s one.sec 2.jsonl
sheaf rekey -q $TIME a.sheaf -s one.sec --new-key two.sec
sheaf append -q $TIME a.sheaf -s two.sec 3.jsonl
sheaf pack -q $TIME -o b.sheaf -s one.sec -n ex.org/b 3.jsonl
hide() { sed 's/key [0-9A-F]*/key N/; s/the ID .*/the ID N/'; }
# The key that was replaced leads to the new one. The new one did not sign b.
sheaf merge -q $TIME a.sheaf b.sheaf -o m.sheaf -p one.pub --no-pins -s three.sec -n ex.org/m
t sheaf verify m.sheaf -p three.pub --no-pins -q
t sheaf list m.sheaf
sheaf merge -q $TIME a.sheaf -o n.sheaf -p two.pub --no-pins
both sheaf merge -q $TIME a.sheaf b.sheaf -o none.sheaf -p two.pub --no-pins | hide
both sheaf merge -q $TIME a.sheaf -o none.sheaf -p three.pub --no-pins | hide
# Merged again, by the key of the merged one.
sheaf merge -q -f $TIME m.sheaf -o n.sheaf -p three.pub --no-pins
t sheaf verify n.sheaf -q
# The statement of the key change is not in it, and both old checkpoints are.
sheaf info m.sheaf --json | grep -o '"key_changes":[0-9]*'
grep -a -c '^ex.org/[ab]$' m.sheaf
# A witness must have cosigned each.
w=$(sheaf vkey -p w.pub --name w.example)
printf 'witness w %s\nquorum w\n' "$w" > w.policy
merge="sheaf merge -q -f $TIME a.sheaf b.sheaf -o p.sheaf -p one.pub --no-pins --policy w.policy"
sheaf cosign -q b.sheaf -p one.pub -s w.sec --name w.example $TIME
both $merge | hide
ls p.sheaf 2> /dev/null
sheaf cosign -q a.sheaf -p one.pub -s w.sec --name w.example $TIME
$merge
t sheaf verify p.sheaf -q
both sheaf merge -q -f $TIME a.sheaf -o p.sheaf --policy w.policy
both sheaf merge -q -f $TIME a.sheaf -o p.sheaf -p one.pub --no-pins --policy 1.jsonl
