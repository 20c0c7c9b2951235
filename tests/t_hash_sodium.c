/*
 * t_hash.c with the hashes of a build without libcrypto.
 */
#undef SHEAF_LIBCRYPTO
#include "base/hash.c"

#include "t_hash.c"
