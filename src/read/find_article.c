/*
 * find_article.c - from an ID, a URL or a leaf number to an article (format.md
 * F8, F13).
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/json.h"
#include "read/damage_source.h"

/* From so many questions on, others are to be expected. */
#define FEW_ASKED 4

/* ---- Lost generations ---------------------------------------------------- */

/* F13.6. Where later generations are lost, nobody knows what is newest. */
static int
check_all_read(const struct sheaf_reader *r, struct sheaf_error *err)
{
    return r->lost_leaves == 0
               ? SHEAF_OK
               : fail(err, SHEAF_EINCOMPLETE,
                      "the last leaves (%llu or more) are lost, and one of "
                      "them may be a newer revision",
                      (unsigned long long)r->lost_leaves);
}

static int
not_found(const struct sheaf_reader *r, const char *message,
          struct sheaf_error *err)
{
    return r->lost_leaves == 0
               ? fail(err, SHEAF_ENOTFOUND, "%s", message)
               : fail(err, SHEAF_EINCOMPLETE,
                      "%s among those that can be read: the last leaves (%llu "
                      "or more) are lost",
                      message, (unsigned long long)r->lost_leaves);
}

/* ---- What a row leads to ------------------------------------------------- */

/* A row is skipped only if its leaf belongs to another ID with the same key:
 * the map gives the leaf number of a row, and with a key proves it, but not its
 * place. */
static int
pass_over(const struct sheaf_reader *r, struct sheaf_scratch *s,
          const struct map_row *row, const uint8_t id_hash[32],
          const uint8_t hash[32], struct sheaf_error *err)
{
    int rc = reader_check_leaf(r, s, row->leaf, row->offset, hash, err);

    if (rc == SHEAF_OK && memcmp(id_hash, row->key, TABLE_KEY_SIZE) != 0)
        rc = fail_corrupt(err, row->offset, "F8.3",
                          "another article is in the place of a row's");
    return rc == SHEAF_OK ? SHEAF_ENOTFOUND : rc;
}

/* Of a block, picks the article that is this leaf and has this ID. If there is
 * none, picks the article that is this leaf, to show that it has another
 * ID. */
static int
pick_article(const struct sheaf_reader *r, struct sheaf_scratch *s,
             struct sheaf_bytes id, struct sheaf_entry *entry,
             struct sheaf_error *err)
{
    uint8_t hash[32];
    int rc = reader_leaf_hash(r, s, entry->leaf, hash, err);

    if (rc == SHEAF_OK)
        rc = reader_pick(s, &id, hash, &entry->index, err);
    if (rc == SHEAF_ENOTFOUND && !r->authentic.done) {
        /* It may have been read from a damaged tile. */
        rc = reader_tree_hash(r, s, entry->leaf, hash, err);
        if (rc == SHEAF_OK || rc == SHEAF_ECORRUPT)
            rc = reader_pick(s, &id, rc == SHEAF_OK ? hash : NULL,
                             &entry->index, err);
    }
    if (rc == SHEAF_ENOTFOUND) {
        rc = reader_pick(s, NULL, hash, &entry->index, err);
        if (rc == SHEAF_ENOTFOUND)
            rc = fail_verify(err, entry->offset, "F10.2",
                             "none of these articles is the leaf that the "
                             "tree has");
    }
    return rc;
}

/* A row that leads to a LEF frame: a removed article, or a redaction. */
static int
follow_stored(const struct sheaf_reader *r, struct sheaf_scratch *s,
              const struct map_row *row, struct sheaf_bytes id,
              struct found *out, struct sheaf_error *err)
{
    struct leaf_stored leaf;
    uint8_t hash[32];
    int rc = reader_stored(r, s, row->offset, &leaf, err);

    if (rc != SHEAF_OK)
        return rc;
    hash_blake2b(id.data, id.len, hash);
    if (leaf.type != LEAF_ARTICLE || memcmp(leaf.id_hash, hash, 32) != 0)
        return pass_over(r, s, row, leaf.id_hash, leaf.hash, err);
    out->removed = true;
    out->rev = leaf.rev;
    memcpy(out->hash, leaf.hash, sizeof out->hash);
    return reader_check_leaf(r, s, row->leaf, row->offset, leaf.hash, err);
}

