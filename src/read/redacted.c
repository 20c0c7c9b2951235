/*
 * redacted.c - why an article is missing (format.md F6.6, F6.7).
 */
#include "read/reader.h"

#include "base/err.h"
#include "format/frame.h"

/* Whether there is a LEF frame at `offset`. SHEAF_ENOTFOUND: another frame. */
static int
is_stored(const struct sheaf_reader *r, struct sheaf_scratch *s,
          uint64_t offset, struct sheaf_error *err)
{
    int rc = reader_read(r, offset, FRAME_HEAD_SIZE, &s->frame, err);

    if (rc != SHEAF_OK)
        return rc;
    return frame_type_at(s->frame.data, s->frame.len) == FRAME_LEF
               ? SHEAF_OK
               : SHEAF_ENOTFOUND;
}

/* A row that leads to an article. The map proves its leaf number, but not its
 * place: with a key, the article there must be that leaf. Otherwise the row
 * could be that of a redaction. SHEAF_ENOTFOUND: it is. */
static int
pass_article(const struct sheaf_reader *r, struct sheaf_scratch *s,
             const struct map_row *row, struct sheaf_error *err)
{
    struct sheaf_entry entry = { .leaf = row->leaf,
                                 .offset = row->offset,
                                 .length = row->length };
    uint8_t hash[32];
    int rc;

    if (!r->authentic.done)
        return SHEAF_ENOTFOUND;
    rc = reader_load(r, s, &entry, err);
    if (rc == SHEAF_OK)
        rc = reader_leaf_hash(r, s, row->leaf, hash, err);
    if (rc == SHEAF_OK && reader_in_block(s))
        rc = reader_pick(s, NULL, hash, &entry.index, err);
    else if (rc == SHEAF_OK && memcmp(s->article.leaf_hash, hash, 32) != 0)
        rc = SHEAF_ENOTFOUND;
    if (rc == SHEAF_OK)
        return SHEAF_ENOTFOUND;
    return rc != SHEAF_ENOTFOUND
               ? rc
               : fail_verify(err, row->offset, "F10.2",
                             "the article is not the leaf that the tree has");
}

/* Follows a row that may lead to the redaction of `entry`, an article with
 * this leaf hash. SHEAF_EREDACTED with the reason if it does,
 * SHEAF_ENOTFOUND if not. */
static int
try_redaction(const struct sheaf_reader *r, struct sheaf_scratch *s,
              const struct map_row *row, const struct sheaf_entry *entry,
              const uint8_t hash[32], struct sheaf_error *err)
{
    struct redaction red;
    struct leaf_stored leaf;
    size_t len;
    int rc = is_stored(r, s, row->offset, err);

    if (rc != SHEAF_OK)
        return rc == SHEAF_ENOTFOUND ? pass_article(r, s, row, err) : rc;
    rc = reader_stored(r, s, row->offset, &leaf, err);
    if (rc == SHEAF_OK && r->authentic.done)
        rc = reader_check_leaf(r, s, row->leaf, row->offset, leaf.hash, err);
    if (rc == SHEAF_OK && leaf.type != LEAF_REDACTION)
        return SHEAF_ENOTFOUND;
    if (rc == SHEAF_OK)
        rc = redaction_decode(&leaf, row->offset, &red, err);
    if (rc != SHEAF_OK)
        return rc;
    if (red.leaf != entry->leaf || memcmp(red.target, hash, 32) != 0)
        return SHEAF_ENOTFOUND;
    rc = reader_check_leaf(r, s, row->leaf, row->offset, leaf.hash, err);
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
reader_redaction(const struct sheaf_reader *r, struct sheaf_scratch *s,
                 const struct sheaf_entry *entry, const uint8_t id_hash[32],
                 const uint8_t hash[32], struct sheaf_error *err)
{
    struct map_row row;
    struct rows rows = rows_of(r, TABLE_MAP, id_hash);
    int rc;

    while ((rc = rows_next_map(r, s, &rows, &row, err)) == SHEAF_OK) {
        if (row.leaf <= entry->leaf)
            continue;
        rc = try_redaction(r, s, &row, entry, hash, err);
        /* The place is wrong or damaged: look for its leaf itself. */
        if ((rc == SHEAF_ECORRUPT || rc == SHEAF_EVERIFY) &&
            r->authentic.done && !rows.scanned)
            rc = rows_scan(r, s, &rows, err);
        else if (rc != SHEAF_ENOTFOUND)
            return rc;
        if (rc != SHEAF_OK && rc != SHEAF_ENOTFOUND)
            return rc;
    }
    return rc;
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
    rc = reader_redaction(r, s, entry, id_hash, hash, err);
    if (rc != SHEAF_END)
        return rc;
    return fail_clause(err, SHEAF_EMISSING, entry->offset, "F6.6",
                       "the article is missing: leaf %llu was removed, and no "
                       "%sredaction says so",
                       (unsigned long long)entry->leaf,
                       r->authentic.done ? "signed " : "");
}
