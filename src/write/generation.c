/*
 * generation.c - ends a generation: tables, seal, tiles, signature, end
 * records (format.md F8 to F12).
 */
#include "write/writer.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "format/frame.h"
#include "log/merkle.h"
#include "log/note.h"

#define KEEP_BYTES ((size_t)1 << 20)

/* ---- Rows of runs that were written -------------------------------------- */

static void
kept_free(struct kept_rows *k)
{
    sheaf_buf_free(&k->bytes);
    temp_close(&k->temp);
    *k = (struct kept_rows){ .temp = TEMP_INIT };
}

static int
kept_add(struct sheaf_writer *w, struct kept_rows *k, const uint8_t *row,
         size_t width, struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    if (k->bytes.len + width > KEEP_BYTES) {
        if (k->spilled == 0)
            rc = temp_open(&k->temp, w->tmpdir, err);
        if (rc == SHEAF_OK)
            rc = temp_write(&k->temp, k->spilled, k->bytes.data, k->bytes.len,
                            err);
        k->spilled += k->bytes.len;
        k->bytes.len = 0;
    }
    if (rc == SHEAF_OK && !buf_add(&k->bytes, row, width))
        rc = fail_nomem(err);
    return rc;
}

/* Moves kept rows into those of the new run. */
static int
kept_take(struct sheaf_writer *w, struct kept_rows *k, enum table_kind kind,
          struct sheaf_error *err)
{
    size_t width = table_width(kind);
    uint8_t rows[TABLE_PAGE_ROWS * TABLE_ROW_MAX];
    int rc = SHEAF_OK;

    for (uint64_t at = 0; rc == SHEAF_OK && at < k->spilled;) {
        size_t n = (size_t)min_u64(TABLE_PAGE_ROWS * width, k->spilled - at);

        rc = temp_read(&k->temp, at, rows, n, err);
        for (size_t i = 0; rc == SHEAF_OK && i < n; i += width)
            rc = extsort_add(w->layout.rows[kind], rows + i, err);
        at += n;
    }
    for (size_t i = 0; rc == SHEAF_OK && i < k->bytes.len; i += width)
        rc = extsort_add(w->layout.rows[kind], k->bytes.data + i, err);
    kept_free(k);
    return rc;
}

void
generation_init(struct kept_runs *kept)
{
    for (unsigned i = 0; i < COUNT_OF(kept->rows); i++) {
        for (unsigned kind = 0; kind < TABLE_KINDS; kind++)
            kept->rows[i][kind].temp = (struct temp)TEMP_INIT;
    }
}

void
generation_free(struct kept_runs *kept)
{
    for (unsigned i = 0; i < COUNT_OF(kept->rows); i++) {
        for (unsigned kind = 0; kind < TABLE_KINDS; kind++)
            kept_free(&kept->rows[i][kind]);
    }
}

/* ---- Tables ------------------------------------------------------------- */

/* Unpacks a block of an older run and checks it before its rows are written
 * again. */
static int
unpack_block(const struct table_block *b, enum table_kind kind,
             const uint8_t *body, size_t rows, uint64_t offset, uint8_t *out,
             struct sheaf_error *err)
{
    size_t width = table_width(kind);
    uint8_t roots[TABLE_BLOCK_ROWS / TABLE_PAGE_ROWS][32];
    uint8_t root[32];
    size_t page = 0;

    body += table_head_bytes(kind);
    for (size_t row = 0; row < rows; row += TABLE_PAGE_ROWS, page++) {
        size_t n = (size_t)min_u64(rows - row, TABLE_PAGE_ROWS);
        int rc = table_unpack(kind, &b->widths, body, n, offset,
                              out + row * width, err);

        if (rc != SHEAF_OK)
            return rc;
        if (kind == TABLE_MAP)
            table_page_root(out + row * width, n, roots[page]);
        body += table_page_bytes(kind, &b->widths, n);
    }
    if (kind != TABLE_MAP)
        return SHEAF_OK;
    merkle_root(roots[0], page, root);
    if (memcmp(root, b->root, 32) != 0)
        return fail_corrupt(err, offset, "F8.6",
                            "rows of an older run don't give its map root");
    return SHEAF_OK;
}

/* Copies the rows of an older run into those of the new one. */
static int
take_rows(struct sheaf_writer *w, const struct top_run *run,
          enum table_kind kind, struct sheaf_error *err)
{
    const struct top_table *t = &run->tables[kind];
    size_t width = table_width(kind);
    struct sheaf_buf frame = { 0 }, all = { 0 };
    int rc = SHEAF_OK;

