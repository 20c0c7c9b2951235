# Who else has seen it: a policy asks for one of two, or for both.
packed -s "$CLI/key.sec" -n example.org/log
key=$CLI/key.pub
sheaf keygen -W -p w1.pub -s w1.sec > /dev/null
sheaf keygen -W -p w2.pub -s w2.sec > /dev/null
log=$(sheaf vkey -p "$key" -n example.org/log)
w1=$(sheaf vkey -p w1.pub --name w1.example)
w2=$(sheaf vkey -p w2.pub --name w2.example)
printf 'log %s\nwitness w1 %s\nwitness w2 %s\ngroup g %s w1 w2\nquorum g\n' \
    "$log" "$w1" "$w2" 1 > one.policy
sed 's/^group g 1/group g 2/' one.policy > both.policy
printf 'log %s\nquorum none\n' "$log" > none.policy
both sheaf verify a.sheaf -p "$key" --policy one.policy --no-pins
sheaf cosign -q a.sheaf -p "$key" -s w1.sec --name w1.example --time 2025-01-02T03:04:05Z
t sheaf verify a.sheaf -p "$key" --policy one.policy --no-pins | sizes
t sheaf verify a.sheaf --policy one.policy --no-pins --json |
    grep -o '"level":[^,]*\|"authentic":[^,]*\|"witnesses.*'
both sheaf verify a.sheaf -p "$key" --policy both.policy --no-pins
t sheaf verify a.sheaf --policy none.policy --no-pins | sizes
sheaf info a.sheaf --json | grep -o '"cosign[^}]*'
both sheaf verify a.sheaf --policy news.jsonl
sed 's/example.org/elsewhere.org/' none.policy > bad.policy
both sheaf verify a.sheaf --policy bad.policy
printf 'witness w1 %s\nquorum w1\n' "$w1" > nolog.policy
both sheaf verify a.sheaf --policy nolog.policy
