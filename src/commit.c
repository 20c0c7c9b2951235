/*
 * commit.c - ending a generation: tables, seal, tiles, signature, end
 * (format.md F8 to F12).
 */
#include "writer.h"

#include "buf.h"
#include "cur.h"
#include "err.h"
#include "frame.h"
#include "hash.h"
#include "mem.h"
#include "merkle.h"
#include "note.h"

/* ---- Tables ------------------------------------------------------------- */

/* A block of an older run, checked before its rows are written anew. */
static int
check_block(const struct top_run *run, enum table_kind kind, uint64_t block,
            struct sheaf_bytes body, size_t rows, uint64_t offset,
            struct sheaf_error *err)
{
    const struct top_table *t = &run->tables[kind];
    size_t width = table_width(kind);
    uint8_t roots[TABLE_BLOCK_ROWS / TABLE_PAGE_ROWS][32];
    uint8_t root[32];
    size_t page = 0;

    for (size_t row = 0; row < rows; row += TABLE_PAGE_ROWS, page++) {
        const uint8_t *at = body.data + page * (TABLE_PAGE_ROWS * width + 8);
        size_t n = min_u64(rows - row, TABLE_PAGE_ROWS);
        int rc = table_check_page(kind, at, n, offset, err);

        if (rc != SHEAF_OK)
            return rc;
        if (kind == TABLE_MAP)
            table_page_root(at, n, roots[page]);
    }
    if (kind != TABLE_MAP)
        return SHEAF_OK;
    merkle_root(roots[0], page, root);
    if (memcmp(root, t->entries + block * table_block_entry(kind) +
                         TABLE_KEY_SIZE, 32) != 0)
        return fail_corrupt(err, offset, "F8.6",
                            "rows of an older run don't give its map root");
    return SHEAF_OK;
}

/* The rows of an older run go into the new one's. */
static int
take_rows(struct sheaf_writer *w, const struct top_run *run,
          enum table_kind kind, struct sheaf_error *err)
{
    const struct top_table *t = &run->tables[kind];
    size_t width = table_width(kind);
    struct sheaf_buf frame = { 0 };
    uint64_t at = t->offset;
    int rc = SHEAF_OK;

    for (uint64_t block = 0; rc == SHEAF_OK && block < table_blocks(t->rows);
         block++) {
        size_t rows = (size_t)min_u64(t->rows - block * TABLE_BLOCK_ROWS,
                                      TABLE_BLOCK_ROWS);
        uint64_t len = table_block_bytes(kind, rows);
        struct sheaf_bytes body = { NULL, 0 };

        rc = reader_read(w->base, at, (size_t)len, &frame, err);
        if (rc == SHEAF_OK)
            rc = frame_body(buf_view(&frame), at, table_type(kind), &body, err);
        if (rc == SHEAF_OK)
            rc = check_block(run, kind, block, body, rows, at, err);
        for (size_t i = 0; rc == SHEAF_OK && i < rows; i++)
            rc = sorter_add(w->rows[kind],
                            body.data + i * width + i / TABLE_PAGE_ROWS * 8,
                            err);
        at += len;
    }
    sheaf_buf_free(&frame);
    return rc;
}

static int
write_table(struct sheaf_writer *w, enum table_kind kind,
            struct top_table *out, struct sheaf_error *err)
{
    struct table_builder b = { .kind = kind };
    uint64_t offset = w->at;
    uint8_t row[TABLE_ROW_MAX];
    int rc = sorter_start(w->rows[kind], err);

    while (rc == SHEAF_OK) {
        rc = sorter_next(w->rows[kind], row, err);
        if (rc == SHEAF_OK && b.rows != 0 &&
            memcmp(b.last, row, table_width(kind)) >= 0)
            rc = fail_corrupt(err, offset, "F8.1",
                              "an older run has a row of this generation");
        if (rc == SHEAF_OK)
            rc = table_add(&b, row, &w->out, err);
        if (rc == SHEAF_OK)
            rc = writer_put_out(w, err);
    }
    if (rc == SHEAF_END)
        rc = table_finish(&b, &w->out, err);
    if (rc == SHEAF_OK)
        rc = writer_put_out(w, err);
    if (rc == SHEAF_OK) {
        out->rows = b.rows;
        out->offset = b.rows != 0 ? offset : 0;
        out->entries = b.entries.data;
        memset(&b.entries, 0, sizeof b.entries);
        if (out->entries == NULL && (out->entries = mem_new(0, 1)) == NULL)
            rc = fail_nomem(err);
    }
    table_builder_free(&b);
    return rc;
}