    for (uint64_t n = 0; rc == SHEAF_OK && n < table_blocks(t->rows); n++) {
        const struct table_block *b = &t->blocks[n];
        size_t rows = table_block_rows(t->rows, n);
        uint64_t at = t->offset + b->start;
        struct sheaf_bytes body = { NULL, 0 };

        rc = reader_read(w->base.reader, at,
                         (size_t)table_block_bytes(kind, &b->widths, rows),
                         &frame, err);
        if (rc == SHEAF_OK)
            rc = frame_body(buf_view(&frame), at, table_type(kind), &body,
                            err);
        if (rc == SHEAF_OK && !buf_resize(&all, rows * width))
            rc = fail_nomem(err);
        if (rc == SHEAF_OK)
            rc = unpack_block(b, kind, body.data, rows, at, all.data, err);
        for (size_t i = 0; rc == SHEAF_OK && i < rows; i++)
            rc = extsort_add(w->layout.rows[kind], all.data + i * width, err);
    }
    sheaf_buf_free(&frame);
    sheaf_buf_free(&all);
    return rc;
}

static int
write_table(struct sheaf_writer *w, enum table_kind kind,
            struct top_table *out, struct kept_rows *keep,
            struct sheaf_error *err)
{
    struct table_builder b = { .kind = kind };
    uint64_t offset = w->layout.out.at;
    uint8_t row[TABLE_ROW_MAX];
    int rc = extsort_start(w->layout.rows[kind], err);

    while (rc == SHEAF_OK) {
        rc = extsort_next(w->layout.rows[kind], row, err);
        if (rc == SHEAF_OK && b.rows != 0 &&
            memcmp(b.last, row, table_width(kind)) >= 0)
            rc = fail_corrupt(err, offset, "F8.1",
                              "an older run has a row of this generation");
        if (rc == SHEAF_OK)
            rc = table_add(&b, row, &w->layout.out.pending, err);
        if (rc == SHEAF_OK && w->kept.wanted)
            rc = kept_add(w, keep, row, table_width(kind), err);
        if (rc == SHEAF_OK)
            rc = output_flush(&w->layout.out, err);
    }
    if (rc == SHEAF_END)
        rc = table_finish(&b, &w->layout.out.pending, err);
    if (rc == SHEAF_OK)
        rc = output_flush(&w->layout.out, err);
    if (rc == SHEAF_OK) {
        out->offset = b.rows != 0 ? offset : 0;
        if (!table_builder_take(&b, out))
            rc = fail_nomem(err);
    }
    table_builder_free(&b);
    return rc;
}

/* Collects the rows of the runs that are merged. This writer has kept the
 * rows that it wrote itself; the others are in the archive to which it
 * appends. */
static int
gather_rows(struct sheaf_writer *w, unsigned run, struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    for (unsigned kind = 0; rc == SHEAF_OK && kind < TABLE_KINDS; kind++)
        rc = w->base.reader != NULL
                 ? take_rows(w, &w->layout.ledger.top.runs[run], kind, err)
                 : kept_take(w, &w->kept.rows[run][kind], kind, err);
    return rc;
}

/* The runs of an archive that is rewritten stay as they were: its seals state
 * them. `as_it_was` is the top, NULL for a new generation. */
static int
write_run(struct sheaf_writer *w, const struct top *as_it_was,
          struct sheaf_error *err)
{
    struct ledger *s = &w->layout.ledger;
    struct top *t = &s->top;
    struct top_run new_run = { 0 };
    unsigned at, merged;
    struct top_run *run =
        as_it_was == NULL
            ? ledger_run(s, &merged)
            : ledger_run_from(s,
                              as_it_was->runs[as_it_was->run_count - 1].first,
                              &merged);
    int rc = SHEAF_OK;

    if (run == NULL)
        return fail_corrupt(err, NO_OFFSET, "F11.3",
                            "the top states runs that cannot be");
    at = (unsigned)(run - t->runs);
    for (unsigned i = 0; rc == SHEAF_OK && i < merged; i++)
        rc = gather_rows(w, at + i, err);
    new_run.first = run->first;
    new_run.end = run->end;
    for (unsigned kind = 0; rc == SHEAF_OK && kind < TABLE_KINDS; kind++)
        rc = write_table(w, kind, &new_run.tables[kind],
                         &w->kept.rows[at][kind], err);
    if (rc != SHEAF_OK) {
        top_run_free(&new_run);
        return rc;
    }
    table_map_root(&new_run.tables[TABLE_MAP], new_run.root);
    for (unsigned i = 0; i <= merged && run + i < t->runs + COUNT_OF(t->runs);
         i++)
        top_run_free(&run[i]);
    *run = new_run;
    return SHEAF_OK;
}