/* The article of a row is not in its place. Its group may say another one, or
 * that one may have been put right. */
static int
load_elsewhere(const struct sheaf_reader *r, struct sheaf_scratch *s,
               struct sheaf_entry *entry, struct sheaf_error *err)
{
    uintptr_t epoch = moved_epoch(&r->source);
    struct sheaf_error why = { 0 };
    struct sheaf_entry found;
    int rc = reader_locate(r, s, entry->leaf, &found, &why);

    if (rc == SHEAF_ENOMEM || rc == SHEAF_EIO) {
        if (err != NULL)
            *err = why;
        return rc;
    }
    if (rc != SHEAF_OK ||
        (found.offset == entry->offset && moved_epoch(&r->source) == epoch))
        return SHEAF_ECORRUPT;
    *entry = found;
    return reader_load(r, s, entry, err);
}

int
reader_follow(const struct sheaf_reader *r, struct sheaf_scratch *s,
              const struct map_row *row, struct sheaf_bytes id,
              struct found *out, struct sheaf_error *err)
{
    const struct article *a = &s->article;
    struct expected e;
    int rc;

    *out = (struct found){ .entry = { .leaf = row->leaf,
                                      .offset = row->offset,
                                      .length = row->length } };
    expect_begin(&e, r);
    expect_article(&e, row);
    expect_now(&e);
    /* Of a block, the article last asked for may be asked for again. */
    if (s->loaded.there && s->loaded.offset == row->offset)
        out->entry.index = s->loaded.index;
    rc = reader_load(r, s, &out->entry, err);
    if (rc == SHEAF_ECORRUPT)
        rc = load_elsewhere(r, s, &out->entry, err);
    if (rc == SHEAF_EREDACTED)
        return follow_stored(r, s, row, id, out, err);
    if (rc == SHEAF_OK && reader_in_block(s))
        rc = pick_article(r, s, id, &out->entry, err);
    if (rc != SHEAF_OK)
        return rc;
    if (!bytes_equal(a->id, id))
        return pass_over(r, s, row, leaf_id_hash(a->leaf.record), a->leaf_hash,
                         err);
    out->rev = (uint32_t)a->meta.rev;
    memcpy(out->hash, a->leaf_hash, 32);
    return r->authentic.done ? reader_check_leaf(r, s, row->leaf, row->offset,
                                                 a->leaf_hash, err)
                             : SHEAF_OK;
}

/* The pages with the rows of a key are fetched at once. */
static struct rows
begin_rows(const struct sheaf_reader *r, enum table_kind kind,
           const uint8_t key[TABLE_KEY_SIZE])
{
    struct expected e;

    expect_begin(&e, r);
    expect_key(&e, kind, key);
    expect_now(&e);
    return rows_of(r, kind, key);
}

/* The same for a question of many, as in a listing: whole blocks are then
 * fetched. */
static struct rows
begin_many_rows(const struct sheaf_reader *r, struct sheaf_scratch *s,
                const uint8_t key[TABLE_KEY_SIZE])
{
    struct expected e;

    if (s->asked < FEW_ASKED) {
        s->asked++;
        return begin_rows(r, TABLE_MAP, key);
    }
    expect_begin(&e, r);
    expect_blocks(&e, TABLE_MAP, key);
    expect_now(&e);
    return rows_of(r, TABLE_MAP, key);
}

/* ---- By ID --------------------------------------------------------------- */

/* An article that was redacted may have been put back. What the redaction says
 * holds. */
static int
check_standing(const struct sheaf_reader *r, struct sheaf_scratch *s,
               struct sheaf_bytes id, const struct sheaf_entry *entry,
               const uint8_t hash[32], struct sheaf_error *err)
{
    uint8_t id_hash[32];

    hash_blake2b(id.data, id.len, id_hash);
    return reader_standing(r, s, entry, id_hash, hash, err);
}

