/*
 * lost_top.c - a generation in the middle of which both tops are lost.
 *
 * What its top said follows from its leaves and its end record, but for the
 * note. The seal after it states the hash of that one: the note is the one of
 * the generation before or after, or its bytes are still there.
 */
#include "write/mend.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

/* The text of a note has 3 lines and an empty one; then come its signatures. */
#define NOTE_LINES_MAX 20

static int
cannot(const struct end *e, struct sheaf_error *err)
{
    return fail_corrupt(err, e->top, "F9.9",
                        "the top of an earlier generation is lost with its "
                        "checkpoint, but no article of it: all can be read; "
                        "'sheaf recover' makes an archive that is not signed");
}

static bool
is_note(struct sheaf_bytes note, const uint8_t stated[32])
{
    uint8_t hash[32] = { 0 };

    if (note.len != 0)
        hash_blake2b(note.data, note.len, hash);
    return memcmp(hash, stated, 32) == 0;
}

/* What the seal of the next generation states of the note. *known: it has a
 * seal. *after is its top. */
static int
ask_next(struct rewrite *k, const struct end *e, const struct end *next,
         uint8_t stated[32], bool *known, struct top *after,
         struct sheaf_error *err)
{
    struct leaf_stored leaf;
    struct seal seal;
    int rc = reader_top(k->r, next, after, err);

    *known = rc == SHEAF_OK && after->size != e->size;
    if (!*known)
        return rc;
    rc = reader_stored(k->r, k->s, after->seal, &leaf, err);
    if (rc == SHEAF_OK)
        rc = seal_decode(leaf.part, after->seal, &seal, err);
    if (rc == SHEAF_OK && seal.prev_size != e->size)
        rc = fail_corrupt(err, after->seal, "F6.5", "not the next seal");
    if (rc == SHEAF_OK)
        memcpy(stated, seal.prev_note, 32);
    return rc;
}

/* Looks for the bytes of the note in what is left of the tops. */
static int
search_note(struct rewrite *k, const struct end *e, const uint8_t stated[32],
            struct sheaf_buf *out, bool *found, struct sheaf_error *err)
{
    const struct sheaf_buf *origin = &k->r->top.origin;
    uint64_t reach = 2 * (uint64_t)e->top_length + 2 * END_SIZE + PAD_SIZE;
    uint64_t from = e->end - min_u64(reach, e->end - e->start);
    struct sheaf_buf bytes = { 0 };
    int rc = reader_read(k->r, from, (size_t)(e->end - from), &bytes, err);

    for (size_t at = 0;
         rc == SHEAF_OK && !*found && bytes.len - at > origin->len; at++) {
        size_t to = at + origin->len;

        if (memcmp(bytes.data + at, origin->data, origin->len) != 0 ||
            bytes.data[to] != '\n')
            continue;
        for (unsigned lines = 0;
             !*found && lines < NOTE_LINES_MAX && to < bytes.len; to++) {
            if (bytes.data[to] != '\n')
                continue;
            lines++;
            *found = is_note(sheaf_view(bytes.data + at, to + 1 - at), stated);
        }
        if (*found && !buf_add(out, bytes.data + at, to - at))
            rc = fail_nomem(err);
    }
    sheaf_buf_free(&bytes);
    return rc;
}

static int
find_note(struct rewrite *k, const struct end *e, const struct end *next,
          struct sheaf_buf *out, struct sheaf_error *err)
{
    struct sheaf_bytes note = buf_view(&k->note);
    struct top after = { 0 };
    uint8_t stated[32];
    bool known, found;
    int rc = ask_next(k, e, next, stated, &known, &after, err);

    /* Without a seal that says otherwise, the one before is right (F9.9). */
    found = rc == SHEAF_OK && (!known || is_note(note, stated));
    if (rc == SHEAF_OK && !found && is_note(buf_view(&after.note), stated)) {
        note = buf_view(&after.note);
        found = true;
    }
    if (found && !buf_add(out, note.data, note.len))
        rc = fail_nomem(err);
    if (rc == SHEAF_OK && !found)
        rc = search_note(k, e, stated, out, &found, err);
    top_free(&after);
    return rc == SHEAF_ECORRUPT || (rc == SHEAF_OK && !found) ? cannot(e, err)
                                                              : rc;
}

int
mend_lost_top(struct rewrite *k, const struct end *e, const struct end *next,
              struct top *out, struct sheaf_error *err)
{
    const struct sheaf_buf *origin = &k->r->top.origin;
    struct top t = { .size = e->size, .run_count = 1 };
    int rc;

    if (e->end <= e->start || e->start > e->top || e->end > k->r->file_size)
        return fail_corrupt(err, e->offset, "F12.2", "an end out of order");
    if (k->leaf + 1 == e->size)
        return cannot(e, err); /* its last leaf is lost, too: the seal */
    if (k->leaf != e->size)
        return fail_corrupt(err, e->top, "F11.3",
                            "the end has another number of leaves");
    memcpy(t.root, e->root, sizeof t.root);
    t.runs[0].first = k->run_first;
    rc = find_note(k, e, next, &t.note, err);
    if (rc == SHEAF_OK && !buf_add(&t.origin, origin->data, origin->len))
        rc = fail_nomem(err);
    if (rc != SHEAF_OK)
        top_free(&t);
    else
        *out = t;
    return rc;
}
