/*
 * verify_tables.c - tables and runs (F8).
 */
#include "check/verify.h"

#include "base/err.h"
#include "format/frame.h"
#include "format/ledger.h"

/* The number of rows that a block of this length has; 0 if there is none. */
static size_t
rows_in_block(enum table_kind kind, uint64_t length)
{
    uint64_t page = table_block_bytes(kind, 1) - table_block_bytes(kind, 0) -
                    table_width(kind);

    for (uint64_t pages = 1; pages <= TABLE_BLOCK_ROWS / TABLE_PAGE_ROWS;
         pages++) {
        uint64_t fixed = table_block_bytes(kind, 0) + pages * page;
        uint64_t rows;

        if (length <= fixed)
            return 0;
        rows = (length - fixed) / table_width(kind);
        if (table_pages(rows) == pages &&
            table_block_bytes(kind, rows) == length)
            return (size_t)rows;
    }
    return 0;
}

static int
feed_rows(struct verify *v, enum table_kind kind, const uint8_t *body,
          size_t rows, struct sheaf_error *err)
{
    struct table_builder *b = &v->tables[kind].builder;
    size_t width = table_width(kind);
    size_t unique = kind == TABLE_DIR ? width : TABLE_ENTRY_SIZE;
    int rc = SHEAF_OK;

    v->out.len = 0;
    for (size_t i = 0; rc == SHEAF_OK && i < rows; i++) {
        const uint8_t *row = body + i * width + i / TABLE_PAGE_ROWS * 8;

        if (b->rows != 0 && memcmp(b->last, row, unique) >= 0)
            return fail_corrupt(err, v->walk.at, "F8.1", "rows out of order");
        verify_sum_row(v, &v->tables[kind].sum, row, width);
        rc = table_add(b, row, &v->out, err);
    }
    return rc == SHEAF_OK ? table_finish(b, &v->out, err) : rc;
}

int
verify_take_table(struct verify *v, enum table_kind kind, const uint8_t *frame,
                  uint64_t length, struct sheaf_error *err)
{
    static const char *const clauses[] = { "F8.3", "F8.4", "F8.5" };
    size_t rows = rows_in_block(kind, length);
    int rc;

    if (v->stage > TABLES || v->group.count != 0 || v->dict.parity.len != 0 ||
        v->tables[kind].ended)
        return fail_corrupt(err, v->walk.at, "F12.3", "a table out of place");
    for (unsigned later = kind + 1; later < TABLE_KINDS; later++) {
        if (v->tables[later].builder.rows != 0)
            return fail_corrupt(err, v->walk.at, "F12.3",
                                "tables out of order");
    }
    v->stage = TABLES;
    if (rows == 0)
        return fail_corrupt(err, v->walk.at, "F8.2",
                            "block has an impossible length");
    if (v->tables[kind].builder.rows == 0)
        v->tables[kind].at = v->walk.at;
    v->tables[kind].ended = rows < TABLE_BLOCK_ROWS;
    if (v->tables[kind].builder.rows + rows > v->ledger.top.size)
        return fail_corrupt(err, v->walk.at, clauses[kind],
                            "more rows than leaves");
    rc = feed_rows(v, kind, frame + FRAME_HEAD_SIZE, rows, err);
    if (rc == SHEAF_OK && !verify_same(v, frame, length))
        rc = fail_corrupt(err, v->walk.at, "F8.2",
                          "a page's sum or root does not match");
    return rc;
}

/* The sums at the end of the generation that ends with leaf `size`. */
static const struct mark *
mark_at(const struct verify *v, uint64_t size)
{
    static const struct mark nothing;
    size_t lo = 0;
    size_t hi = v->sums.count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (v->sums.marks[mid].size < size)
            lo = mid + 1;
        else
            hi = mid;
    }
    return size == 0 ? &nothing : &v->sums.marks[lo];
}

/* The tables must be those of the run that is due (F8.3 to F8.5). */
int
verify_take_run(struct verify *v, struct sheaf_error *err)
{
    static const char *const clauses[] = { "F8.3", "F8.4", "F8.5" };
    struct top *t = &v->ledger.top;
    unsigned merged;
    struct top_run *run = ledger_run(&v->ledger, &merged);
    const struct mark *from = mark_at(v, run->first);
    struct top_run new_run = { .first = run->first, .end = run->end };

    for (unsigned kind = 0; kind < TABLE_KINDS; kind++) {
        const struct row_sum *got = &v->tables[kind].sum;
        struct row_sum want = v->sums.now.rows[kind];

        want.count -= from->rows[kind].count;
        want.lo -= from->rows[kind].lo;
        want.hi -= from->rows[kind].hi;
        if (got->count != want.count || got->lo != want.lo ||
            got->hi != want.hi) {
            top_run_free(&new_run);
            return fail_corrupt(err, v->walk.at, clauses[kind],
                                "rows of the %s table are not those of the "
                                "run's articles",
                                frame_name(table_type(kind)));
        }
        new_run.tables[kind].rows = got->count;
        new_run.tables[kind].offset = got->count != 0 ? v->tables[kind].at : 0;
        new_run.tables[kind].entries = v->tables[kind].builder.entries.data;
        memset(&v->tables[kind].builder.entries, 0,
               sizeof v->tables[kind].builder.entries);
        table_builder_free(&v->tables[kind].builder);
        v->tables[kind].builder = (struct table_builder){ .kind = kind };
        v->tables[kind].sum = (struct row_sum){ 0 };
        v->tables[kind].ended = false;
    }
    table_map_root(new_run.tables[TABLE_MAP].entries,
                   new_run.tables[TABLE_MAP].rows, new_run.root);
    for (unsigned i = 0; i <= merged && run + i < t->runs + COUNT_OF(t->runs);
         i++)
        top_run_free(&run[i]);
    *run = new_run;
    return SHEAF_OK;
}
