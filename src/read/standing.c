/*
 * standing.c - whether articles that are there stand, or were redacted and put
 * back by somebody (format.md F6.7, F13.4).
 */
#include "read/reader.h"

#include "base/err.h"
#include "base/hash.h"
#include "read/damage_rebuild.h"

int
reader_standing(const struct sheaf_reader *r, struct sheaf_scratch *s,
                const struct sheaf_entry *entry, const uint8_t id_hash[32],
                const uint8_t hash[32], struct sheaf_error *err)
{
    int rc = reader_redaction(r, s, entry, id_hash, hash, err);

    return rc == SHEAF_END ? SHEAF_OK : rc;
}

int
reader_standing_by_all(const struct sheaf_reader *r, uint64_t leaf,
                       struct sheaf_error *err)
{
    uint64_t lost;
    bool named;
    int rc = rebuild_named(r, leaf, &named, &lost, err);

    if (rc == SHEAF_OK && named)
        rc = fail(err, SHEAF_EREDACTED, "redacted");
    else if (rc == SHEAF_OK && lost != 0)
        rc = fail_corrupt(err, NO_OFFSET, "F6.7",
                          "it may have been redacted: %llu redaction%s lost",
                          (unsigned long long)lost,
                          lost == 1 ? " is" : "s are");
    return rc;
}

int
reader_stands(const struct sheaf_reader *r, struct sheaf_scratch *s,
              const struct sheaf_entry *entry, const uint8_t id_hash[32],
              const uint8_t hash[32], struct sheaf_error *err)
{
    int rc;

    if (!r->authentic.done && r->top.redactions == 0)
        return SHEAF_OK;
    rc = reader_standing(r, s, entry, id_hash, hash, err);
    return rc == SHEAF_EINCOMPLETE
               ? reader_standing_by_all(r, entry->leaf, err)
               : rc;
}

int
sheaf_stands(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
             struct sheaf_bytes id, uint64_t leaf, struct sheaf_error *err)
{
    const struct sheaf_entry entry = { .leaf = leaf };
    uint8_t id_hash[HASH_BYTES], hash[HASH_BYTES];
    int rc = sheaf_leaf_hash(reader, scratch, leaf, hash, err);

    if (rc != SHEAF_OK)
        return rc;
    hash_blake2b(id.data, id.len, id_hash);
    return reader_stands(reader, scratch, &entry, id_hash, hash, err);
}
