/*
 * standing.c - whether articles that are there stand, or were redacted and put
 * back by somebody (format.md F6.7, F13.4).
 */
#include "read/standing.h"

#include "base/cursor.h"
#include "base/err.h"

/* More rows than these are many. */
#define OFTEN 8
#define OFTEN_MEMORY ((size_t)4 << 20)

/* Which redactions of an ID are known. */
enum known { ALL, SOME, NONE };

void
standing_free(struct standing *st)
{
    sheaf_buf_free(&st->redacted);
    idset_free(st->often);
}

/* An ID with many revisions has its redactions looked up once. SHEAF_EREDACTED
 * if one names the leaf, SHEAF_END if not, SHEAF_EINCOMPLETE if none does that
 * is known. */
static int
check_often(struct standing *st, const struct sheaf_reader *r,
            struct sheaf_scratch *s, uint64_t leaf, const uint8_t id_hash[32],
            struct sheaf_error *err)
{
    struct sheaf_bytes id = { id_hash, 32 };
    struct idset_entry known = { .rev = 0 };
    uint64_t at, count;
    int rc = SHEAF_OK;

    if (st->often == NULL)
        rc = idset_new(&st->often, OFTEN_MEMORY, NULL, err);
    if (rc == SHEAF_OK)
        rc = idset_get(st->often, id, &known, err);
    if (rc == SHEAF_ENOTFOUND) {
        at = st->redacted.len;
        rc = reader_redactions(r, s, id_hash, &st->redacted, &count, err);
        if (rc == SHEAF_ENOMEM || rc == SHEAF_EIO)
            return rc;
        known.rev = rc == SHEAF_OK            ? ALL
                    : rc == SHEAF_EINCOMPLETE ? SOME
                                              : NONE;
        put_be(known.leaf_hash, at, 8);
        put_be(known.leaf_hash + 8, count, 8);
        rc = idset_put(st->often, id, &known, err);
    }
    if (rc != SHEAF_OK)
        return rc;
    if (known.rev == NONE)
        return fail_verify(err, NO_OFFSET, "F8.3",
                           "whether it was redacted is not known");
    at = get_be(known.leaf_hash, 8);
    count = get_be(known.leaf_hash + 8, 8);
    for (uint64_t i = 0; i < count; i++)
        if (get_be(st->redacted.data + at + i * 8, 8) == leaf)
            return SHEAF_EREDACTED;
    return known.rev == ALL ? SHEAF_END : SHEAF_EINCOMPLETE;
}

int
standing_check(struct standing *st, const struct sheaf_reader *r,
               struct sheaf_scratch *s, const struct sheaf_entry *entry,
               const uint8_t id_hash[32], const uint8_t hash[32],
               struct sheaf_error *err)
{
    int rc;

    if (!r->authentic.done && r->top.redactions == 0)
        return SHEAF_OK;
    rc = reader_standing(r, s, entry, id_hash, hash, OFTEN, err);
    if (rc == SHEAF_ESTOPPED) {
        rc = check_often(st, r, s, entry->leaf, id_hash, err);
        if (rc == SHEAF_EREDACTED)
            rc = reader_standing(r, s, entry, id_hash, hash, UINT64_MAX, err);
    }
    if (rc == SHEAF_EINCOMPLETE)
        rc = reader_standing_by_all(r, entry->leaf, err);
    return rc == SHEAF_END ? SHEAF_OK : rc;
}
