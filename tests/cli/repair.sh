# A damaged archive can be read, and repaired bit for bit.
packed -s "$CLI/key.sec"
cp a.sheaf b.sheaf
# The head; then, of the index, a page.
poke b.sheaf 20 377
both sheaf verify b.sheaf
both sheaf get b.sheaf a1 -p "$CLI/key.pub" --no-pins
both sheaf repair b.sheaf -o c.sheaf
cmp a.sheaf c.sheaf
both sheaf verify c.sheaf -p "$CLI/key.pub" --no-pins | sizes
# An article that is lost is named; the others come out.
cp a.sheaf b.sheaf
poke b.sheaf $(($(first b.sheaf) + 86)) 000
poke b.sheaf $(($(first b.sheaf) + 87)) 000
both sheaf extract b.sheaf --format jsonl | grep -v '^{' | sed 's/zstd: .*/WHY/; s/frame .*/WHY/'
both sheaf repair b.sheaf -o d.sheaf
ls d.sheaf 2>&1 | sed 's/.*: //'
both sheaf repair b.sheaf
# Nothing is wrong: the same again.
both sheaf repair -q a.sheaf -o e.sheaf
cmp a.sheaf e.sheaf
