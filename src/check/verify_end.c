/*
 * verify_end.c - leaves, seals, tiles, tops and end records (F6, F10 to F12).
 */
#include "check/verify.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/mem.h"
#include "format/frame.h"
#include "format/ledger.h"
#include "format/parity.h"
#include "log/note.h"

/* ---- Seal and tiles ----------------------------------------------------- */

/* Whether the runs are the expected ones, apart from their map roots. */
static bool
only_roots_differ(const struct seal *got, const struct seal *want)
{
    bool differ = false;

    if (got->redactions != want->redactions ||
        got->run_count != want->run_count)
        return false;
    for (unsigned i = 0; i < want->run_count; i++) {
        const struct seal_run *a = &got->runs[i], *b = &want->runs[i];

        if (a->first != b->first || a->end != b->end || a->rows != b->rows)
            return false;
        differ |= memcmp(a->root, b->root, 32) != 0;
    }
    return differ;
}

static int
take_seal(struct verify *v, const struct leaf_stored *leaf,
          const uint8_t *frame, uint64_t length, struct sheaf_error *err)
{
    struct seal seal;
    int rc = verify_room(v, false, v->walk.at, err);

    if (rc == SHEAF_OK)
        rc = seal_decode(leaf->part, v->walk.at, &seal, err);
    if (rc == SHEAF_OK)
        rc = verify_take_run(v, &seal, err);
    if (rc != SHEAF_OK)
        return rc;
    v->out.len = 0;
    rc = ledger_seal(&v->ledger, v->walk.at, leaf->time, &v->out, err);
    if (rc == SHEAF_OK && !verify_same(v, frame, length)) {
        struct seal want = { 0 };

        top_state_in_seal(&v->ledger.top, &want);
        rc = only_roots_differ(&seal, &want)
                 ? fail_corrupt(err, v->walk.at, "F8.6",
                                "the seal states another map")
                 : fail_corrupt(err, v->walk.at, "F6.5",
                                "the seal does not match the archive");
    }
    v->stage = SEALED;
    return rc;
}

/* F12.3: whether a leaf of this type may come here. */
static bool
leaf_in_place(const struct verify *v, unsigned type)
{
    if (type == LEAF_ARTICLE)
        return v->stage == ARTICLES;
    return v->stage <= (type == LEAF_SEAL ? TABLES : STATEMENTS) &&
           v->group.count == 0 && v->dict.parity.len == 0;
}

int
verify_take_leaf(struct verify *v, struct sheaf_bytes body,
                 const uint8_t *frame, uint64_t length,
                 struct sheaf_error *err)
{
    unsigned type = leaf_type_of(body);
    struct leaf_stored leaf;
    int rc;

    if (type != 0 && !leaf_in_place(v, type))
        return fail_corrupt(err, v->walk.at, "F12.3", "a leaf out of place");
    rc = leaf_decode_stored(body, v->walk.at, &leaf, err);
    if (rc != SHEAF_OK)
        return rc;
    if (leaf.type == LEAF_ARTICLE)
        return verify_take_removed(v, &leaf, frame, length, err);
    if (leaf.type == LEAF_SEAL)
        return take_seal(v, &leaf, frame, length, err);
    v->stage = STATEMENTS;
    return leaf.type == LEAF_REDACTION
               ? verify_take_redaction(v, &leaf, length, err)
               : verify_take_key_change(v, &leaf, err);
}

int
verify_take_tiles(struct verify *v, bool slab, const uint8_t *frame,
                  uint64_t length, struct sheaf_error *err)
{
    const size_t head = FRAME_HEAD_SIZE + 8;
    int rc;

    if (slab != ledger_slab_full(&v->ledger) || v->group.count != 0 ||
        v->stage == TABLES || v->stage == CLOSED ||
        (!slab && v->stage != SEALED) || v->dict.parity_due)
        return fail_corrupt(err, v->walk.at, slab ? "F10.1" : "F12.3",
                            "leaf hashes out of place");
    v->out.len = 0;
    rc = slab ? ledger_slab(&v->ledger, v->walk.at, &v->out, err)
              : ledger_tiles(&v->ledger, v->walk.at, &v->out, err);
    if (rc == SHEAF_OK && !verify_same(v, frame, length)) {
        bool placed = length == v->out.len &&
                      memcmp(frame, v->out.data, head) == 0;

        rc = fail_corrupt(err, v->walk.at, placed ? "F10.2" : "F10.1",
                          placed ? "leaf hashes do not match the leaves"
                                 : "tiles of other leaves");
    }
    if (!slab)
        v->stage = CLOSED;
    return rc;
}

/* ---- Top and end -------------------------------------------------------- */

