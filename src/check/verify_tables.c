/*
 * verify_tables.c - tables and runs (F8).
 */
#include "check/verify.h"

#include "base/err.h"
#include "format/frame.h"
#include "format/ledger.h"

/* Adds the rows of a block to those of the table, and makes the block again
 * in v->out. */
static int
feed_rows(struct verify *v, enum table_kind kind, const uint8_t *page,
          const struct table_widths *w, size_t rows, struct sheaf_error *err)
{
    struct table_builder *b = &v->tables[kind].builder;
    size_t width = table_width(kind);
    size_t unique = kind == TABLE_DIR ? width : TABLE_ENTRY_SIZE;
    uint8_t unpacked[TABLE_PAGE_ROWS * TABLE_ROW_MAX];
    int rc = SHEAF_OK;

    v->out.len = 0;
    for (size_t i = 0; rc == SHEAF_OK && i < rows; i++) {
        size_t n = (size_t)min_u64(rows - i, TABLE_PAGE_ROWS);
        const uint8_t *row = unpacked + i % TABLE_PAGE_ROWS * width;

        if (i % TABLE_PAGE_ROWS == 0) {
            rc = table_unpack(kind, w, page, n, v->walk.at, unpacked, err);
            page += table_page_bytes(kind, w, n);
        }
        if (rc != SHEAF_OK)
            return rc;
        if (b->rows != 0 && memcmp(b->last, row, unique) >= 0)
            return fail_corrupt(err, v->walk.at, "F8.1", "rows out of order");
        verify_sum_row(v, &v->tables[kind].sum, row, width);
        rc = table_add(b, row, &v->out, err);
    }
    return rc == SHEAF_OK ? table_finish(b, &v->out, err) : rc;
}

/* Compares a block with the one made of its rows: rows that are packed
 * otherwise break F8.7, wrong page roots F8.2. */
static int
compare_block(struct verify *v, enum table_kind kind, const uint8_t *frame,
              uint64_t length, size_t rows, struct sheaf_error *err)
{
    size_t roots = kind == TABLE_MAP ? table_pages(rows) * 32 : 0;

    if (verify_same(v, frame, length))
        return SHEAF_OK;
    if (length != v->out.len ||
        memcmp(frame, v->out.data, v->out.len - FRAME_SUM_SIZE - roots) != 0)
        return fail_corrupt(err, v->walk.at, "F8.7",
                            "rows are not packed as they have to be");
    return fail_corrupt(err, v->walk.at, "F8.2", "a page root does not match");
}

int
verify_take_table(struct verify *v, enum table_kind kind, const uint8_t *frame,
                  uint64_t length, struct sheaf_error *err)
{
    static const char *const clauses[] = { "F8.3", "F8.4", "F8.5" };
    const struct sheaf_bytes body = { frame + FRAME_HEAD_SIZE,
                                      (size_t)length - FRAME_HEAD_SIZE -
                                          FRAME_SUM_SIZE };
    struct table_widths w;
    size_t rows;
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
    rc = table_head(kind, body, v->walk.at, &w, &rows, err);
    if (rc != SHEAF_OK)
        return rc;
    if (v->tables[kind].builder.rows == 0)
        v->tables[kind].at = v->walk.at;
    v->tables[kind].ended = rows < TABLE_BLOCK_ROWS;
    if (v->tables[kind].builder.rows + rows > v->ledger.top.size)
        return fail_corrupt(err, v->walk.at, clauses[kind],
                            "more rows than leaves");
    rc = feed_rows(v, kind, body.data + table_head_bytes(kind), &w, rows, err);
    return rc == SHEAF_OK ? compare_block(v, kind, frame, length, rows, err)
                          : rc;
}

const struct mark *
verify_mark_at(const struct verify *v, uint64_t size)
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
    if (size == 0)
        return &nothing;
    return lo < v->sums.count && v->sums.marks[lo].size == size
               ? &v->sums.marks[lo]
               : NULL;
}

/* The tables must be those of the run that the seal states (F8.3 to F8.5). */
int
verify_take_run(struct verify *v, const struct seal *seal,
                struct sheaf_error *err)
{
    static const char *const clauses[] = { "F8.3", "F8.4", "F8.5" };
    struct top *t = &v->ledger.top;
    unsigned merged;
    struct top_run *run =
        seal->run_count != 0
            ? ledger_run_from(&v->ledger,
                              seal->runs[seal->run_count - 1].first, &merged)
            : NULL;
    struct top_run new_run = { .first = 0 };
    const struct mark *from;

    if (run == NULL)
        return fail_corrupt(err, v->walk.at, "F6.5",
                            "the seal states runs that cannot be");
    new_run.first = run->first;
    new_run.end = run->end;
    from = verify_mark_at(v, run->first);
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
        new_run.tables[kind].offset = got->count != 0 ? v->tables[kind].at : 0;
        if (!table_builder_take(&v->tables[kind].builder,
                                &new_run.tables[kind])) {
            top_run_free(&new_run);
            return fail_nomem(err);
        }
        table_builder_free(&v->tables[kind].builder);
        v->tables[kind].builder = (struct table_builder){ .kind = kind };
        v->tables[kind].sum = (struct row_sum){ 0 };
        v->tables[kind].ended = false;
    }
    table_map_root(&new_run.tables[TABLE_MAP], new_run.root);
    for (unsigned i = 0; i <= merged && run + i < t->runs + COUNT_OF(t->runs);
         i++)
        top_run_free(&run[i]);
    *run = new_run;
    return SHEAF_OK;
}
