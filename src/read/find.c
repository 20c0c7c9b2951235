/*
 * find.c - from an ID, a URL or a leaf number to a place (format.md F8, F13).
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/err.h"
#include "format/frame.h"
#include "base/hash.h"
#include "base/json.h"
#include "log/merkle.h"

/* ---- Pages -------------------------------------------------------------- */

/* Does the page's root lead to the block's in the top, and so to the seal? */
static int
check_page_root(const struct sheaf_reader *r, struct sheaf_scratch *s,
                const struct top_table *t, uint64_t page, size_t rows,
                struct sheaf_error *err)
{
    const uint64_t per_block = TABLE_BLOCK_ROWS / TABLE_PAGE_ROWS;
    uint64_t block = page / per_block;
    uint64_t block_rows = min_u64(t->rows - block * TABLE_BLOCK_ROWS,
                                  TABLE_BLOCK_ROWS);
    uint64_t pages = table_pages(block_rows);
    uint64_t at = t->offset +
                  block * table_block_bytes(TABLE_MAP, TABLE_BLOCK_ROWS) +
                  table_block_bytes(TABLE_MAP, block_rows) - FRAME_SUM_SIZE -
                  pages * 32;
    const uint8_t *want = t->entries + block * table_block_entry(TABLE_MAP) +
                          TABLE_KEY_SIZE;
    uint8_t root[32];
    int rc = reader_read(r, at, (size_t)pages * 32, &s->roots, err);

    if (rc != SHEAF_OK)
        return rc;
    merkle_root(s->roots.data, pages, root);
    if (memcmp(root, want, 32) != 0)
        return fail_corrupt(err, at, "F8.2",
                            "page roots don't give the block's");
    table_page_root(s->page.data, rows, root);
    if (memcmp(root, s->roots.data + page % per_block * 32, 32) != 0)
        return fail_corrupt(err, s->page_at, "F8.2",
                            "rows of a MAP page don't give its root");
    return SHEAF_OK;
}

int
reader_row(const struct sheaf_reader *r, struct sheaf_scratch *s,
           const struct top_table *t, enum table_kind kind, uint64_t row,
           const uint8_t **out, struct sheaf_error *err)
{
    uint64_t page = row / TABLE_PAGE_ROWS;
    uint64_t at = table_page_at(kind, t->offset, page);
    size_t rows = table_page_rows(t->rows, page);
    size_t width = table_width(kind);
    int rc;

    assert(row < t->rows);
    if (s->page_at != at) {
        s->page_at = 0;
        if (!pagecache_find(r->pages, at, rows * width, &s->page)) {
            rc = reader_read(r, at, rows * width + 8, &s->page, err);
            if (rc == SHEAF_OK)
                rc = table_check_page(kind, s->page.data, rows, at, err);
            if (rc == SHEAF_OK && kind == TABLE_MAP && r->map_trusted)
                rc = check_page_root(r, s, t, page, rows, err);
            if (rc == SHEAF_OK)
                rc = pagecache_add(r->pages, at, s->page.data, rows * width, err);
            if (rc != SHEAF_OK)
                return rc;
        }
        s->page_at = at;
    }
    *out = s->page.data + row % TABLE_PAGE_ROWS * width;
    return SHEAF_OK;
}

/* ---- Searching ---------------------------------------------------------- */

static uint64_t
key_number(const uint8_t *key)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < TABLE_KEY_SIZE; i++)
        v = v << 8 | key[i];
    return v;
}

