# Cut anywhere, an archive is not taken for a whole one.
packed
size=$(size_of a.sheaf)
for keep in 10 63 64 200 $((size / 2)) $((size - 1)); do
    head -c $keep a.sheaf > b.sheaf
    sheaf verify b.sheaf > out 2> err
    echo "= $?"
    grep -c . err out
done
