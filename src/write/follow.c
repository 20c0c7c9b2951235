/*
 * follow.c - the next revision of an article whose newest one cannot be read:
 * it was redacted, or is lost.
 */
#include "write/writer.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"

int
follow_redacted(struct sheaf_writer *w, struct sheaf_bytes id,
                struct idset_entry *newest, struct sheaf_error *err)
{
    const struct sheaf_reader *r = w->base.reader;
    struct sheaf_scratch *s = w->base.scratch;
    uint8_t key[TABLE_KEY_SIZE];
    struct map_row row;
    struct rows rows;
    int rc;

    newest->rev = 0;
    table_key(id, key);
    rows = rows_of(r, TABLE_MAP, key);
    while ((rc = rows_next_map(r, s, &rows, &row, err)) == SHEAF_OK) {
        struct found found;

        rc = reader_follow(r, s, &row, id, &found, err);
        if (rc == SHEAF_ENOTFOUND)
            continue;
        if (rc == SHEAF_OK)
            rc = reader_check_leaf(r, s, row.leaf, row.offset, found.hash,
                                   err);
        if (rc != SHEAF_OK)
            return rc;
        if (found.rev > newest->rev) {
            newest->rev = found.rev;
            memcpy(newest->leaf_hash, found.hash, 32);
        }
    }
    if (rc != SHEAF_END)
        return rc;
    return newest->rev == 0 ? SHEAF_ENOTFOUND : SHEAF_OK;
}

/* The newest revision of this ID is lost. The columns of its group and the tree
 * still say which one it was, and its leaf hash: that is all that the next one
 * needs, unless it is a difference. */
static int
after_lost(struct sheaf_writer *w, struct sheaf_bytes id,
           struct idset_entry *newest, struct sheaf_error *err)
{
    const struct sheaf_reader *r = w->base.reader;
    struct sheaf_scratch *s = w->base.scratch;
    uint8_t key[TABLE_KEY_SIZE];
    struct sheaf_buf named = { 0 };
    struct sheaf_entry entry;
    struct map_row row = { .leaf = 0 };
    struct rows rows;
    int rc;

    table_key(id, key);
    rows = rows_of(r, TABLE_MAP, key);
    rc = rows_next_map(r, s, &rows, &row, err);
    if (rc == SHEAF_OK && row.redaction)
        rc = SHEAF_ECORRUPT;
    if (rc == SHEAF_OK)
        rc = reader_locate(r, s, row.leaf, &entry, err);
    if (rc == SHEAF_OK)
        rc = reader_column_id(s, row.leaf, &named, err);
    if (rc == SHEAF_OK && !bytes_equal(buf_view(&named), id))
        rc = SHEAF_ECORRUPT;
    if (rc == SHEAF_OK)
        rc = reader_column_rev(s, row.leaf, &newest->rev, err);
    if (rc == SHEAF_OK && newest->rev == 0)
        rc = SHEAF_ECORRUPT;
    if (rc == SHEAF_OK)
        rc = reader_tree_hash(r, s, row.leaf, newest->leaf_hash, err);
    sheaf_buf_free(&named);
    return rc;
}

int
follow_lost(struct sheaf_writer *w, struct sheaf_bytes id, int rc,
            struct idset_entry *seen, const struct sheaf_error *why,
            struct sheaf_error *err)
{
    struct sheaf_error other;
    int found = SHEAF_ECORRUPT;

    if (rc == SHEAF_ECORRUPT)
        found = after_lost(w, id, seen, &other);
    if (found == SHEAF_OK) {
        reader_note_damage(w->base.reader, why);
        return SHEAF_OK;
    }
    if (err != NULL)
        *err = found == SHEAF_EIO || found == SHEAF_ENOMEM ? other : *why;
    if (found == SHEAF_EIO || found == SHEAF_ENOMEM)
        return found;
    if ((rc == SHEAF_ECORRUPT || rc == SHEAF_EVERIFY || rc == SHEAF_EMISSING ||
         rc == SHEAF_EINCOMPLETE) &&
        err != NULL)
        snprintf(err->message, sizeof err->message,
                 "%.*s: its newest revision is lost: %.80s",
                 (int)min_u64(id.len, 80), (const char *)id.data,
                 why->message);
    return rc;
}
