/*
 * behind_seal.c - what stands behind the newest seal of an archive that is
 * continued (format.md F12): the end of its generation, and generations
 * without leaves.
 *
 * These only carry a checkpoint. All of it takes no key to write. Once leaves
 * follow something else than must be there, nothing can verify the archive, and
 * cutting it off would cost these leaves. So it must be what a verifier
 * accepts, which follows from the generation before and its own checkpoint.
 */
#include "write/writer.h"

#include "base/buf.h"
#include "base/err.h"
#include "format/frame.h"
#include "log/note.h"
#include "read/walk.h"

#define STEP ((uint64_t)16 << 10)

/* One generation, and the one before, with their tops. */
struct behind {
    const struct sheaf_reader *r;
    struct sheaf_scratch *scratch;
    struct kept_base kept;
    struct end end, before;
    struct top top, top_before;
};

/* Optional frames come before its top, and no others. */
static int
check_frames(const struct behind *g, uint64_t top, struct sheaf_error *err)
{
    struct walk w = {
        .source = g->r->source, .at = g->before.end, .end = top, .step = STEP
    };
    int rc = SHEAF_OK;

    while (rc == SHEAF_OK && w.at < w.end) {
        struct walk_frame f;

        rc = walk_peek(&w, &f, err);
        if (rc == SHEAF_OK && f.type != FRAME_OPTIONAL)
            rc = fail_corrupt(err, f.offset, "F12.3",
                              "%s in a generation without leaves",
                              frame_name(f.type));
        if (rc == SHEAF_OK)
            rc = walk_load(&w, &f, err);
        if (rc == SHEAF_OK)
            rc = frame_check_optional(f.body, f.offset, err);
        if (rc == SHEAF_OK)
            walk_pass(&w, &f);
    }
    walk_free(&w);
    return rc;
}

/* Passes a frame that must be of this type. Its content is checked where it is
 * used. */
static int
pass_frame(struct walk *w, enum frame_type type, struct sheaf_error *err)
{
    struct walk_frame f;
    int rc = walk_peek(w, &f, err);

    if (rc == SHEAF_OK && f.type != type)
        rc = fail_corrupt(err, f.offset, "F12.3", "%s in the place of %s",
                          frame_name(f.type), frame_name(type));
    if (rc == SHEAF_OK)
        walk_pass(w, &f);
    return rc;
}

/* The same of the newest generation with leaves: behind its seal come the
 * hashes that are due, and no other frames. */
static int
check_hashes(const struct behind *g, uint64_t top, struct sheaf_error *err)
{
    const struct top *t = &g->top;
    struct walk w = {
        .source = g->r->source, .at = t->seal, .end = top, .step = STEP
    };
    int rc = pass_frame(&w, FRAME_LEF, err);

    if (rc == SHEAF_OK && t->slab_count != 0 &&
        t->slabs[t->slab_count - 1].offset >= w.at)
        rc = pass_frame(&w, FRAME_SLB, err);
    if (rc == SHEAF_OK && t->size % SLAB_LEAVES != 0)
        rc = pass_frame(&w, FRAME_TIL, err);
    if (rc == SHEAF_OK && w.at != top)
        rc = fail_corrupt(err, w.at, "F12.3",
                          "another frame between the hashes and the top");
    walk_free(&w);
    return rc;
}

/* TOP END [PAD] TOP END follow from the second TOP and the second END. */
static int
check_end(const struct behind *g, bool leafless, struct sheaf_error *err)
{
    struct sheaf_buf top = { 0 }, should = { 0 }, there = { 0 };
    struct end first = ledger_first_end(&g->end);
    uint64_t start = g->end.prev != 0 ? g->before.end : HEAD_SIZE;
    int rc = reader_top_frame(g->r, &g->end, &top, err);

    if (rc == SHEAF_OK && (g->end.start != start || first.top < start))
        rc = fail_corrupt(err, g->end.offset, "F12.4",
                          "not the end of the generation before");
    if (rc == SHEAF_OK && g->end.prev != 0 && g->end.must != g->before.must)
        rc = fail_corrupt(err, g->end.offset, "F12.6",
                          "other features than before");
    if (rc == SHEAF_OK)
        rc = leafless ? check_frames(g, first.top, err)
                      : check_hashes(g, first.top, err);
    if (rc == SHEAF_OK &&
        (!buf_add(&should, top.data, top.len) || !end_encode(&first, &should)))
        rc = fail_nomem(err);
    if (rc == SHEAF_OK)
        rc = ledger_copy(&first, buf_view(&top), &should, err);
    if (rc == SHEAF_OK)
        rc = reader_read(g->r, first.top, (size_t)(g->end.end - first.top),
                         &there, err);
    if (rc == SHEAF_OK && !bytes_equal(buf_view(&there), buf_view(&should)))
        rc = fail_corrupt(err, first.top, "F12.3",
                          "the second top or end differs from the first");
    sheaf_buf_free(&top);
    sheaf_buf_free(&should);
    sheaf_buf_free(&there);
    return rc;
}

