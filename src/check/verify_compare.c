/*
 * verify_compare.c - comparing frames, and sums of rows, with what they must
 * be.
 */
#include "check/verify.h"

#include "base/cursor.h"
#include "base/hash.h"

/* Whether the frame is the one that v->out holds. */
bool
verify_same(const struct verify *v, const uint8_t *frame, uint64_t len)
{
    return len == v->out.len && memcmp(frame, v->out.data, v->out.len) == 0;
}

void
verify_sum_row(const struct verify *v, struct row_sum *sum, const uint8_t *row,
               size_t len)
{
    uint8_t hash[HASH_INNER_BYTES];

    /* The other half of the key is that of the IDs. */
    hash_inner(idset_key(v->ids) + HASH_INNER_KEY_BYTES, row, len, hash);
    sum->count++;
    sum->lo += get_be(hash, 8);
    sum->hi += get_be(hash + 8, 8);
}
