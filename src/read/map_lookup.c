/*
 * map_lookup.c - looking up a key in the map and the other tables (format.md
 * F8): its place, and all of its rows. Damaged pages are derived.
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "format/frame.h"
#include "log/merkle.h"
#include "read/damage_rebuild.h"

/* ---- Pages --------------------------------------------------------------- */

/* Checks that the root of the page in s->page leads to the root of its block
 * in the top. With a key, that leads to the root of the run, which the seal
 * states. */
static int
prove_page(const struct sheaf_reader *r, struct sheaf_scratch *s, unsigned run,
           uint64_t page, struct sheaf_error *err)
{
    const struct top_table *t = reader_table(r, run, TABLE_MAP);
    uint64_t block = page / (TABLE_BLOCK_ROWS / TABLE_PAGE_ROWS);
    struct sheaf_error why = { 0 };
    int rc = reader_page_roots_stored(r, s, t, block, &why);
    size_t len;

    if (rc == SHEAF_ECORRUPT)
        rc = rebuild_page_roots(r, s, run, block, &why, err);
    else if (rc != SHEAF_OK && err != NULL)
        *err = why;
    return rc == SHEAF_OK
               ? reader_prove_page(s, page,
                                   table_page_at(TABLE_MAP, t, page, &len),
                                   err)
               : rc;
}

/* Reads a page into s->page and checks it; derives it if it is damaged. */
static int
load_page(const struct sheaf_reader *r, struct sheaf_scratch *s, unsigned run,
          enum table_kind kind, uint64_t page, struct sheaf_error *err)
{
    bool proven = kind == TABLE_MAP && r->authentic.done;
    struct sheaf_error why = { 0 };
    int rc = reader_page_stored(r, s, run, kind, page, &why);

    if (rc == SHEAF_OK)
        rc = proven ? prove_page(r, s, run, page, &why)
                    : reader_place_page(r, s, run, kind, page, &why);
    if (rc == SHEAF_ECORRUPT) {
        /* Rows of a scan may be of articles that stand in a wrong place. */
        rc = rebuild_page(r, s, run, kind, page, &why, err);
        if (rc == SHEAF_OK && kind == TABLE_MAP)
            rc = prove_page(r, s, run, page, err);
    } else if (rc != SHEAF_OK && err != NULL) {
        *err = why;
    }
    return rc;
}

int
reader_row(const struct sheaf_reader *r, struct sheaf_scratch *s, unsigned run,
           enum table_kind kind, uint64_t row, const uint8_t **out,
           struct sheaf_error *err)
{
    const struct top_table *t = reader_table(r, run, kind);
    uint64_t page = row / TABLE_PAGE_ROWS;
    uint64_t key = reader_page_key(run, kind, page);
    size_t width = table_width(kind);
    size_t size = table_page_rows(t->rows, page) * width;

    assert(row < t->rows);
    if (!s->page_loaded || s->page_key != key) {
        s->page_loaded = false;
        if (!pagecache_find(r->pages, key, size, &s->page)) {
            int rc = load_page(r, s, run, kind, page, err);

            if (rc == SHEAF_OK)
                rc = pagecache_add(r->pages, key, s->page.data, size, err);
            if (rc != SHEAF_OK)
                return rc;
        }
        s->page_key = key;
        s->page_loaded = true;
    }
    *out = s->page.data + row % TABLE_PAGE_ROWS * width;
    return SHEAF_OK;
}

/* ---- Searching ---------------------------------------------------------- */

static uint64_t
get_key(const uint8_t *key)
{
    return get_be(key, TABLE_KEY_SIZE);
}

/* Finds the last block whose first key is below `key`, or else the first
 * block. */
