# A version that is not known: exit code 6, and no word of damage.
packed
poke a.sheaf 11 001
"$PYTHON" -c '
import hashlib
d = bytearray(open("a.sheaf", "rb").read())
d[56:64] = hashlib.blake2b(d[:56], digest_size=32).digest()[:8]
open("b.sheaf", "wb").write(d)'
both sheaf verify b.sheaf
# Without a right sum, it is damage.
both sheaf get a.sheaf a1
