/*
 * find.c - from an ID, a URL or a leaf number to a place (format.md F8, F13).
 */
#include "reader.h"

#include "buf.h"
#include "err.h"
#include "frame.h"
#include "hash.h"
#include "json.h"
#include "merkle.h"

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
        return fail_corrupt(err, at, "F8.2", "page roots don't give the block's");
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
        rc = reader_read(r, at, rows * width + 8, &s->page, err);
        if (rc == SHEAF_OK)
            rc = table_check_page(kind, s->page.data, rows, at, err);
        if (rc == SHEAF_OK && kind == TABLE_MAP && r->map_trusted)
            rc = check_page_root(r, s, t, page, rows, err);
        if (rc != SHEAF_OK)
            return rc;
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
        } else if (memcmp(rows + (count - 1) * width, key, TABLE_KEY_SIZE) < 0) {
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
 * sheaf_trust this has loaded, and so checked, the rows on both sides.
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

/* ---- By ID -------------------------------------------------------------- */

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
    rc = reader_load(r, s, out, err);
    if (rc != SHEAF_OK)
        return rc;
    if (!bytes_equal(s->article.id, id) ||
        (rev != 0 && s->article.meta.rev != rev))
        return SHEAF_ENOTFOUND;
    return SHEAF_OK;
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
    out->leaf = leaf;
    out->offset = scratch->group_offsets[leaf - g->first];
    out->length = scratch->group_lengths[leaf - g->first];
    return SHEAF_OK;
}

/* ---- By URL ------------------------------------------------------------- */

static int
try_url(const struct sheaf_reader *r, struct sheaf_scratch *s, uint64_t leaf,
        struct sheaf_bytes url, struct sheaf_entry *out,
        struct sheaf_error *err)
{
    struct sheaf_buf text = { 0 };
    int rc = sheaf_locate(r, s, leaf, out, err);

    if (rc == SHEAF_OK)
        rc = reader_load(r, s, out, err);
    if (rc != SHEAF_OK)
        return rc == SHEAF_ENOTFOUND || rc == SHEAF_END
                   ? fail_corrupt(err, NO_OFFSET, "F8.4",
                                  "a URL row names no article")
                   : rc;
    if (s->article.meta.url.len == 0)
        return SHEAF_ENOTFOUND;
    if (!json_string(s->article.meta.url, &text))
        rc = fail_nomem(err);
    else if (!bytes_equal(buf_view(&text), url))
        rc = SHEAF_ENOTFOUND;
    sheaf_buf_free(&text);
    return rc;
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
