# Checkpoints go into the new archive as they are, so they must be right.
for vector in "$CLI"/../../spec/vectors/F9.9-*.sheaf; do
    cp "$vector" .
    both sheaf repack -q "${vector##*/}" -o r.sheaf
    [ ! -e r.sheaf ] || echo "r.sheaf is there"
done
