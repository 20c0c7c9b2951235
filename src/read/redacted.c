/*
 * redacted.c - why an article is missing (format.md F6.6, F6.7).
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/err.h"
#include "format/frame.h"
#include "read/damage_rebuild.h"

/* Reads the redaction that a row leads to. With a key, the map proves its leaf
 * number, and that it is a redaction, but not its place. */
static int
load_redaction(const struct sheaf_reader *r, struct sheaf_scratch *s,
               const struct map_row *row, struct redaction *out,
               struct sheaf_error *err)
{
    struct leaf_stored leaf;
    int rc = reader_stored(r, s, row->offset, &leaf, err);

    if (rc == SHEAF_OK)
        rc = reader_check_leaf(r, s, row->leaf, row->offset, leaf.hash, err);
    if (rc == SHEAF_OK && leaf.type != LEAF_REDACTION)
        rc = fail_corrupt(err, row->offset, "F8.3", "not a redaction");
    return rc == SHEAF_OK ? redaction_decode(&leaf, row->offset, out, err)
                          : rc;
}

/* Goes to the next redaction among the rows. SHEAF_END: there are no more;
 * SHEAF_ESTOPPED: none among the next *most of them. */
static int
next_redaction(const struct sheaf_reader *r, struct sheaf_scratch *s,
               struct rows *rows, uint64_t after, uint64_t *most,
               struct redaction *out, struct sheaf_error *err)
{
    struct map_row row;
    int rc;

    while ((rc = rows_next_map(r, s, rows, &row, err)) == SHEAF_OK) {
        if (row.leaf <= after)
            continue;
        if (*most == 0)
            return SHEAF_ESTOPPED;
        *most -= 1;
        if (!row.redaction)
            continue;
        rc = load_redaction(r, s, &row, out, err);
        if (rc == SHEAF_OK && row.leaf == rows->owed)
            rows->owed = 0;
        /* The place is wrong or damaged: look for its leaf itself. */
        if ((rc != SHEAF_ECORRUPT && rc != SHEAF_EVERIFY) || rows->scanned)
            return rc;
        rows->owed = row.leaf;
        rc = rows_scan(r, s, rows, err);
        if (rc != SHEAF_OK)
            return rc;
    }
    if (rows->owed != 0 && (rc == SHEAF_END || rc == SHEAF_EINCOMPLETE))
        rc = fail_corrupt(err, NO_OFFSET, "F6.7",
                          "it may have been redacted: the redaction, leaf "
                          "%llu, is lost",
                          (unsigned long long)rows->owed);
    return rc;
}

int
reader_redaction_of(const struct sheaf_reader *r, struct sheaf_scratch *s,
                    uint64_t leaf, const uint8_t id_hash[32],
                    const uint8_t hash[32], uint64_t most,
                    struct redaction *out, struct sheaf_error *err)
{
    struct rows rows = rows_of(r, TABLE_MAP, id_hash);
    int rc;

    do
        rc = next_redaction(r, s, &rows, leaf, &most, out, err);
    while (rc == SHEAF_OK &&
           (out->leaf != leaf || memcmp(out->target, hash, 32) != 0));
    return rc;
}

int
reader_redaction(const struct sheaf_reader *r, struct sheaf_scratch *s,
                 const struct sheaf_entry *entry, const uint8_t id_hash[32],
                 const uint8_t hash[32], uint64_t most,
                 struct sheaf_error *err)
{
    struct redaction red;
    size_t len;
    int rc = reader_redaction_of(r, s, entry->leaf, id_hash, hash, most, &red,
                                 err);

    if (rc != SHEAF_OK)
        return rc;
    /* as much as fits into a message, cut between characters */
    len = (size_t)min_u64(red.reason.len, sizeof err->message - 16);
    while (len < red.reason.len && len > 0 &&
           (red.reason.data[len] & 0xc0) == 0x80)
        len--;
    return fail(err, SHEAF_EREDACTED, "redacted: %.*s", (int)len,
                (const char *)red.reason.data);
}

int
reader_standing(const struct sheaf_reader *r, struct sheaf_scratch *s,
                const struct sheaf_entry *entry, const uint8_t id_hash[32],
                const uint8_t hash[32], uint64_t most, struct sheaf_error *err)
{
    int rc = reader_redaction(r, s, entry, id_hash, hash, most, err);

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
reader_redactions(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  const uint8_t id_hash[32], struct sheaf_buf *out,
                  uint64_t *count, struct sheaf_error *err)
{
    struct rows rows = rows_of(r, TABLE_MAP, id_hash);
    struct redaction red;
    uint64_t all = UINT64_MAX;
    int rc;

    *count = 0;
    while ((rc = next_redaction(r, s, &rows, 0, &all, &red, err)) ==
           SHEAF_OK) {
        if (!buf_add_be(out, red.leaf, 8))
            return fail_nomem(err);
        *count += 1;
    }
    return rc == SHEAF_END ? SHEAF_OK : rc;
}

int
reader_redacted(const struct sheaf_reader *r, struct sheaf_scratch *s,
                const struct sheaf_entry *entry, struct sheaf_error *err)
{
    uint8_t hash[32], id_hash[32];
    struct leaf_stored leaf;
    int rc = reader_stored(r, s, entry->offset, &leaf, err);

    if (rc == SHEAF_OK && leaf.type != LEAF_ARTICLE)
        return fail(err, SHEAF_ENOTFOUND, "leaf is not an article");
    if (rc == SHEAF_OK)
        rc = reader_check_leaf(r, s, entry->leaf, entry->offset, leaf.hash,
                               err);
    if (rc != SHEAF_OK)
        return rc;
    memcpy(id_hash, leaf.id_hash, sizeof id_hash);
    memcpy(hash, leaf.hash, sizeof hash);
    rc = reader_redaction(r, s, entry, id_hash, hash, UINT64_MAX, err);
    if (rc != SHEAF_END)
        return rc;
    return fail_clause(err, SHEAF_EMISSING, entry->offset, "F6.6",
                       "the article is missing: leaf %llu was removed, and no "
                       "%sredaction says so",
                       (unsigned long long)entry->leaf,
                       r->authentic.done ? "signed " : "");
}
