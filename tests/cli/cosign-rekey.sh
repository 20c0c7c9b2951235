# Whoever trusts the log's first key cosigns what its next one has signed.
packed -n example.org/log -s "$CLI/key.sec"
sheaf keygen -W -p w.pub -s w.key > /dev/null
both sheaf cosign a.sheaf -s w.key --name w -p "$CLI/key.pub"
sheaf rekey -q a.sheaf -s "$CLI/key.sec" --new-key "$CLI/other.sec" $TIME
both sheaf cosign a.sheaf -s w.key --name w -p "$CLI/key.pub"
both sheaf cosign a.sheaf -s w.key --name w -p w.pub |
    sed "s/given one, .*/given one/"
# A key that the log had before is not somebody else's.
both sheaf cosign a.sheaf -s "$CLI/key.sec" --name w -p "$CLI/key.pub"
line "witness w $(sheaf vkey -p w.pub --name w)" > policy
line 'quorum w' >> policy
sheaf verify --no-pins -q a.sheaf -p "$CLI/key.pub" --policy policy