int
sheaf_find(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
           struct sheaf_bytes id, uint32_t rev, struct sheaf_entry *out,
           struct sheaf_error *err)
{
    uint8_t key[TABLE_KEY_SIZE];
    struct map_row row;
    struct found found;
    struct rows rows;
    bool passed = false; /* a newer row, which may be a redaction's */
    int rc;

    reader_claim(reader, scratch);
    table_key(id, key);
    /* The newest leaf comes first, so the first match is the newest
     * revision. A removed article is a match: its ID was redacted. */
    rows = begin_rows(reader, TABLE_MAP, key);
    while ((rc = rows_next_map(reader, scratch, &rows, &row, err)) ==
           SHEAF_OK) {
        rc = row.redaction
                 ? SHEAF_ENOTFOUND
                 : reader_follow(reader, scratch, &row, id, &found, err);
        if (rc == SHEAF_ENOTFOUND ||
            (rc == SHEAF_OK && rev != 0 && found.rev != rev)) {
            passed = true;
            continue;
        }
        /* With a key, it may be its redaction, too. */
        if (rc == SHEAF_OK && (rev == 0 || reader->authentic.done) &&
            rows.lost != 0)
            rc =
                fail(err, SHEAF_EINCOMPLETE,
                     "the index is damaged, and one of %llu lost articles may "
                     "be a newer revision",
                     (unsigned long long)rows.lost);
        if (rc == SHEAF_OK && rev == 0)
            rc = check_all_read(reader, err);
        if (rc == SHEAF_OK && found.removed)
            rc = reader_redacted(reader, scratch, &found.entry, err);
        else if (rc == SHEAF_OK && passed)
            rc = check_standing(reader, scratch, id, &found.entry, found.hash,
                                err);
        if (rc == SHEAF_OK)
            *out = found.entry;
        return rc;
    }
    return rc == SHEAF_END ? not_found(reader, "no such article", err) : rc;
}

int
sheaf_hint(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
           struct sheaf_bytes id, uint64_t *offset, struct sheaf_error *err)
{
    uint8_t key[TABLE_KEY_SIZE];
    struct map_row row;
    struct rows rows;
    int rc;

    reader_claim(reader, scratch);
    table_key(id, key);
    rows = begin_rows(reader, TABLE_MAP, key);
    rc = rows_next_map(reader, scratch, &rows, &row, err);
    if (rc == SHEAF_OK)
        *offset = row.offset;
    return rc == SHEAF_END ? not_found(reader, "no such article", err) : rc;
}

int
sheaf_is_newest(const struct sheaf_reader *reader,
                struct sheaf_scratch *scratch, struct sheaf_bytes id,
                uint64_t leaf, int *out, struct sheaf_error *err)
{
    uint8_t key[TABLE_KEY_SIZE];
    struct map_row row;
    struct found found;
    struct rows rows;
    const struct sheaf_entry entry = { .leaf = leaf };
    uint8_t hash[32];
    bool failed = false, newer = false;
    int rc;

    reader_claim(reader, scratch);
    table_key(id, key);
    rows = begin_many_rows(reader, scratch, key);
    *out = 1;
    while ((rc = rows_next_map(reader, scratch, &rows, &row, err)) ==
           SHEAF_OK) {
        /* The map proves the leaf of a row, but not its offset. */
        if (row.leaf <= leaf)
            continue;
        newer = true;
        if (row.redaction)
            continue;
        rc = reader_follow(reader, scratch, &row, id, &found, err);
        if ((rc == SHEAF_ECORRUPT || rc == SHEAF_EVERIFY) && !rows.scanned) {
            failed = true;
            rc = rows_scan(reader, scratch, &rows, err);
            if (rc != SHEAF_OK)
                return rc;
            continue;
        }
        if (rc != SHEAF_ENOTFOUND) {
            *out = 0;
            return rc;
        }
    }
    /* The row that led nowhere is that of a lost article. */
    if (failed && (rc == SHEAF_END || rc == SHEAF_EINCOMPLETE)) {
        *out = rows.lost == 0;
        rc = SHEAF_END;
    }
    if (rc != SHEAF_END)
        return rc;
    if (rows.lost != 0 && !failed)
        return fail(err, SHEAF_EINCOMPLETE,
                    "the index is damaged, and one of %llu lost articles may "
                    "be a newer revision",
                    (unsigned long long)rows.lost);
    if (newer && *out != 0) {
        rc = reader_tree_hash(reader, scratch, leaf, hash, err);
        if (rc == SHEAF_OK)
            rc = check_standing(reader, scratch, id, &entry, hash, err);
        if (rc != SHEAF_OK)
            return rc;
    }
    return *out != 0 ? check_all_read(reader, err) : SHEAF_OK;
}