static uint64_t
find_block(const struct top_table *t, const uint8_t key[TABLE_KEY_SIZE])
{
    uint64_t lo = 0;
    uint64_t hi = table_blocks(t->rows);

    while (lo < hi) {
        uint64_t mid = lo + (hi - lo) / 2;

        if (memcmp(t->blocks[mid].key, key, TABLE_KEY_SIZE) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo != 0 ? lo - 1 : 0;
}

/* The page of [0, pages) of a block in which the key should be, if keys
 * were spread evenly. They are, since they are hashes. */
static uint64_t
guess(const struct top_table *t, enum table_kind kind, uint64_t block,
      const uint8_t *key, uint64_t pages)
{
    uint64_t first = get_key(t->blocks[block].key);
    uint64_t next = block + 1 < table_blocks(t->rows)
                        ? get_key(t->blocks[block + 1].key)
                        : (uint64_t)1 << 48;
    uint64_t k = get_key(key);
    uint64_t at;

    if (kind == TABLE_DIR || k <= first || next <= first)
        return pages / 2;
    at = (uint64_t)((double)(k - first) / (double)(next - first) *
                    (double)pages);
    return at < pages ? at : pages - 1;
}

void
reader_key_rows(const struct sheaf_reader *r, unsigned run,
                enum table_kind kind, const uint8_t key[TABLE_KEY_SIZE],
                uint64_t *first, uint64_t *last)
{
    const struct top_table *t = reader_table(r, run, kind);
    uint64_t block = find_block(t, key);
    uint64_t before = block * TABLE_BLOCK_ROWS;
    uint64_t rows = t->rows != 0 ? table_block_rows(t->rows, block) : 0;
    uint64_t from, to, k, at, spread, margin = 0;

    *first = *last = 0;
    if (rows == 0)
        return;
    from = get_key(t->blocks[block].key);
    to = block + 1 < table_blocks(t->rows)
             ? get_key(t->blocks[block + 1].key)
             : (uint64_t)1 << 48;
    k = get_key(key);
    k = k > from ? min_u64(k, to) - from : 0;
    at = to > from ? (uint64_t)((double)k / (double)(to - from) *
                                (double)rows)
                   : rows / 2;
    /* How many of `rows` keys are below this one is distributed binomially.
     * Four times its standard deviation is enough. */
    spread = (uint64_t)((double)at * (double)(rows - at) / (double)rows);
    while (margin * margin < spread)
        margin++;
    margin = 4 * margin + 2; /* and the rows on both sides */
    at += before;
    *first = at > margin ? at - margin : 0;
    *last = min_u64(at + margin + 1, t->rows);
}

/* Keys are spread evenly, unless one has many rows: after so many pages beside
 * the one that was guessed, the search goes on by halves. */
#define BESIDE 2

/* reader_seek without the proof. Interpolation finds the page in about one
 * read. */
static int
seek(const struct sheaf_reader *r, struct sheaf_scratch *s, unsigned run,
     enum table_kind kind, const uint8_t key[TABLE_KEY_SIZE], uint64_t *row,
     struct sheaf_error *err)
{
    const uint64_t per_block = TABLE_BLOCK_ROWS / TABLE_PAGE_ROWS;
    const struct top_table *t = reader_table(r, run, kind);
    uint64_t block, lo, hi, page;
    size_t width = table_width(kind);
    size_t count, i = 0;
    unsigned beside = 0;
    const uint8_t *rows;

    if (t->rows == 0) {
        *row = 0;
        return SHEAF_OK;
    }
    block = find_block(t, key);
    lo = block * per_block;
    hi = min_u64(lo + per_block, table_pages(t->rows));
    page = lo + guess(t, kind, block, key, hi - lo);
    /* Look for the last page in [lo, hi) whose first row is below the key.
     * Pages before lo are known to be below it; pages from hi on are known
     * not to be. */
    for (;;) {
        int rc = reader_row(r, s, run, kind, page * TABLE_PAGE_ROWS, &rows,
                            err);

        if (rc != SHEAF_OK)
            return rc;
        count = table_page_rows(t->rows, page);
        if (memcmp(rows, key, TABLE_KEY_SIZE) >= 0) {
            if (page == lo)
                break;
            hi = page;
            page = beside++ < BESIDE ? page - 1 : lo + (hi - lo) / 2;
        } else if (memcmp(rows + (count - 1) * width, key, TABLE_KEY_SIZE) <
                   0) {
            if (page + 1 >= hi) {
                i = count;
                break;
            }
            lo = page + 1;
            page = beside++ < BESIDE ? page + 1 : lo + (hi - lo) / 2;
        } else {
            break;
        }
    }
    while (i < count) {
        size_t mid = i + (count - i) / 2;

        if (memcmp(rows + mid * width, key, TABLE_KEY_SIZE) < 0)
            i = mid + 1;
        else
            count = mid;
    }
    *row = page * TABLE_PAGE_ROWS + i;
    return SHEAF_OK;
}

/* The same without the first keys in the top, which nobody has signed: by
 * halves. */
static int
bisect(const struct sheaf_reader *r, struct sheaf_scratch *s, unsigned run,
       enum table_kind kind, const uint8_t key[TABLE_KEY_SIZE], uint64_t *row,
       struct sheaf_error *err)
{
    const struct top_table *t = reader_table(r, run, kind);
    uint64_t lo = 0;
    uint64_t hi = t->rows;

    while (lo < hi) {
        uint64_t mid = lo + (hi - lo) / 2;
        const uint8_t *at;
        int rc = reader_row(r, s, run, kind, mid, &at, err);

        if (rc != SHEAF_OK)
            return rc;
        if (memcmp(at, key, TABLE_KEY_SIZE) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    *row = lo;
    return SHEAF_OK;
}

/* Checks that the key belongs between the rows `row` - 1 and `row`, so that no
 * row of the key can be missing; with a key, that is a proof. SHEAF_ENOTFOUND:
 * it does not belong there. */
static int
prove_place(const struct sheaf_reader *r, struct sheaf_scratch *s,
            unsigned run, const uint8_t key[TABLE_KEY_SIZE], uint64_t row,
            struct sheaf_error *err)
{
    const uint8_t *at;
    bool right = true;
    int rc = SHEAF_OK;

    if (row < reader_table(r, run, TABLE_MAP)->rows) {
        rc = reader_row(r, s, run, TABLE_MAP, row, &at, err);
        right = rc == SHEAF_OK && memcmp(at, key, TABLE_KEY_SIZE) >= 0;
    }
    if (rc == SHEAF_OK && right && row > 0) {
        rc = reader_row(r, s, run, TABLE_MAP, row - 1, &at, err);
        right = rc == SHEAF_OK && memcmp(at, key, TABLE_KEY_SIZE) < 0;
    }
    return rc == SHEAF_OK && !right ? SHEAF_ENOTFOUND : rc;
}

int
reader_seek(const struct sheaf_reader *r, struct sheaf_scratch *s,
            unsigned run, enum table_kind kind,
            const uint8_t key[TABLE_KEY_SIZE], uint64_t *row,
            struct sheaf_error *err)
{
    int rc = seek(r, s, run, kind, key, row, err);

    if (rc != SHEAF_OK || kind != TABLE_MAP)
        return rc;
    rc = prove_place(r, s, run, key, *row, err);
    if (rc != SHEAF_ENOTFOUND)
        return rc;
    rc = bisect(r, s, run, kind, key, row, err);
    if (rc == SHEAF_OK)
        rc = prove_place(r, s, run, key, *row, err);
    return rc == SHEAF_ENOTFOUND
               ? fail_corrupt(err, reader_table(r, run, kind)->offset, "F8.1",
                              "rows out of order")
               : rc;
}

/* With more rows than this, an ID has the end of them searched. */
#define FEW_ROWS 8

/* ---- The rows of a key --------------------------------------------------- */

struct rows
rows_of(const struct sheaf_reader *r, enum table_kind kind,
        const uint8_t key[TABLE_KEY_SIZE])
{
    struct rows rows = { .kind = kind, .run = reader_runs(r)->run_count };

    memcpy(rows.key, key, sizeof rows.key);
    return rows;
}

/* Checks that the first row of a page comes after the last one before it. */
static int
check_page_order(const struct sheaf_reader *r, struct sheaf_scratch *s,
                 const struct rows *rows, uint64_t page,
                 struct sheaf_error *err)
{
    const struct top_table *t = reader_table(r, rows->run, rows->kind);
    uint64_t first = page * TABLE_PAGE_ROWS;
    uint8_t before[TABLE_ENTRY_SIZE];
    const uint8_t *row;
    int rc;

    if (page == 0 || first >= t->rows)
        return SHEAF_OK;
    rc = reader_row(r, s, rows->run, rows->kind, first - 1, &row, err);
    if (rc != SHEAF_OK)
        return rc;
    memcpy(before, row, sizeof before);
    rc = reader_row(r, s, rows->run, rows->kind, first, &row, err);
    return rc == SHEAF_OK && memcmp(before, row, sizeof before) >= 0
               ? fail_corrupt(err, t->offset, "F8.1", "pages out of order")
               : rc;
}

/* With a key, the order was proven; from far away, the pages beside a page
 * would take requests of their own. */
static bool
must_check_order(const struct sheaf_reader *r)
{
    return !r->authentic.done && r->source.ops->expect == NULL;
}

/* A page may have come to the place of another one of its table, where no row
 * of the key, or not all of them, would be found. Unless others surround the
 * rows within a page, the pages where they begin and end must be in order with
 * those beside them; rows_next sees to the pages between. */
static int
check_order(const struct sheaf_reader *r, struct sheaf_scratch *s,
            const struct rows *rows, struct sheaf_error *err)
{
    uint64_t begin = (rows->first - (rows->first != 0)) / TABLE_PAGE_ROWS;
    uint64_t last = rows->at / TABLE_PAGE_ROWS + 1;
    int rc = SHEAF_OK;

    if (!must_check_order(r) ||
        (rows->first < rows->at && rows->first % TABLE_PAGE_ROWS != 0 &&
         rows->at % TABLE_PAGE_ROWS != 0))
        return SHEAF_OK;
    for (uint64_t page = begin; rc == SHEAF_OK && page <= last; page++) {
        if (page > begin + 2 && page + 2 < last)
            page = last - 2;
        rc = check_page_order(r, s, rows, page, err);
    }
    return rc;
}

/* Finds the key's rows in the next older run: from rows->first to rows->at. */
static int
find_rows(const struct sheaf_reader *r, struct sheaf_scratch *s,
          struct rows *rows, struct sheaf_error *err)
{
    const struct top_table *t = reader_table(r, rows->run, rows->kind);
    uint64_t key = get_key(rows->key) + 1;
    uint8_t next[TABLE_KEY_SIZE];
    int rc = reader_seek(r, s, rows->run, rows->kind, rows->key, &rows->first,
                         err);

    for (rows->at = rows->first; rc == SHEAF_OK && rows->at < t->rows;
         rows->at++) {
        const uint8_t *row;

        rc = reader_row(r, s, rows->run, rows->kind, rows->at, &row, err);
        if (rc == SHEAF_OK && memcmp(row, rows->key, TABLE_KEY_SIZE) != 0)
            break;
        if (rc == SHEAF_OK && rows->at - rows->first == FEW_ROWS &&
            key >> 48 == 0) {
            put_be(next, key, sizeof next);
            return reader_seek(r, s, rows->run, rows->kind, next, &rows->at,
                               err);
        }
    }
    return rc;
}

int
rows_scan(const struct sheaf_reader *r, struct sheaf_scratch *s,
          struct rows *rows, struct sheaf_error *err)
{
    int rc;

    rows->scanned = true;
    rows->first = 0;
    s->rows.len = 0;
    rc = rebuild_rows(r, rows->run, rows->kind, rows->key, &s->rows,
                      &rows->lost, err);
    rows->at = s->rows.len / TABLE_ROW_MAX;
    return rc;
}

static int
next_run(const struct sheaf_reader *r, struct sheaf_scratch *s,
         struct rows *rows, struct sheaf_error *err)
{
    int rc;

    rows->run--;
    rows->scanned = false;
    rc = find_rows(r, s, rows, err);
    if (rc == SHEAF_OK)
        rc = check_order(r, s, rows, err);
    /* Pages are lost, and so are articles from which they could be derived. */
    return rc == SHEAF_ECORRUPT ? rows_scan(r, s, rows, err) : rc;
}

/* Whether there are rows left, in this run or an older one; SHEAF_END: no. */
static int
go_on(const struct sheaf_reader *r, struct sheaf_scratch *s, struct rows *rows,
      struct sheaf_error *err)
{
    while (rows->at == rows->first) {
        int rc;

        if (rows->run == 0)
            return rows->lost == 0
                       ? SHEAF_END
                       : fail(err, SHEAF_EINCOMPLETE,
                              "the index is damaged: its rows for %llu lost "
                              "articles are not known",
                              (unsigned long long)rows->lost);
        rc = next_run(r, s, rows, err);
        if (rc != SHEAF_OK)
            return rc;
    }
    return SHEAF_OK;
}

int
rows_next(const struct sheaf_reader *r, struct sheaf_scratch *s,
          struct rows *rows, const uint8_t **row, struct sheaf_error *err)
{
    int rc = go_on(r, s, rows, err);

    /* The first row of a page was given: on to the page before it. */
    if (rc == SHEAF_OK && !rows->scanned && rows->at % TABLE_PAGE_ROWS == 0 &&
        must_check_order(r)) {
        rc = check_page_order(r, s, rows, rows->at / TABLE_PAGE_ROWS, err);
        if (rc == SHEAF_ECORRUPT) {
            rc = rows_scan(r, s, rows, err);
            if (rc == SHEAF_OK)
                rc = go_on(r, s, rows, err);
        }
    }
    if (rc != SHEAF_OK)
        return rc;
    rows->at--;
    if (!rows->scanned)
        return reader_row(r, s, rows->run, rows->kind, rows->at, row, err);
    *row = s->rows.data + rows->at * TABLE_ROW_MAX;
    return SHEAF_OK;
}

int
rows_next_map(const struct sheaf_reader *r, struct sheaf_scratch *s,
              struct rows *rows, struct map_row *row, struct sheaf_error *err)
{
    const uint8_t *bytes;
    int rc = rows_next(r, s, rows, &bytes, err);

    if (rc == SHEAF_OK)
        map_row_decode(bytes, row);
    return rc;
}
