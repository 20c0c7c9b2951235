/*
 * leaves.h - paths from leaf hashes in memory.
 */
#ifndef LEAVES_H
#define LEAVES_H

#include "log/merkle.h"

/* The `arg` of a merkle_subtree over leaf hashes in memory. SHEAF_EINVAL:
 * leaves outside of them. */
struct merkle_leaves {
    const uint8_t *hashes;
    uint64_t count;
};
static inline int
merkle_leaves_subtree(void *leaves, uint64_t start, uint64_t count,
                      uint8_t out[HASH_BYTES])
{
    const struct merkle_leaves *l = leaves;

    if (start > l->count || count > l->count - start)
        return SHEAF_EINVAL;
    merkle_root(l->hashes + start * HASH_BYTES, count, out);
    return SHEAF_OK;
}

#endif