/* But for its own number and such, the top is the one before. */
static int
check_top(const struct behind *g, struct sheaf_error *err)
{
    const struct top *t = &g->top, *before = &g->top_before;
    uint64_t whole = before->base != 0 ? before->base : g->before.top;
    struct sheaf_buf should = { 0 }, there = { 0 };
    int rc = SHEAF_OK;

    if (t->base != 0 && t->base != whole)
        rc = fail_corrupt(err, g->end.top, "F11.4",
                          "the base is not the newest whole top");
    if (rc == SHEAF_OK &&
        (!top_encode_state(before, &should) || !top_encode_state(t, &there)))
        rc = fail_nomem(err);
    if (rc == SHEAF_OK &&
        (t->generation != before->generation + 1 ||
         g->end.size != g->before.size ||
         memcmp(g->end.root, g->before.root, HASH_BYTES) != 0 ||
         !bytes_equal(buf_view(&there), buf_view(&should))))
        rc = fail_corrupt(err, g->end.top, "F11.3",
                          "the top does not match the archive");
    sheaf_buf_free(&should);
    sheaf_buf_free(&there);
    return rc;
}

static int
parse(struct sheaf_bytes note, uint64_t top, struct note *out,
      struct sheaf_error *err)
{
    int rc = note_parse(note, out, err);

    if (rc != SHEAF_OK && err != NULL)
        err->offset = top;
    return rc;
}

/* The checkpoint follows that of the generation before. If it is the same one,
 * it was checked there, or came with leaves. */
static int
check_note(const struct behind *g, struct sheaf_error *err)
{
    struct sheaf_bytes bytes = buf_view(&g->top.note),
                       older = buf_view(&g->top_before.note);
    struct note note, before = { .checkpoint.size = 0 };
    uint8_t root[HASH_BYTES];
    int rc = SHEAF_OK;

    if (older.len != 0)
        rc = parse(older, g->before.top, &before, err);
    if (rc != SHEAF_OK || bytes_equal(bytes, older))
        return rc;
    if (bytes.len == 0)
        return note_follows(before.checkpoint.size, NULL, g->end.top, err);
    rc = parse(bytes, g->end.top, &note, err);
    if (rc == SHEAF_OK)
        rc = note_follows(before.checkpoint.size, &note, g->end.top, err);
    if (rc == SHEAF_OK)
        rc = reader_ended_root(g->r, g->scratch, note.checkpoint.size, root,
                               err);
    return rc == SHEAF_OK || rc == SHEAF_ENOTFOUND
               ? note_is_of(&note, buf_view(&g->top.origin),
                            rc == SHEAF_OK ? root : NULL, g->end.top, err)
               : rc;
}

static int
check_all(struct behind *g, uint64_t *count, struct sheaf_error *err)
{
    const struct sheaf_reader *r = g->r;
    int rc = top_copy(&r->top, &g->top, err);

    while (rc == SHEAF_OK && g->end.prev != 0) {
        rc = reader_end_found(r, &g->end, &g->before, err);
        if (rc != SHEAF_OK || g->before.size < r->top.size)
            break;
        rc = reader_next_top(r, &g->before, &g->kept, &g->top_before, err);
        if (rc == SHEAF_OK)
            rc = check_end(g, true, err);
        if (rc == SHEAF_OK)
            rc = check_top(g, err);
        if (rc == SHEAF_OK)
            rc = check_note(g, err);
        if (rc != SHEAF_OK)
            break;
        (*count)++;
        top_free(&g->top);
        g->top = g->top_before;
        g->end = g->before;
        g->top_before = (struct top){ 0 };
    }
    return rc == SHEAF_OK ? check_end(g, false, err) : rc;
}

int
behind_seal_check(const struct sheaf_reader *r, struct sheaf_scratch *scratch,
                  uint64_t *count, struct sheaf_error *err)
{
    struct behind g = { .r = r, .scratch = scratch, .end = r->end };
    struct sheaf_error why = { 0 };
    int rc;

    *count = 0;
    rc = check_all(&g, count, &why);
    top_free(&g.top);
    top_free(&g.top_before);
    kept_base_free(&g.kept);
    if (rc == SHEAF_ECORRUPT)
        return fail_corrupt(err, why.offset, why.clause,
                            "%s: use sheaf repair", why.message);
    if (rc != SHEAF_OK && err != NULL)
        *err = why;
    return rc;
}
