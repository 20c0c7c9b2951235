# The second copy of the end is missing, as a kill leaves it: rekey writes it.
packed -s "$CLI/key.sec"
head -c -176 a.sheaf > b.sheaf
both sheaf verify -q b.sheaf -p "$CLI/key.pub" | sed 's/ of generation.*//'
both sheaf rekey b.sheaf -s "$CLI/key.sec" --new-key "$CLI/other.sec" --time 2025-01-02T03:04:05Z | sed 's/ of generation.*//'
sheaf verify -q b.sheaf -p "$CLI/key.pub"
echo "= $?"