static int
check_note(struct verify *v, const struct top *t, struct sheaf_error *err)
{
    const struct mark *mark;
    const uint8_t *root;
    struct note note;
    int rc;

    if (t->note.len == 0)
        return note_follows(v->note_size, NULL, v->walk.at, err);
    rc = note_parse(buf_view(&t->note), &note, err);
    if (rc != SHEAF_OK) {
        if (err != NULL)
            err->offset = v->walk.at;
        return rc;
    }
    rc = note_follows(v->note_size, &note, v->walk.at, err);
    if (rc != SHEAF_OK)
        return rc;
    v->note_size = note.checkpoint.size;
    mark = note.checkpoint.size != 0 ? verify_mark_at(v, note.checkpoint.size)
                                     : NULL;
    root = note.checkpoint.size == t->size ? t->root
           : mark != NULL                  ? mark->root
                                           : NULL;
    return note_is_of(&note, buf_view(&t->origin), root, v->walk.at, err);
}

static bool
replace(struct sheaf_buf *to, const struct sheaf_buf *from)
{
    to->len = 0;
    return buf_add(to, from->data, from->len);
}

/* Takes from the top what cannot be computed; the rest is compared. */
static int
adopt_top(struct verify *v, const struct top *t, struct sheaf_error *err)
{
    struct top *mine = &v->ledger.top;

    if (memcmp(t->root, mine->root, 32) != 0)
        return fail_corrupt(
            err, v->walk.at, "F6.4",
            "the leaves give another root than the top states");
    for (uint32_t i = 0; i < t->run_count && i < mine->run_count; i++) {
        if (memcmp(t->runs[i].root, mine->runs[i].root, 32) != 0)
            return fail_corrupt(err, v->walk.at, "F8.6",
                                "the top states another map root");
    }
    mine->base = t->base;
    mine->base_length = t->base_length;
    v->unknown += t->later.len != 0;
    if (!replace(&mine->later, &t->later))
        return fail_nomem(err);
    mine->zstd = t->zstd;
    mine->level = t->level;
    if (!replace(&mine->note, &t->note) ||
        (mine->generation == 1 && !replace(&mine->origin, &t->origin)))
        return fail_nomem(err);
    return check_note(v, t, err);
}

static int
add_mark(struct verify *v, struct sheaf_error *err)
{
    struct mark *marks;

    v->sums.now.size = v->ledger.top.size;
    memcpy(v->sums.now.root, v->ledger.top.root, 32);
    if (v->sums.count != 0 &&
        v->sums.marks[v->sums.count - 1].size == v->sums.now.size)
        return SHEAF_OK;
    marks = mem_resize(v->sums.marks, v->sums.count + 1, sizeof *marks);
    if (marks == NULL)
        return fail_nomem(err);
    v->sums.marks = marks;
    marks[v->sums.count++] = v->sums.now;
    return SHEAF_OK;
}

/* The first unexpected byte is at `differs`, after the first END: either
 * the frame there is malformed (F2), or it is not the copy that it should
 * be. */
static int
copy_differs(const struct verify *v, const uint8_t *got, uint64_t length,
             size_t differs, const struct sheaf_buf *want,
             struct sheaf_error *err)
{
    size_t at = 0;
    size_t next = 0;
    struct sheaf_bytes body;
    struct frame f;
    int rc;

    while (next <= differs && next < want->len) {
        at = next;
        next += (size_t)get_le32(want->data + at + 4) + 8;
    }
    if (differs == length && (at == length || next == length))
        return fail_corrupt(err, v->walk.at + length, "F12.5",
                            "the file ends within its last generation");
    rc = frame_peek(got + at, (size_t)length - at, v->walk.at + at,
                    v->walk.end, &f, err);
    if (rc == SHEAF_OK && f.type != FRAME_ZSTD && f.type != FRAME_DICT &&
        f.length <= length - at)
        rc = frame_body((struct sheaf_bytes){ got + at, (size_t)f.length },
                        v->walk.at + at, f.type, &body, err);
    return rc != SHEAF_OK
               ? rc
               : fail_corrupt(err, v->walk.at + at, "F12.3",
                              "the second top or end differs from the first");
}

/* END [PAD] TOP END must be these bytes. Finds the clause that other bytes
 * break. */