/* ---- Seal, tiles, signature, end ---------------------------------------- */

static int
write_leaves(struct sheaf_writer *w, int64_t time, struct sheaf_error *err)
{
    struct layout *l = &w->layout;
    int rc = ledger_seal(&l->ledger, l->out.at, time, &l->out.pending, err);

    if (rc == SHEAF_OK)
        rc = layout_statement(l, err);
    if (rc == SHEAF_OK)
        rc = ledger_tiles(&l->ledger, l->out.at, &l->out.pending, err);
    return rc == SHEAF_OK ? output_flush(&l->out, err) : rc;
}

/* The root of the tree when it had `size` leaves, where this generation or one
 * before it ends. */
static int
root_at(const struct sheaf_writer *w, uint64_t size, uint8_t out[32],
        struct sheaf_error *err)
{
    const struct top *t = &w->layout.ledger.top;
    int rc = SHEAF_ENOTFOUND;

    if (size == t->size) {
        memcpy(out, t->root, 32);
        return SHEAF_OK;
    }
    if (w->base.reader != NULL)
        rc = reader_ended_root(w->base.reader, w->base.scratch, size, out,
                               err);
    return rc == SHEAF_ENOTFOUND
               ? fail_verify(err, NO_OFFSET, "F9.9",
                             "no generation ends where the checkpoint does")
               : rc;
}

/* Checks that a checkpoint made elsewhere is of this tree, and not older
 * than the one that the archive has (F9.9). */
static int
take_note(struct sheaf_writer *w, struct sheaf_bytes bytes,
          struct sheaf_error *err)
{
    struct top *t = &w->layout.ledger.top;
    struct sheaf_buf copy = { 0 };
    struct note note, old;
    uint8_t root[32];
    int rc = note_parse(bytes, &note, err);

    if (rc != SHEAF_OK)
        return rc;
    if (strlen(note.checkpoint.origin) != t->origin.len ||
        memcmp(note.checkpoint.origin, t->origin.data, t->origin.len) != 0)
        return fail_verify(err, NO_OFFSET, "F9.9",
                           "the checkpoint is of another origin");
    if (note.checkpoint.size > t->size)
        return fail_verify(err, NO_OFFSET, "F9.9",
                           "the checkpoint is of a larger tree");
    if (t->note.len != 0 &&
        note_parse(buf_view(&t->note), &old, NULL) == SHEAF_OK &&
        note.checkpoint.size < old.checkpoint.size)
        return fail(err, SHEAF_EINVAL,
                    "the checkpoint is older than the one in the archive");
    rc = root_at(w, note.checkpoint.size, root, err);
    if (rc != SHEAF_OK)
        return rc;
    if (memcmp(root, note.checkpoint.root, 32) != 0)
        return fail_verify(err, NO_OFFSET, "F9.9",
                           "the checkpoint is of another tree");
    if (!buf_add(&copy, bytes.data, bytes.len))
        return fail_nomem(err);
    sheaf_buf_free(&t->note);
    t->note = copy;
    return SHEAF_OK;
}

int
generation_check_key(const struct sheaf_writer *w, const uint8_t key[32],
                     struct sheaf_error *err)
{
    const struct top *t = &w->layout.ledger.top;
    struct note note;
    int rc;

    if (t->key_count != 0 && memcmp(key, w->layout.ledger.key_new, 32) != 0)
        return fail_verify(err, NO_OFFSET, "F9.10",
                           "this key was replaced: sign with the "
                           "new one, which verify names");
    /* A note from before the last key change is not signed by the new key;
     * sheaf_authenticate finds that out. */
    if (t->note.len == 0)
        return SHEAF_OK;
    rc = note_parse(buf_view(&t->note), &note, err);
    if (rc == SHEAF_OK &&
        (t->key_count == 0 ||
         note.checkpoint.size > t->keys[t->key_count - 1].leaf))
        rc = note_verify(&note, key, err);
    return rc;
}

static int
sign_top(struct sheaf_writer *w, const struct signing *how,
         struct sheaf_error *err)
{
    struct top *t = &w->layout.ledger.top;
    struct checkpoint c = { .size = t->size };
    int rc = SHEAF_OK;

