/*
 * merge_old.c - checkpoints of the archives that were merged, as evidence
 * (format.md F2.6, `old`).
 *
 * The frame says where each leaf under the old checkpoint is now, or what its
 * hash was if it is not there any more. So everybody can compute the old root
 * from the new archive.
 */
#include "write/merge.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/hex.h"
#include "format/frame.h"

/* Beyond this, the lines are left out. */
#define LINES_MAX ((size_t)32 << 20)

void
merge_old_begin(struct sheaf_merge *m, uint64_t limit)
{
    struct sheaf_buf lines = m->trace.lines;

    lines.len = 0;
    m->trace = (struct merge_trace){ .limit = limit, .lines = lines };
}

/* Ends the line of leaves that follow each other. */
static bool
end_line(struct merge_trace *t)
{
    bool good = t->count == 0 || (buf_add_u64_text(&t->lines, t->count) &&
                                  buf_add_str(&t->lines, " ") &&
                                  buf_add_u64_text(&t->lines, t->first) &&
                                  buf_add_str(&t->lines, "\n"));

    t->count = 0;
    return good;
}

static bool
add_line(struct merge_trace *t, const uint8_t hash[32], uint64_t leaf)
{
    char hex[65];

    t->next++;
    if (t->full)
        return true;
    if (leaf != MERGE_NOWHERE && t->count != 0 &&
        leaf == t->first + t->count) {
        t->count++;
        return true;
    }
    if (!end_line(t))
        return false;
    t->full = t->lines.len > LINES_MAX;
    if (leaf != MERGE_NOWHERE) {
        t->first = leaf;
        t->count = 1;
        return true;
    }
    hex_print(hash, 32, hex);
    hex[64] = '\n';
    return buf_add(&t->lines, hex, sizeof hex);
}

/* Leaves that are not passed on, such as seals, are in the tree. */
static int
fill(struct sheaf_merge *m, struct rewrite *k, uint64_t end,
     struct sheaf_error *err)
{
    struct merge_trace *t = &m->trace;
    int rc = SHEAF_OK;

    while (rc == SHEAF_OK && t->next < end) {
        uint8_t hash[32];

        rc = reader_tree_hash(k->r, k->s, t->next, hash, err);
        if (rc == SHEAF_OK && !add_line(t, hash, MERGE_NOWHERE))
            rc = fail_nomem(err);
    }
    return rc;
}

int
merge_old_leaf(struct sheaf_merge *m, struct rewrite *k, uint64_t old,
               const uint8_t hash[32], uint64_t leaf, struct sheaf_error *err)
{
    int rc;

    if (old >= m->trace.limit)
        return SHEAF_OK;
    rc = fill(m, k, old, err);
    return rc != SHEAF_OK || add_line(&m->trace, hash, leaf) ? rc
                                                             : fail_nomem(err);
}

int
merge_old_end(struct sheaf_merge *m, struct rewrite *k,
              struct sheaf_bytes note, struct sheaf_error *err)
{
    struct merge_trace *t = &m->trace;
    int rc;

    if (t->limit == 0)
        return SHEAF_OK;
    rc = fill(m, k, t->limit, err);
    if (rc == SHEAF_OK && !end_line(t))
        rc = fail_nomem(err);
    if (t->full)
        t->lines.len = 0;
    return rc == SHEAF_OK ? merge_old_note(m, note, err) : rc;
}

int
merge_old_note(struct sheaf_merge *m, struct sheaf_bytes note,
               struct sheaf_error *err)
{
    const struct sheaf_buf *lines = &m->trace.lines;
    struct sheaf_buf body = { 0 }, frame = { 0 };
    int rc = SHEAF_OK;

    if (!buf_add_str(&body, "\n") ||
        !buf_add(&body, lines->data, lines->len) ||
        !buf_add_str(&body, "\n") || !buf_add(&body, note.data, note.len) ||
        !frame_optional(&frame, FRAME_OLD, buf_view(&body)))
        rc = fail_nomem(err);
    if (rc == SHEAF_OK)
        rc = frame_check_optional(buf_view(&body), NO_OFFSET, err);
    if (rc == SHEAF_OK && !m->notes_begun) {
        rc = spool_begin(&m->notes, m->tmpdir, err);
        m->notes_begun = rc == SHEAF_OK;
    }
    if (rc == SHEAF_OK && spool_write(&m->notes, frame.data, frame.len) != 0) {
        rc = m->notes.rc;
        if (err != NULL)
            *err = m->notes.err;
    }
    m->result.notes += rc == SHEAF_OK;
    sheaf_buf_free(&body);
    sheaf_buf_free(&frame);
    return rc;
}

struct putting {
    struct output *out;
    int rc;
    struct sheaf_error err;
};

static int
put_piece(void *arg, const void *data, size_t len)
{
    struct putting *p = arg;

    p->rc = output_put(p->out, data, len, &p->err);
    return p->rc == SHEAF_OK ? 0 : -1;
}

int
merge_old_write(struct sheaf_merge *m, struct sheaf_error *err)
{
    struct putting p = { .out = &m->w->layout.out };
    int rc = spool_read_all(&m->notes, put_piece, &p, err);

    if (p.rc != SHEAF_OK) {
        rc = p.rc;
        if (err != NULL)
            *err = p.err;
    }
    return rc;
}