static int
write_run(struct sheaf_writer *w, struct sheaf_error *err)
{
    struct top *t = &w->state.top;
    struct top_run new_run = { 0 };
    unsigned merged;
    struct top_run *run = state_run(&w->state, &merged);
    int rc = SHEAF_OK;

    for (unsigned i = 0; i < merged; i++) {
        for (unsigned kind = 0; rc == SHEAF_OK && kind < TABLE_KINDS; kind++)
            rc = take_rows(w, &run[i], kind, err);
    }
    new_run.first = run->first;
    new_run.end = run->end;
    for (unsigned kind = 0; rc == SHEAF_OK && kind < TABLE_KINDS; kind++)
        rc = write_table(w, kind, &new_run.tables[kind], err);
    if (rc != SHEAF_OK) {
        top_run_free(&new_run);
        return rc;
    }
    table_map_root(new_run.tables[TABLE_MAP].entries,
                   new_run.tables[TABLE_MAP].rows, new_run.root);
    for (unsigned i = 0; i <= merged && run + i < t->runs + COUNT_OF(t->runs); i++)
        top_run_free(&run[i]);
    *run = new_run;
    return SHEAF_OK;
}

/* ---- Seal, tiles, signature, end ---------------------------------------- */

static int
write_leaves(struct sheaf_writer *w, struct sheaf_error *err)
{
    int rc = state_seal(&w->state, w->at, w->options.time, &w->out, err);

    if (rc == SHEAF_OK)
        rc = writer_put_out(w, err);
    if (rc == SHEAF_OK && state_slab_full(&w->state)) {
        rc = state_slab(&w->state, w->at, &w->out, err);
        if (rc == SHEAF_OK)
            rc = writer_put_out(w, err);
    }
    if (rc == SHEAF_OK)
        rc = state_tiles(&w->state, w->at, &w->out, err);
    return rc == SHEAF_OK ? writer_put_out(w, err) : rc;
}

static int
sign_top(struct sheaf_writer *w, const struct sheaf_secret_key *key,
         struct sheaf_error *err)
{
    struct top *t = &w->state.top;
    struct checkpoint c = { .size = t->size };
    int rc = SHEAF_OK;

    if (t->origin.len == 0)
        rc = state_default_origin(&w->state, err);
    if (rc != SHEAF_OK || key == NULL)
        return rc;
    memcpy(c.origin, t->origin.data, t->origin.len);
    memcpy(c.root, t->root, 32);
    t->note.len = 0;
    return note_sign(&c, key->key, &t->note, err);
}

static int
sync_sink(struct sheaf_writer *w, struct sheaf_error *err)
{
    int sys = w->sink.ops->sync(w->sink.ctx);

    return sys != 0 ? fail_io(err, sys, "writing the archive") : SHEAF_OK;
}

static int
write_end(struct sheaf_writer *w, struct sheaf_error *err)
{
    struct sheaf_buf end = { 0 };
    int rc;

    w->state.top.zstd = codec_version();
    w->state.top.level = (int16_t)w->options.level;
    rc = state_end(&w->state, w->at, &w->out, &end, err);
    if (rc == SHEAF_OK)
        rc = writer_put_out(w, err);
    if (rc == SHEAF_OK)
        rc = sync_sink(w, err);
    if (rc == SHEAF_OK)
        rc = writer_put(w, end.data, end.len, err);
    if (rc == SHEAF_OK) {
        int sys = w->sink.ops->commit(w->sink.ctx);

        if (sys != 0)
            rc = fail_io(err, sys, "committing the archive");
    }
    sheaf_buf_free(&end);
    return rc;
}

static int
commit(struct sheaf_writer *w, const struct sheaf_secret_key *key,
       struct sheaf_error *err)
{
    struct state *s = &w->state;
    int rc = batch_flush(w, err);

    if (rc == SHEAF_OK)
        rc = batch_end_group(w, err);
    if (rc != SHEAF_OK)
        return rc;
    /* Nothing came: the archive stays as it is, unless there is something
     * to sign. */
    if (w->base != NULL && s->top.size == s->gen_first) {
        struct sheaf_info info;

        sheaf_get_info(w->base, &info);
        if (key == NULL || info.signed_size == s->top.size)
            return SHEAF_OK;
    } else {
        rc = write_run(w, err);
        if (rc == SHEAF_OK)
            rc = write_leaves(w, err);
    }
    if (rc != SHEAF_OK)
        return rc;
    state_close(s);
    rc = sign_top(w, key, err);
    return rc == SHEAF_OK ? write_end(w, err) : rc;
}

int
sheaf_commit(struct sheaf_writer *writer, const struct sheaf_secret_key *key,
             struct sheaf_written *out, struct sheaf_error *err)
{
    const struct top *t = &writer->state.top;
    int rc;

    if (writer->failed)
        return fail(err, SHEAF_EINVAL, "the writer has failed before");
    rc = commit(writer, key, err);
    writer->failed = true; /* nothing can be added after this */
    if (rc != SHEAF_OK || out == NULL)
        return rc;
    *out = writer->written;
    out->bytes = writer->at - writer->start;
    out->size = t->size;
    memcpy(out->root, t->root, 32);
    memset(out->origin, 0, sizeof out->origin);
    memcpy(out->origin, t->origin.data,
           min_u64(t->origin.len, sizeof out->origin - 1));
    return SHEAF_OK;
}
