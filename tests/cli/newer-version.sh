# A version that is not known: exit code 6, and no word of damage.
packed
poke a.sheaf 11 001
both sheaf verify a.sheaf