/* The last block whose first key is below `key`, or the first. */
static uint64_t
find_block(const struct top_table *t, enum table_kind kind,
           const uint8_t key[TABLE_KEY_SIZE])
{
    size_t width = table_block_entry(kind);
    uint64_t lo = 0;
    uint64_t hi = table_blocks(t->rows);

    while (lo < hi) {
        uint64_t mid = lo + (hi - lo) / 2;

        if (memcmp(t->entries + mid * width, key, TABLE_KEY_SIZE) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo != 0 ? lo - 1 : 0;
}

/* Where in [lo, hi) the key should be, if keys were spread evenly. */
static uint64_t
guess(const struct top_table *t, enum table_kind kind, uint64_t block,
      const uint8_t *key, uint64_t pages)
{
    size_t width = table_block_entry(kind);
    const uint8_t *entry = t->entries + block * width;
    uint64_t first = key_number(entry);
    uint64_t next = block + 1 < table_blocks(t->rows)
                        ? key_number(entry + width)
                        : (uint64_t)1 << 48;
    uint64_t k = key_number(key);
    uint64_t at;

    if (kind == TABLE_DIR || k <= first || next <= first)
        return pages / 2;
    at = (uint64_t)((double)(k - first) / (double)(next - first) *
                    (double)pages);
    return at < pages ? at : pages - 1;
}

int
reader_seek(const struct sheaf_reader *r, struct sheaf_scratch *s,
            const struct top_table *t, enum table_kind kind,
            const uint8_t key[TABLE_KEY_SIZE], uint64_t *row,
            struct sheaf_error *err)
{
    const uint64_t per_block = TABLE_BLOCK_ROWS / TABLE_PAGE_ROWS;
    uint64_t block, lo, hi, page;
    size_t width = table_width(kind);
    size_t count, i = 0;
    const uint8_t *rows;

    if (t->rows == 0) {
        *row = 0;
        return SHEAF_OK;
    }
    block = find_block(t, kind, key);
    lo = block * per_block;
    hi = min_u64(lo + per_block, table_pages(t->rows));
    page = lo + guess(t, kind, block, key, hi - lo);
    /* The page wanted is the last in [lo, hi) whose first row is below the
     * key; pages before lo are known to be, those from hi on not to be. */
    for (;;) {
        int rc = reader_row(r, s, t, kind, page * TABLE_PAGE_ROWS, &rows, err);

        if (rc != SHEAF_OK)
            return rc;
        count = table_page_rows(t->rows, page);
        if (memcmp(rows, key, TABLE_KEY_SIZE) >= 0) {
            if (page == lo)
                break;
            hi = page;
            page--;
        } else if (memcmp(rows + (count - 1) * width, key,
                          TABLE_KEY_SIZE) < 0) {
            if (page + 1 >= hi) {
                i = count;
                break;
            }
            lo = page + 1;
            page++;
        } else {
            break;
        }
    }
    while (i < count && memcmp(rows + i * width, key, TABLE_KEY_SIZE) < 0)
        i++;
    *row = page * TABLE_PAGE_ROWS + i;
    return SHEAF_OK;
}

/*
 * Rows of one key, in leaf order: from `first`, `count` of them. After
 * sheaf_authenticate this has loaded, and so checked, the rows on both sides.
 */
static int
key_rows(const struct sheaf_reader *r, struct sheaf_scratch *s,
         const struct top_table *t, enum table_kind kind,
         const uint8_t key[TABLE_KEY_SIZE], uint64_t *first, uint64_t *count,
         struct sheaf_error *err)
{
    uint64_t n = 0;
    int rc = reader_seek(r, s, t, kind, key, first, err);
    const uint8_t *row;

    if (rc != SHEAF_OK)
        return rc;
    if (r->map_trusted && kind == TABLE_MAP && *first != 0) {
        rc = reader_row(r, s, t, kind, *first - 1, &row, err);
        if (rc == SHEAF_OK && memcmp(row, key, TABLE_KEY_SIZE) >= 0)
            rc = fail_corrupt(err, s->page_at, "F8.1", "rows out of order");
        if (rc != SHEAF_OK)
            return rc;
    }
    while (*first + n < t->rows) {
        rc = reader_row(r, s, t, kind, *first + n, &row, err);
        if (rc != SHEAF_OK)
            return rc;
        if (memcmp(row, key, TABLE_KEY_SIZE) != 0)
            break;
        n++;
    }
    *count = n;
    return SHEAF_OK;
}

int
reader_in_map(const struct sheaf_reader *r, struct sheaf_scratch *s,
              struct sheaf_bytes id, uint64_t offset, uint64_t length,
              struct sheaf_error *err)
{
    uint8_t key[TABLE_KEY_SIZE];

    table_key(id, key);
    for (unsigned i = 0; i < r->top.run_count; i++) {
        const struct top_table *t = &r->top.runs[i].tables[TABLE_MAP];
        uint64_t first, count;
        int rc = key_rows(r, s, t, TABLE_MAP, key, &first, &count, err);

        for (uint64_t k = 0; rc == SHEAF_OK && k < count; k++) {
            const uint8_t *bytes;
            struct map_row row;

            rc = reader_row(r, s, t, TABLE_MAP, first + k, &bytes, err);
            if (rc != SHEAF_OK)
                break;
            map_row_decode(bytes, &row);
            if (row.offset == offset && row.length == length)
                return SHEAF_OK;
        }
        if (rc != SHEAF_OK)
            return rc;
    }
    return SHEAF_ENOTFOUND;
}

/* ---- By ID -------------------------------------------------------------- */

/* After sheaf_authenticate a row is passed over only if its leaf is proven to be
 * another's: where the row points to is not in the map. */
static int
pass_over(const struct sheaf_reader *r, struct sheaf_scratch *s,
          const struct sheaf_entry *entry, const uint8_t hash[32],
          struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    if (r->trusted && entry->leaf < r->signed_size)
        rc = reader_check_leaf(r, s, entry->leaf, entry->offset, hash, err);
    return rc == SHEAF_OK ? SHEAF_ENOTFOUND : rc;
}

/* Of a block, the article that is leaf entry->leaf and has this ID, or after
 * sheaf_authenticate, to show that it has another, the one that is that leaf. */
static int
pick_article(const struct sheaf_reader *r, struct sheaf_scratch *s,
             struct sheaf_bytes id, struct sheaf_entry *entry,
             struct sheaf_error *err)
{
    uint8_t hash[32];
    int rc = reader_leaf_hash(r, s, entry->leaf, hash, err);

    if (rc == SHEAF_OK)
        rc = reader_pick(s, &id, hash, &entry->index, err);
    if (rc == SHEAF_ENOTFOUND && reader_tile_damaged(r, s, entry->leaf))
        rc = reader_pick(s, &id, NULL, &entry->index, err);
    if (rc == SHEAF_ENOTFOUND && r->trusted) {
        rc = reader_pick(s, NULL, hash, &entry->index, err);
        if (rc == SHEAF_ENOTFOUND)
            rc = fail_verify(err, entry->offset, "F10.2",
                             "none of these articles is the leaf that the "
                             "tree has");
    }
    return rc;
}

/* A row that points to a stored leaf: a removed article, or a redaction. */
static int
try_stored(const struct sheaf_reader *r, struct sheaf_scratch *s,
           struct sheaf_bytes id, uint32_t rev,
           const struct sheaf_entry *entry, struct sheaf_error *err)
{
    struct leaf_stored leaf;
    uint8_t hash[32];
    int rc = reader_stored(r, s, entry->offset, &leaf, err);

    if (rc != SHEAF_OK)
        return rc;
    hash_blake2b(id.data, id.len, hash);
    if (leaf.type == LEAF_ARTICLE && memcmp(leaf.id_hash, hash, 32) == 0 &&
        (rev == 0 || leaf.rev == rev))
        return reader_redacted(r, s, entry, err);
    return pass_over(r, s, entry, leaf.hash, err);
}

/* Is the article of this row the one that is looked for? */
static int
try_row(const struct sheaf_reader *r, struct sheaf_scratch *s,
        const struct top_table *t, uint64_t row_number, struct sheaf_bytes id,
        uint32_t rev, struct sheaf_entry *out, struct sheaf_error *err)
{
    const uint8_t *bytes;
    struct map_row row;
    int rc = reader_row(r, s, t, TABLE_MAP, row_number, &bytes, err);

    if (rc != SHEAF_OK)
        return rc;
    map_row_decode(bytes, &row);
    out->leaf = row.leaf;
    out->offset = row.offset;
    out->length = row.length;
    out->index = 0;
    rc = reader_load(r, s, out, err);
    if (rc == SHEAF_EREDACTED)
        return try_stored(r, s, id, rev, out, err);
    if (rc == SHEAF_OK && reader_in_block(s))
        rc = pick_article(r, s, id, out, err);
    if (rc != SHEAF_OK)
        return rc;
    if (!bytes_equal(s->article.id, id) ||
        (rev != 0 && s->article.meta.rev != rev))
        return pass_over(r, s, out, s->article.leaf_hash, err);
    return SHEAF_OK;
}

/* ---- Redacted ----------------------------------------------------------- */

/* Does this row lead to the redaction of `entry`, an article with this leaf
 * hash? SHEAF_EREDACTED with the reason if so, SHEAF_ENOTFOUND if not. */
static int
try_redaction(const struct sheaf_reader *r, struct sheaf_scratch *s,
              const struct map_row *row, const struct sheaf_entry *entry,
              const uint8_t hash[32], struct sheaf_error *err)
{
    struct redaction red;
    struct leaf_stored leaf;
    struct frame f;
    size_t len;
    int rc = reader_read(r, row->offset, FRAME_HEAD_SIZE, &s->frame, err);

    s->loaded = false;
    if (rc == SHEAF_OK)
        rc = frame_peek(s->frame.data, s->frame.len, row->offset, r->file_size,
                        &f, err);
    if (rc != SHEAF_OK || strcmp(f.type, "LEF") != 0)
        return rc == SHEAF_OK ? SHEAF_ENOTFOUND : rc;
    rc = reader_stored(r, s, row->offset, &leaf, err);
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
    /* What fits into a message, cut between characters. */
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
    uint8_t key[TABLE_KEY_SIZE];
    uint8_t hash[32];
    struct leaf_stored leaf;
    int rc = reader_stored(r, s, entry->offset, &leaf, err);

    if (rc == SHEAF_OK && leaf.type != LEAF_ARTICLE)
        return fail(err, SHEAF_ENOTFOUND, "leaf is not an article");
    if (rc == SHEAF_OK)
        rc = reader_check_leaf(r, s, entry->leaf, entry->offset, leaf.hash,
                               err);
    if (rc != SHEAF_OK)
        return rc;
    memcpy(key, leaf.id_hash, sizeof key);
    memcpy(hash, leaf.hash, sizeof hash);
    for (uint32_t i = r->top.run_count; i-- > 0;) {
        const struct top_table *t = &r->top.runs[i].tables[TABLE_MAP];
        uint64_t first, count;

        rc = key_rows(r, s, t, TABLE_MAP, key, &first, &count, err);
        while (rc == SHEAF_OK && count-- > 0) {
            const uint8_t *bytes;
            struct map_row row;

            rc = reader_row(r, s, t, TABLE_MAP, first + count, &bytes, err);
            if (rc != SHEAF_OK)
                return rc;
            map_row_decode(bytes, &row);
            if (row.leaf <= entry->leaf)
                continue;
            rc = try_redaction(r, s, &row, entry, hash, err);
            if (rc == SHEAF_ENOTFOUND)
                rc = SHEAF_OK;
        }
        if (rc != SHEAF_OK)
            return rc;
    }
    return fail_corrupt(err, entry->offset, "F6.6",
                        "the article is missing: leaf %llu was removed, and "
                        "no redaction says so",
                        (unsigned long long)entry->leaf);
}

static int
not_there(const struct sheaf_reader *r, struct sheaf_error *err)
{
    if (r->trusted && !r->map_trusted)
        return fail_verify(err, NO_OFFSET, "F9.9",
                           "not found, but %llu of %llu leaves are past the "
                           "signature, so it can't be proven",
                           (unsigned long long)(r->top.size - r->signed_size),
                           (unsigned long long)r->top.size);
    return fail(err, SHEAF_ENOTFOUND, "no such article");
}

int
sheaf_find(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
           const void *id, size_t id_len, uint32_t rev,
           struct sheaf_entry *out, struct sheaf_error *err)
{
    struct sheaf_bytes want = { id, id_len };
    uint8_t key[TABLE_KEY_SIZE];
    struct sheaf_entry entry;

    reader_claim(reader, scratch);
    table_key(want, key);
    for (uint32_t i = reader->top.run_count; i-- > 0;) {
        const struct top_table *t = &reader->top.runs[i].tables[TABLE_MAP];
        uint64_t first, count;
        int rc = key_rows(reader, scratch, t, TABLE_MAP, key, &first, &count,
                          err);

        if (rc != SHEAF_OK)
            return rc;
        while (count-- > 0) {
            rc = try_row(reader, scratch, t, first + count, want, rev, &entry,
                         err);
            if (rc == SHEAF_ENOTFOUND)
                continue;
            if (rc == SHEAF_OK)
                *out = entry;
            return rc;
        }
    }
    return not_there(reader, err);
}

/* ---- By leaf ------------------------------------------------------------ */

static const struct top_run *
run_of(const struct sheaf_reader *r, uint64_t leaf)
{
    for (uint32_t i = 0; i < r->top.run_count; i++) {
        if (leaf < r->top.runs[i].end)
            return &r->top.runs[i];
    }
    return NULL;
}

int
sheaf_locate(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
             uint64_t leaf, struct sheaf_entry *out, struct sheaf_error *err)
{
    const struct top_run *run;
    const struct group *g = &scratch->group;
    struct sheaf_entry entry;
    int rc;

    reader_claim(reader, scratch);
    if (leaf >= reader->top.size)
        return SHEAF_END;
    run = run_of(reader, leaf);
    assert(run != NULL);
    if (scratch->group_at == 0 || leaf < g->first ||
        leaf >= g->first + g->count) {
        const struct top_table *t = &run->tables[TABLE_DIR];
        uint8_t key[TABLE_KEY_SIZE];
        const uint8_t *bytes;
        struct dir_row row;
        uint64_t at;

        for (unsigned i = 0; i < TABLE_KEY_SIZE; i++)
            key[i] = (uint8_t)((leaf + 1) >> 8 * (TABLE_KEY_SIZE - 1 - i));
        rc = reader_seek(reader, scratch, t, TABLE_DIR, key, &at, err);
        if (rc != SHEAF_OK)
            return rc;
        if (at == 0)
            return fail(err, SHEAF_ENOTFOUND, "leaf is not an article");
        rc = reader_row(reader, scratch, t, TABLE_DIR, at - 1, &bytes, err);
        if (rc != SHEAF_OK)
            return rc;
        dir_row_decode(bytes, &row);
        rc = reader_group(reader, scratch, &row, err);
        if (rc != SHEAF_OK)
            return rc;
        if (leaf < g->first || leaf >= g->first + g->count)
            return fail(err, SHEAF_ENOTFOUND, "leaf is not an article");
    }
    entry.leaf = leaf;
    entry.offset = scratch->group_offsets[leaf - g->first];
    entry.length = scratch->group_lengths[leaf - g->first];
    entry.index = scratch->group_index[leaf - g->first];
    if (scratch->group_removed[leaf - g->first])
        return reader_redacted(reader, scratch, &entry, err);
    *out = entry;
    return SHEAF_OK;
}

/* ---- By URL ------------------------------------------------------------- */

static int
try_url(const struct sheaf_reader *r, struct sheaf_scratch *s, uint64_t leaf,
        struct sheaf_bytes url, struct sheaf_entry *out,
        struct sheaf_error *err)
{
    int rc = sheaf_locate(r, s, leaf, out, err);

    if (rc == SHEAF_OK)
        rc = reader_load(r, s, out, err);
    /* It was removed: that its URL is still there breaks F8.4. */
    if (rc != SHEAF_OK)
        return rc == SHEAF_ENOTFOUND || rc == SHEAF_END ||
                       rc == SHEAF_EREDACTED
                   ? fail_corrupt(err, NO_OFFSET, "F8.4",
                                  "a URL row names no article")
                   : rc;
    if (s->article.meta.url.len == 0)
        return SHEAF_ENOTFOUND;
    s->url.len = 0;
    if (!json_string(s->article.meta.url, &s->url))
        return fail_nomem(err);
    return bytes_equal(buf_view(&s->url), url) ? SHEAF_OK : SHEAF_ENOTFOUND;
}

int
sheaf_find_url(const struct sheaf_reader *reader,
               struct sheaf_scratch *scratch, const void *url, size_t url_len,
               struct sheaf_entry *out, struct sheaf_error *err)
{
    struct sheaf_bytes want = { url, url_len };
    uint8_t key[TABLE_KEY_SIZE];
    struct sheaf_entry entry;

    reader_claim(reader, scratch);
    table_key(want, key);
    for (uint32_t i = reader->top.run_count; i-- > 0;) {
        const struct top_table *t = &reader->top.runs[i].tables[TABLE_URL];
        uint64_t first, count;
        int rc = key_rows(reader, scratch, t, TABLE_URL, key, &first, &count,
                          err);

        if (rc != SHEAF_OK)
            return rc;
        while (count-- > 0) {
            const uint8_t *row;

            rc = reader_row(reader, scratch, t, TABLE_URL, first + count, &row,
                            err);
            if (rc != SHEAF_OK)
                return rc;
            {
                uint64_t leaf = 0;

                for (unsigned k = 0; k < 5; k++)
                    leaf = leaf << 8 | row[TABLE_KEY_SIZE + k];
                rc = try_url(reader, scratch, leaf, want, &entry, err);
            }
            if (rc == SHEAF_ENOTFOUND)
                continue;
            if (rc == SHEAF_OK)
                *out = entry;
            return rc;
        }
    }
    return fail(err, SHEAF_ENOTFOUND, "no article with this URL");
}
