# A note that is no checkpoint ends a merge: nothing says what was signed.
for name in F9.1-unended F9.3-sign F9.5-dash; do
    cp "$CLI/../../spec/vectors/$name.sheaf" .
    both sheaf merge -q $name.sheaf -o m.sheaf
    [ ! -e m.sheaf ] || echo "m.sheaf is there"
done