/* ---- By leaf ------------------------------------------------------------- */

int
sheaf_locate(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
             uint64_t leaf, struct sheaf_entry *out, struct sheaf_error *err)
{
    struct sheaf_entry entry;
    int rc;

    reader_claim(reader, scratch);
    rc = reader_locate(reader, scratch, leaf, &entry, err);
    if (rc == SHEAF_EREDACTED)
        return reader_redacted(reader, scratch, &entry, err);
    if (rc == SHEAF_OK)
        *out = entry;
    return rc;
}

/* ---- By URL -------------------------------------------------------------- */

/* Whether the article of this row has that URL: the row has only the first
 * bits of its hash. With others, it is not the article of the row. */
static int
try_url(const struct sheaf_reader *r, struct sheaf_scratch *s,
        const uint8_t *row, struct sheaf_bytes url, struct sheaf_entry *out,
        struct sheaf_error *err)
{
    uint8_t key[TABLE_KEY_SIZE], other[TABLE_KEY_SIZE];
    int rc;

    memcpy(key, row, sizeof key); /* loading may replace the page */
    rc = reader_locate(r, s, url_row_leaf(row), out, err);

    if (rc == SHEAF_OK)
        rc = reader_load(r, s, out, err);
    /* A row whose article was removed breaks F8.4. */
    if (rc != SHEAF_OK)
        return rc == SHEAF_ENOTFOUND || rc == SHEAF_END ||
                       rc == SHEAF_EREDACTED
                   ? fail_corrupt(err, NO_OFFSET, "F8.4",
                                  "a URL row names no article")
                   : rc;
    s->url.len = 0;
    if (s->article.meta.url.len != 0 &&
        !json_string(s->article.meta.url, &s->url))
        return fail_nomem(err);
    if (s->article.meta.url.len != 0 && bytes_equal(buf_view(&s->url), url))
        return SHEAF_OK;
    table_url_key(buf_view(&s->url), other);
    return memcmp(key, other, sizeof key) == 0
               ? SHEAF_ENOTFOUND
               : fail_corrupt(err, out->offset, "F8.4",
                              "another article is in the place of a row's");
}

int
sheaf_find_url(const struct sheaf_reader *reader,
               struct sheaf_scratch *scratch, struct sheaf_bytes url,
               struct sheaf_entry *out, struct sheaf_error *err)
{
    uint8_t key[TABLE_KEY_SIZE];
    struct sheaf_entry entry;
    const uint8_t *row;
    struct rows rows;
    int rc;

    reader_claim(reader, scratch);
    table_url_key(url, key);
    rows = begin_rows(reader, TABLE_URL, key);
    while ((rc = rows_next(reader, scratch, &rows, &row, err)) == SHEAF_OK) {
        rc = try_url(reader, scratch, row, url, &entry, err);
        if (rc == SHEAF_OK)
            rc = check_all_read(reader, err);
        if (rc == SHEAF_OK)
            *out = entry;
        if (rc != SHEAF_ENOTFOUND)
            return rc;
    }
    return rc == SHEAF_END
               ? not_found(reader, "no article with this URL", err)
               : rc;
}