    if (t->origin.len == 0)
        rc = ledger_default_origin(&w->layout.ledger, err);
    if (rc != SHEAF_OK)
        return rc;
    if (how->as_it_was != NULL) {
        const struct top *was = how->as_it_was;

        if (t->size != was->size || memcmp(t->root, was->root, 32) != 0)
            return fail_verify(err, NO_OFFSET, "F6.4",
                               "not the tree that the top has: use sheaf "
                               "verify");
        t->note.len = 0;
        return buf_add(&t->note, was->note.data, was->note.len)
                   ? SHEAF_OK
                   : fail_nomem(err);
    }
    if (how->note.len != 0)
        return take_note(w, how->note, err);
    if (how->key == NULL)
        return SHEAF_OK;
    memcpy(c.origin, t->origin.data, t->origin.len);
    memcpy(c.root, t->root, 32);
    t->note.len = 0;
    return note_sign(&c, how->key->key, &t->note, err);
}

static int
write_end(struct sheaf_writer *w, bool last, struct sheaf_error *err)
{
    struct output *out = &w->layout.out;
    struct ledger *s = &w->layout.ledger;
    struct sheaf_buf end = { 0 };
    int rc;

    s->top.zstd = codec_version();
    s->top.level = (int16_t)w->options.level;
    rc = ledger_choose_base(s, out->at, err);
    if (rc == SHEAF_OK)
        rc = ledger_end(s, out->at, &out->pending, &end, err);
    if (rc == SHEAF_OK)
        rc = output_flush(out, err);
    if (rc == SHEAF_OK && last)
        rc = output_sync(out, err);
    if (rc == SHEAF_OK)
        rc = output_put(out, end.data, END_SIZE, err);
    /* From here on the generation is there. The copy comes later, so that no
     * crash can tear both. */
    if (rc == SHEAF_OK && last)
        rc = output_sync(out, err);
    if (rc == SHEAF_OK)
        rc = output_put(out, end.data + END_SIZE, end.len - END_SIZE, err);
    if (rc == SHEAF_OK && last)
        rc = output_commit(out, err);
    sheaf_buf_free(&end);
    return rc;
}

/* ---- Generations --------------------------------------------------------- */

/* A first generation has a seal even if it has nothing else. */
static bool
has_leaves(const struct ledger *s)
{
    return s->top.size != s->gen_first || s->gen_first == 0;
}

/* Writes what follows the articles of the generation. */
static int
write_rest(struct sheaf_writer *w, int64_t time, const struct signing *how,
           bool last, struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    /* Of an archive that is rewritten: its parity would have no place. */
    if (w->layout.parity.len != 0)
        return fail_corrupt(err, NO_OFFSET, "F12.3",
                            "a dictionary that no article follows");
    if (has_leaves(&w->layout.ledger)) {
        rc = write_run(w, how->as_it_was, err);
        if (rc == SHEAF_OK)
            rc = write_leaves(w, time, err);
    }
    if (rc != SHEAF_OK)
        return rc;
    ledger_close(&w->layout.ledger);
    rc = sign_top(w, how, err);
    if (rc == SHEAF_OK)
        rc = write_end(w, last, err);
    return rc == SHEAF_OK && !last ? layout_begin(&w->layout, err) : rc;
}

int
generation_write(struct sheaf_writer *w, int64_t time,
                 const struct signing *how, bool last, struct sheaf_error *err)
{
    int rc = encode_end(w->encoder, err);

    return rc == SHEAF_OK ? write_rest(w, time, how, last, err) : rc;
}

/* Whether there is something to write although no leaf was added. */
static bool
signs_anew(const struct sheaf_writer *w, const struct signing *how)
{
    const struct top *t = &w->layout.ledger.top;
    struct sheaf_info info;

    if (how->note.len != 0)
        return !bytes_equal(how->note, buf_view(&t->note));
    sheaf_get_info(w->base.reader, &info);
    return how->key != NULL && info.signed_size != t->size;
}

static int
commit(struct sheaf_writer *w, const struct signing *how,
       struct sheaf_error *err)
{
    int rc = encode_end(w->encoder, err);

    if (rc != SHEAF_OK)
        return rc;
    /* Nothing was added: the archive stays as it is, unless there is
     * something to sign. */
    if (w->base.reader != NULL && !has_leaves(&w->layout.ledger) &&
        !signs_anew(w, how))
        return SHEAF_OK;
    return write_rest(w, w->options.time_ms, how, true, err);
}