static int
end_differs(struct verify *v, const uint8_t *got, uint64_t length,
            const struct sheaf_buf *want, struct sheaf_error *err)
{
    struct end e, w;
    size_t at = 0;
    int rc = SHEAF_OK;

    while (at < length && got[at] == want->data[at])
        at++;
    if (at < END_SIZE && length >= END_SIZE) {
        if (memcmp(got, want->data, FRAME_HEAD_SIZE) != 0)
            return fail_corrupt(err, v->walk.at, "F12.3",
                                "no end record after the top");
        rc = end_decode(got, v->walk.at, &e, err);
        if (rc == SHEAF_OK)
            rc = end_decode(want->data, v->walk.at, &w, err);
        if (rc == SHEAF_OK &&
            (e.prev != w.prev || memcmp(e.prev_hash, w.prev_hash, 32) != 0 ||
             e.start != w.start))
            return fail_corrupt(err, v->walk.at, "F12.4",
                                "not the end of the generation before");
        if (rc == SHEAF_OK && e.must != w.must)
            return fail_corrupt(err, v->walk.at, "F12.6",
                                "other features than in the head");
        if (rc == SHEAF_OK)
            rc = fail_corrupt(err, v->walk.at, "F12.2",
                              "the end record does not match the archive");
        return rc;
    }
    return copy_differs(v, got, length, at, want, err);
}

/* Takes what follows the TOP, up to the end of the generation. */
static int
take_end(struct verify *v, const struct sheaf_buf *want,
         struct sheaf_error *err)
{
    uint64_t length = min_u64(want->len, v->walk.end - v->walk.at);
    const uint8_t *p;
    int rc = walk_bytes(&v->walk, v->walk.at, length, &p, err);

    if (rc != SHEAF_OK)
        return rc;
    if (length != want->len || memcmp(p, want->data, want->len) != 0)
        return end_differs(v, p, length, want, err);
    v->walk.at += length;
    rc = add_mark(v, err);
    v->stage = ARTICLES;
    v->fresh = v->walk.at;
    if (v->walk.at < v->walk.end)
        ledger_begin(&v->ledger, v->walk.at);
    return rc;
}

/* F11.4: only the newest whole top is a base. */
static int
decode_top(struct verify *v, const struct walk_frame *f, struct top *out,
           struct sheaf_error *err)
{
    const struct ledger *s = &v->ledger;
    uint64_t base = 0;
    uint32_t length = 0;
    int rc = top_decode_base(f->body, f->offset, &base, &length, err);

    if (rc == SHEAF_OK && base != 0 &&
        (base != s->base_at || length != s->base_length))
        rc = fail_corrupt(err, f->offset, "F11.4",
                          "the base is not the newest whole top");
    return rc == SHEAF_OK ? top_decode(f->body, f->offset,
                                       base != 0 ? &s->base : NULL, out, err)
                          : rc;
}

/* What the end record says of features that may be ignored, and of those that
 * may not. */
static int
adopt_features(struct verify *v, uint64_t offset, struct sheaf_error *err)
{
    struct sheaf_buf frame = { 0 };
    struct end e;
    int rc = SHEAF_OK;

    v->ledger.may = 0;
    if (v->walk.end - offset < END_SIZE)
        return SHEAF_OK;
    rc = reader_read(v->r, offset, END_SIZE, &frame, err);
    if (rc == SHEAF_OK &&
        end_decode(frame.data, offset, &e, NULL) == SHEAF_OK) {
        v->ledger.may = e.may;
        v->unknown += e.may != 0;
        rc = end_check_features(&e, err);
    }
    sheaf_buf_free(&frame);
    return rc;
}

int
verify_take_top(struct verify *v, const struct walk_frame *f,
                struct sheaf_error *err)
{
    struct ledger *s = &v->ledger;
    struct sheaf_buf end = { 0 };
    struct top t = { 0 };
    bool bare = v->stage == ARTICLES && s->top.size == s->gen_first &&
                s->top.size != 0;
    int rc;

    if ((v->stage != SEALED && v->stage != CLOSED && !bare) ||
        v->group.count != 0)
        return fail_corrupt(err, f->offset, "F12.3", "a top out of place");
    if (ledger_slab_full(s) || (v->stage == SEALED && s->slab_fill != 0))
        return fail_corrupt(err, f->offset, "F10.1",
                            "leaf hashes are missing");
    rc = decode_top(v, f, &t, err);
    if (rc != SHEAF_OK)
        return rc;
    ledger_close(s);
    rc = adopt_top(v, &t, err);
    top_free(&t);
    if (rc == SHEAF_OK)
        rc = adopt_features(v, f->offset + f->length, err);
    v->out.len = 0;
    if (rc == SHEAF_OK)
        rc = ledger_end(s, f->offset, &v->out, &end, err);
    if (rc == SHEAF_OK && !verify_same(v, f->bytes.data, f->length))
        rc = fail_corrupt(err, f->offset, "F11.3",
                          "the top does not match the archive");
    walk_pass(&v->walk, f);
    if (rc == SHEAF_OK)
        rc = take_end(v, &end, err);
    sheaf_buf_free(&end);
    return rc;
}
