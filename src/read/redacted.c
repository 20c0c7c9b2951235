/*
 * redacted.c - why an article is missing (format.md F6.6, F6.7).
 */
#include "read/reader.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/cursor.h"
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
               struct map_row *row, struct redaction *out,
               struct sheaf_error *err)
{
    int rc;

    while ((rc = rows_next_map(r, s, rows, row, err)) == SHEAF_OK) {
        if (row->leaf <= after)
            continue;
        if (*most == 0)
            return SHEAF_ESTOPPED;
        *most -= 1;
        if (!row->redaction)
            continue;
        rc = load_redaction(r, s, row, out, err);
        if (rc == SHEAF_OK && row->leaf == rows->owed)
            rows->owed = 0;
        /* The place is wrong or damaged: look for its leaf itself. */
        if ((rc != SHEAF_ECORRUPT && rc != SHEAF_EVERIFY) || rows->scanned)
            return rc;
        rows->owed = row->leaf;
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

/* ---- IDs with many revisions --------------------------------------------- */

/* More rows than these are many: the redactions of such an ID are looked up
 * once. Otherwise each of its revisions would lead through all of them. */
#define MANY 8
#define MANY_MEMORY ((size_t)4 << 20)
/* The leaf that it names, its own, and its offset; sorted. */
#define MANY_ROW 24

static int
compare_many(const void *a, const void *b)
{
    return memcmp(a, b, MANY_ROW);
}

/* Adds the redactions of an ID to s->redactions. out->rev becomes 0 if all of
 * them are known, or else what is said of a leaf that none of them names. */
static int
add_many(const struct sheaf_reader *r, struct sheaf_scratch *s,
         const uint8_t id_hash[32], struct idset_entry *out,
         struct sheaf_error *err)
{
    struct sheaf_buf *all = &s->redactions.rows;
    struct rows rows = rows_of(r, TABLE_MAP, id_hash);
    uint64_t most = UINT64_MAX, at = all->len, count;
    struct redaction red;
    struct map_row row;
    int rc;

    while ((rc = next_redaction(r, s, &rows, 0, &most, &row, &red, err)) ==
           SHEAF_OK) {
        if (!buf_add_be(all, red.leaf, 8) || !buf_add_be(all, row.leaf, 8) ||
            !buf_add_be(all, row.offset, 8))
            return fail_nomem(err);
    }
    if (rc == SHEAF_ENOMEM || rc == SHEAF_EIO)
        return rc;
    count = (all->len - at) / MANY_ROW;
    if (count != 0)
        qsort(all->data + at, (size_t)count, MANY_ROW, compare_many);
    out->rev = rc == SHEAF_END ? 0 : (uint32_t)-rc;
    put_be(out->leaf_hash, at, 8);
    put_be(out->leaf_hash + 8, count, 8);
    return idset_put(s->redactions.ids, (struct sheaf_bytes){ id_hash, 32 },
                     out, err);
}

/* Which of `count` rows from `at` on is the first that names `leaf`, or one
 * after it. */
static uint64_t
first_naming(const struct sheaf_buf *rows, uint64_t at, uint64_t count,
             uint64_t leaf)
{
    uint64_t low = 0, high = count;

    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        if (get_be(rows->data + at + middle * MANY_ROW, 8) < leaf)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* As reader_redaction_of. */
static int
find_among_many(const struct sheaf_reader *r, struct sheaf_scratch *s,
                uint64_t leaf, const uint8_t id_hash[32],
                const uint8_t hash[32], struct redaction *out,
                struct sheaf_error *err)
{
    struct idset_entry entry = { .rev = 0 };
    struct map_row row = { .redaction = true };
    uint64_t at, count;
    int rc = SHEAF_OK;

    if (s->redactions.ids == NULL)
        rc = idset_new(&s->redactions.ids, MANY_MEMORY, NULL, err);
    if (rc == SHEAF_OK)
        rc = idset_get(s->redactions.ids, (struct sheaf_bytes){ id_hash, 32 },
                       &entry, err);
    if (rc == SHEAF_ENOTFOUND)
        rc = add_many(r, s, id_hash, &entry, err);
    if (rc != SHEAF_OK) { /* the set may be of no more use */
        idset_free(s->redactions.ids);
        s->redactions.ids = NULL;
        s->redactions.rows.len = 0;
        return rc;
    }
    at = get_be(entry.leaf_hash, 8);
    count = get_be(entry.leaf_hash + 8, 8);
    for (uint64_t i = first_naming(&s->redactions.rows, at, count, leaf);
         i < count; i++) {
        const uint8_t *p = s->redactions.rows.data + at + i * MANY_ROW;

        if (get_be(p, 8) != leaf)
            break;
        row.leaf = get_be(p + 8, 8);
        row.offset = get_be(p + 16, 8);
        if (row.leaf <= leaf)
            continue;
        rc = load_redaction(r, s, &row, out, err);
        if (rc != SHEAF_OK || memcmp(out->target, hash, 32) == 0)
            return rc;
    }
    if (entry.rev == 0)
        return SHEAF_END;
    return entry.rev == -SHEAF_EINCOMPLETE
               ? fail(err, SHEAF_EINCOMPLETE, "a redaction of it may be lost")
               : fail_corrupt(
                     err, NO_OFFSET, "F6.7",
                     "it may have been redacted: a redaction of it is "
                     "lost");
}

int
reader_redaction_of(const struct sheaf_reader *r, struct sheaf_scratch *s,
                    uint64_t leaf, const uint8_t id_hash[32],
                    const uint8_t hash[32], struct redaction *out,
                    struct sheaf_error *err)
{
    struct rows rows = rows_of(r, TABLE_MAP, id_hash);
    struct map_row row;
    uint64_t most = MANY;
    int rc;

    do
        rc = next_redaction(r, s, &rows, leaf, &most, &row, out, err);
    while (rc == SHEAF_OK &&
           (out->leaf != leaf || memcmp(out->target, hash, 32) != 0));
    return rc == SHEAF_ESTOPPED
               ? find_among_many(r, s, leaf, id_hash, hash, out, err)
               : rc;
}

/* ---- What it says -------------------------------------------------------- */

int
reader_redaction(const struct sheaf_reader *r, struct sheaf_scratch *s,
                 const struct sheaf_entry *entry, const uint8_t id_hash[32],
                 const uint8_t hash[32], struct sheaf_error *err)
{
    struct redaction red;
    size_t len;
    int rc = reader_redaction_of(r, s, entry->leaf, id_hash, hash, &red, err);

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
reader_redacted(const struct sheaf_reader *r, struct sheaf_scratch *s,
                const struct sheaf_entry *entry, struct sheaf_error *err)
{
    uint8_t hash[32], id_hash[32];
    struct leaf_stored leaf;
    int rc = reader_stored(r, s, entry->offset, &leaf, err);

    if (rc == SHEAF_OK && leaf.type != LEAF_ARTICLE)
        return fail_corrupt(err, entry->offset, "F7.3",
                            "a statement is in the place of an article");
    if (rc == SHEAF_OK)
        rc = reader_check_leaf(r, s, entry->leaf, entry->offset, leaf.hash,
                               err);
    if (rc != SHEAF_OK)
        return rc;
    memcpy(id_hash, leaf.id_hash, sizeof id_hash);
    memcpy(hash, leaf.hash, sizeof hash);
    rc = reader_redaction(r, s, entry, id_hash, hash, err);
    if (rc != SHEAF_END)
        return rc;
    return fail_clause(err, SHEAF_EMISSING, entry->offset, "F6.6",
                       "the article is missing: leaf %llu was removed, and no "
                       "%sredaction says so",
                       (unsigned long long)entry->leaf,
                       r->authentic.done ? "signed " : "");
}