void
generation_outcome(const struct sheaf_writer *w, struct sheaf_written *out)
{
    const struct top *t = &w->layout.ledger.top;

    *out = w->layout.written;
    out->bytes = w->layout.out.at - w->layout.out.start;
    out->size = t->size;
    memcpy(out->root, t->root, 32);
    memset(out->origin, 0, sizeof out->origin);
    memcpy(out->origin, t->origin.data,
           (size_t)min_u64(t->origin.len, sizeof out->origin - 1));
}

static int
finish(struct sheaf_writer *w, const struct signing *how,
       struct sheaf_written *out, struct sheaf_error *err)
{
    int rc;

    if (w->failed || w->sample)
        return fail(err, SHEAF_EINVAL,
                    w->sample ? "this is a sample, and no archive"
                              : "the writer has failed before");
    if (how->key != NULL && w->base.reader != NULL && !w->base.signs)
        return fail(err, SHEAF_EINVAL,
                    "the key was not given when the archive was opened");
    if (how->key != NULL && w->base.reader != NULL && !w->statements &&
        memcmp(how->key->key + 32, w->base.key, 32) != 0)
        return fail_verify(err, NO_OFFSET, "F9.10",
                           "another key was given when the archive was "
                           "opened");
    if (how->key != NULL && w->layout.ledger.top.key_count != 0 &&
        memcmp(how->key->key + 32, w->layout.ledger.key_new, 32) != 0)
        return fail_verify(err, NO_OFFSET, "F9.10",
                           "after a key change the new key signs");
    rc = commit(w, how, err);
    w->failed = true; /* nothing can be added after this point */
    if (rc == SHEAF_OK && out != NULL)
        generation_outcome(w, out);
    return rc;
}

int
sheaf_commit(struct sheaf_writer *writer, const struct sheaf_secret_key *key,
             struct sheaf_written *out, struct sheaf_error *err)
{
    const struct signing how = { .key = key };

    return finish(writer, &how, out, err);
}

/* The signature lines of a note, but for that of the log. */
static bool
add_cosignatures(const struct note *note, struct sheaf_bytes of,
                 struct sheaf_buf *out)
{
    /* After an empty line. */
    struct sheaf_bytes rest = sheaf_view(of.data + note->text.len + 1,
                                         of.len - note->text.len - 1);
    bool good = true;

    while (good && rest.len != 0) {
        struct sheaf_bytes line = bytes_until(&rest, '\n');
        struct note_sig sig;

        if (note_sig_parse(line, &sig) &&
            !bytes_is(sig.name, note->checkpoint.origin))
            good = buf_add(out, line.data, line.len) && buf_add_str(out, "\n");
    }
    return good;
}

static bool
is_same_signature(const struct note *a, const struct note *b)
{
    return a->ed25519 && b->ed25519 &&
           memcmp(a->sigs[0].key_id, b->sigs[0].key_id,
                  sizeof a->sigs[0].key_id) == 0 &&
           memcmp(a->log_sig, b->log_sig, sizeof a->log_sig) == 0;
}

/* The note, and the cosignatures that the archive's own has of the same
 * checkpoint: they are not lost because somebody signs once more. If the log
 * has not, new ones come below those that are there: a time stamp may be of
 * these alone. */
static int
keep_lines(const struct sheaf_writer *w, struct sheaf_bytes note,
           struct sheaf_buf *out, struct sheaf_error *err)
{
    struct sheaf_bytes old = buf_view(&w->layout.ledger.top.note);
    struct sheaf_buf lines = { 0 };
    struct note was, now;
    unsigned added;
    bool good;
    int rc = note_parse(note, &now, err);

    if (rc != SHEAF_OK)
        return rc;
    if (old.len == 0 || note_parse(old, &was, NULL) != SHEAF_OK ||
        !bytes_equal(was.text, now.text))
        return buf_add(out, note.data, note.len) ? SHEAF_OK : fail_nomem(err);
    if (is_same_signature(&was, &now)) {
        good = add_cosignatures(&now, note, &lines);
        note = old;
    } else {
        good = add_cosignatures(&was, old, &lines);
    }
    rc = good ? sheaf_note_add(note, buf_view(&lines), &added, out, err)
              : fail_nomem(err);
    sheaf_buf_free(&lines);
    return rc;
}

int
sheaf_commit_note(struct sheaf_writer *writer, struct sheaf_bytes note,
                  struct sheaf_written *out, struct sheaf_error *err)
{
    struct sheaf_buf kept = { 0 };
    struct signing how = { .key = NULL };
    int rc = keep_lines(writer, note, &kept, err);

    how.note = buf_view(&kept);
    if (rc == SHEAF_OK)
        rc = finish(writer, &how, out, err);
    sheaf_buf_free(&kept);
    return rc;
}
