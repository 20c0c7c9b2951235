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

/* The number of the revision at the row before `rows`, which is lost. The
 * columns of its group say it, too, but nobody signs these. The map has a row
 * for each revision, so it follows from an older one that is not lost; or the
 * lost ones are all. Other IDs with this key would be counted, too: then it is
 * not known. */
static int
count_lost(struct sheaf_writer *w, struct sheaf_bytes id, struct rows *rows,
           uint32_t *rev, struct sheaf_error *err)
{
    const struct sheaf_reader *r = w->base.reader;
    struct sheaf_scratch *s = w->base.scratch;
    struct map_row row;
    uint32_t lost = 1;
    int rc;

    while ((rc = rows_next_map(r, s, rows, &row, err)) == SHEAF_OK) {
        struct found found;

        if (row.redaction)
            continue;
        rc = reader_follow(r, s, &row, id, &found, err);
        if (rc == SHEAF_OK && found.rev < UINT32_MAX - lost) {
            *rev = found.rev + lost;
            return SHEAF_OK;
        }
        if (rc == SHEAF_OK || rc == SHEAF_ENOTFOUND)
            return SHEAF_ECORRUPT;
        if (rc != SHEAF_ECORRUPT)
            return rc;
        lost++;
    }
    *rev = lost;
    return rc == SHEAF_END ? SHEAF_OK : rc;
}

/* The newest revision of this ID is lost. The map and the tree still say which
 * one it was, and its leaf hash: that is all that the next one needs, unless it
 * is a difference. */
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
        rc = reader_tree_hash(r, s, row.leaf, newest->leaf_hash, err);
    if (rc == SHEAF_OK)
        rc = count_lost(w, id, &rows, &newest->rev, err);
    sheaf_buf_free(&named);
    return rc;
}

/* Refuses this article alone: others may follow. */
static int
refuse_after(struct sheaf_bytes id, const struct sheaf_error *why,
             struct sheaf_error *err)
{
    char place[32] = "";

    if (why->offset != NO_OFFSET)
        snprintf(place, sizeof place, " at %llu",
                 (unsigned long long)why->offset);
    return fail(err, SHEAF_EINVAL,
                "%.*s: the revision before is lost, and none can follow: "
                "%.80s [%s%s]",
                (int)min_u64(id.len, 80), (const char *)id.data, why->message,
                why->clause, place);
}

int
follow_lost(struct sheaf_writer *w, struct sheaf_bytes id, int rc,
            struct idset_entry *seen, const struct sheaf_error *why,
            struct sheaf_error *err)
{
    int found = SHEAF_ECORRUPT;

    if (rc == SHEAF_ECORRUPT || rc == SHEAF_EMISSING)
        reader_note_damage(w->base.reader, why);
    /* The key of a map's row may be that of two IDs. Which of them a lost leaf
     * has, nobody has signed. */
    if (rc == SHEAF_ECORRUPT && !w->base.signs)
        found = after_lost(w, id, seen, err);
    if (found == SHEAF_OK)
        w->layout.written.after_lost++;
    if (found == SHEAF_OK || found == SHEAF_EIO || found == SHEAF_ENOMEM)
        return found;
    if (rc == SHEAF_ECORRUPT || rc == SHEAF_EMISSING)
        return refuse_after(id, why, err);
    if (err != NULL)
        *err = *why;
    if ((rc == SHEAF_EVERIFY || rc == SHEAF_EINCOMPLETE) && err != NULL)
        snprintf(err->message, sizeof err->message,
                 "%.*s: its newest revision is lost: %.80s",
                 (int)min_u64(id.len, 80), (const char *)id.data,
                 why->message);
    return rc;
}
