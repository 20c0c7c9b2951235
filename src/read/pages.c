/*
 * pages.c - pages of tables as they are stored, checked against the top
 * (format.md F8.2).
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/err.h"
#include "format/frame.h"
#include "log/merkle.h"

const struct top_table *
reader_table(const struct sheaf_reader *r, unsigned run, enum table_kind kind)
{
    return &reader_runs(r)->runs[run].tables[kind];
}

/* The key of a page in the cache says what the page is, not where it is:
 * the top is not signed, and may let tables overlap. There are fewer than
 * 2^40 rows. */
uint64_t
reader_page_key(unsigned run, enum table_kind kind, uint64_t page)
{
    return ((uint64_t)run << 4 | kind) << 40 | page;
}

int
reader_page_roots_stored(const struct sheaf_reader *r,
                         struct sheaf_scratch *s, const struct top_table *t,
                         uint64_t block, struct sheaf_error *err)
{
    uint64_t pages = table_block_pages(t->rows, block);
    uint64_t at = table_page_roots_at(t, block);
    uint8_t root[32];
    int rc = reader_read(r, at, (size_t)pages * 32, &s->roots, err);

    if (rc != SHEAF_OK)
        return rc;
    merkle_root(s->roots.data, pages, root);
    return memcmp(root, t->blocks[block].root, 32) == 0
               ? SHEAF_OK
               : fail_corrupt(err, at, "F8.2",
                              "page roots don't give the block's");
}

int
reader_page_stored(const struct sheaf_reader *r, struct sheaf_scratch *s,
                   unsigned run, enum table_kind kind, uint64_t page,
                   struct sheaf_error *err)
{
    const uint64_t per_block = TABLE_BLOCK_ROWS / TABLE_PAGE_ROWS;
    const struct top_table *t = reader_table(r, run, kind);
    size_t rows = table_page_rows(t->rows, page);
    size_t len;
    uint64_t at = table_page_at(kind, t, page, &len);
    int rc = reader_read(r, at, len, &s->packed, err);

    s->page_loaded = false;
    if (rc == SHEAF_OK && !buf_resize(&s->page, rows * table_width(kind)))
        rc = fail_nomem(err);
    return rc == SHEAF_OK
               ? table_unpack(kind, &t->blocks[page / per_block].widths,
                              s->packed.data, rows, at, s->page.data, err)
               : rc;
}

static uint64_t
leaf_of(enum table_kind kind, const uint8_t *row)
{
    struct dir_row dir;
    bool redaction;

    if (kind == TABLE_MAP)
        return map_row_leaf(row, &redaction);
    if (kind == TABLE_URL)
        return url_row_leaf(row);
    dir_row_decode(row, &dir);
    return dir.first_leaf;
}

int
reader_place_page(const struct sheaf_reader *r, const struct sheaf_scratch *s,
                  unsigned run, enum table_kind kind, uint64_t page,
                  struct sheaf_error *err)
{
    static const char *const clauses[TABLE_KINDS] = { "F8.3", "F8.4", "F8.5" };
    const uint64_t per_block = TABLE_BLOCK_ROWS / TABLE_PAGE_ROWS;
    const struct top_run *of = &reader_runs(r)->runs[run];
    const struct top_table *t = &of->tables[kind];
    const struct table_block *b = &t->blocks[page / per_block];
    const size_t width = table_width(kind);
    const uint8_t *last = s->page.data + s->page.len - width;
    int first = memcmp(s->page.data, b->key, TABLE_KEY_SIZE);
    bool right = page % per_block == 0 ? first == 0 : first >= 0;
    size_t len;

    if (page / per_block + 1 < table_blocks(t->rows))
        right = right && memcmp(last, b[1].key, TABLE_KEY_SIZE) <= 0;
    for (const uint8_t *row = s->page.data; right && row <= last;
         row += width) {
        uint64_t leaf = leaf_of(kind, row);

        right = leaf >= of->first && leaf < of->end;
    }
    return right ? SHEAF_OK
                 : fail_corrupt(err, table_page_at(kind, t, page, &len),
                                clauses[kind], "rows of another table");
}

int
reader_prove_page(const struct sheaf_scratch *s, uint64_t page,
                  uint64_t offset, struct sheaf_error *err)
{
    const uint64_t per_block = TABLE_BLOCK_ROWS / TABLE_PAGE_ROWS;
    size_t rows = s->page.len / table_width(TABLE_MAP);
    uint8_t root[32];

    table_page_root(s->page.data, rows, root);
    return memcmp(root, s->roots.data + page % per_block * 32, 32) == 0
               ? SHEAF_OK
               : fail_corrupt(err, offset, "F8.2",
                              "rows of a MAP page don't give its root");
}
