# A version that is not known: exit code 6, and no word of damage.
packed
poke a.sheaf 11 002
"$PYTHON" -c '
import hashlib
d = bytearray(open("a.sheaf", "rb").read())
d[56:64] = hashlib.blake2b(d[:56], digest_size=32).digest()[:8]
open("b.sheaf", "wb").write(d)'
both sheaf verify b.sheaf
# Without a right sum, it is damage.
both sheaf get a.sheaf a1
# A draft says who can read it, whether it is read or written to.
cp "$NEWSROOM/../../spec/vectors/unsupported-draft.sheaf" draft.sheaf
both sheaf verify draft.sheaf
both sheaf get draft.sheaf news/1
both sheaf append -q draft.sheaf news.jsonl
both sheaf repair draft.sheaf -o mended.sheaf
# Its articles are the same frames: without that sheaf they are recovered.
both sheaf recover draft.sheaf -o taken.sheaf | sizes | sed 's/ at [0-9]*$/ at N/'
both sheaf get taken.sheaf news/1
cmp "$NEWSROOM/../../spec/vectors/unsupported-draft.sheaf" draft.sheaf
