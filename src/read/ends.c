/*
 * ends.c - the end records of all generations, from the newest on (format.md
 * F12.4). Their places are kept: damage in each of many generations would
 * otherwise lead through all of them each time.
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "format/frame.h"

/* So far before a lost end record its first copy is looked for. */
static const uint64_t look_back[] = { (uint64_t)1 << 14, (uint64_t)1 << 20 };

/* Whether the END frame at `p` is the first copy of the one before `e`; that
 * one is *out then. */
static bool
is_first_copy(const uint8_t *p, uint64_t offset, const struct end *e,
              struct end *out, struct sheaf_buf *frame)
{
    struct end made;
    uint8_t hash[32];

    if (end_decode(p, offset, &made, NULL) != SHEAF_OK ||
        made.top_length > e->prev)
        return false;
    made.offset = e->prev;
    made.top = e->prev - made.top_length;
    frame->len = 0;
    if (!end_encode(&made, frame))
        return false;
    hash_blake2b(frame->data, END_SIZE, hash);
    if (memcmp(hash, e->prev_hash, 32) != 0)
        return false;
    *out = made;
    return true;
}

/* The last END in the window that is the second of its generation; false if
 * there is none. */
static bool
end_in(struct sheaf_bytes window, uint64_t from, struct end *out,
       const uint8_t **frame)
{
    for (size_t at = window.len; at >= END_SIZE; at--) {
        const uint8_t *p = window.data + at - END_SIZE;
        uint64_t offset = from + at - END_SIZE;

        if (frame_type_at(p, END_SIZE) == FRAME_END &&
            end_decode(p, offset, out, NULL) == SHEAF_OK &&
            out->end == offset + END_SIZE) {
            *frame = p;
            return true;
        }
    }
    return false;
}

/* Derives the end record before `e` from the first copy of its top, at `at`,
 * and the end record before that. */
static bool
is_of_top(const struct sheaf_reader *r, struct sheaf_bytes window,
          uint64_t from, size_t at, const struct end *e, struct end *out,
          struct sheaf_buf *frame)
{
    struct end made = { .offset = e->prev,
                        .start = HEAD_SIZE,
                        .end = e->prev + END_SIZE,
                        .must = r->end.must,
                        .may = r->end.may };
    struct end last;
    const uint8_t *before;
    struct top top;
    uint8_t hash[32];
    bool same;

    made.top_length = get_le32(window.data + at + 4) + 8;
    made.top = e->prev - made.top_length;
    hash_blake2b(window.data + at, made.top_length, made.top_hash);
    if (end_in(sheaf_view(window.data, at), from, &last, &before)) {
        made.start = last.end;
        made.prev = last.offset;
        hash_blake2b(before, END_SIZE, made.prev_hash);
    } else if (from > HEAD_SIZE) {
        return false;
    }
    if (reader_any_top(r, &made, &top, NULL) != SHEAF_OK)
        return false;
    made.size = top.size;
    memcpy(made.root, top.root, 32);
    top_free(&top);
    frame->len = 0;
    if (!end_encode(&made, frame))
        return false;
    hash_blake2b(frame->data, END_SIZE, hash);
    same = memcmp(hash, e->prev_hash, 32) == 0;
    if (same)
        *out = made;
    return same;
}

/* Whether a whole TOP frame at `at` of the window ends where the first copy of
 * the top before `e` does: its length says so. */
static bool
is_first_top(struct sheaf_bytes window, size_t at)
{
    uint64_t rest = window.len - at, length;

    if (frame_type_at(window.data + at, (size_t)rest) != FRAME_TOP)
        return false;
    length = (uint64_t)get_le32(window.data + at + 4) + 8;
    return 2 * length + END_SIZE == rest ||
           2 * length + END_SIZE + PAD_SIZE == rest;
}

int
reader_end_found(const struct sheaf_reader *r, const struct end *e,
                 struct end *out, struct sheaf_error *err)
{
    struct sheaf_buf window = { 0 }, frame = { 0 };
    struct sheaf_error why = { 0 };
    bool found = false;
    int rc = reader_end_before(r, e, out, &why);
    int read = SHEAF_OK;

    for (size_t i = 0; rc == SHEAF_ECORRUPT && e->prev < e->offset && !found &&
                       read == SHEAF_OK && i < COUNT_OF(look_back);
         i++) {
        uint64_t from = e->prev - min_u64(e->prev, look_back[i]);

        read = reader_read(r, from, (size_t)(e->prev - from), &window, err);
        for (size_t at = window.len;
             read == SHEAF_OK && !found && at >= END_SIZE; at--) {
            const uint8_t *p = window.data + at - END_SIZE;

            found = frame_type_at(p, END_SIZE) == FRAME_END &&
                    is_first_copy(p, from + at - END_SIZE, e, out, &frame);
        }
        for (size_t at = window.len; read == SHEAF_OK && !found && at-- > 0;)
            found = is_first_top(buf_view(&window), at) &&
                    is_of_top(r, buf_view(&window), from, at, e, out, &frame);
    }
    sheaf_buf_free(&window);
    sheaf_buf_free(&frame);
    if (read != SHEAF_OK)
        return read;
    if (found)
        reader_note_damage(r, &why);
    else if (rc != SHEAF_OK && err != NULL)
        *err = why;
    return found ? SHEAF_OK : rc;
}

/* What leads from an end record, whose tree has `size` leaves, to the one
 * before. */
struct end_link {
    uint64_t size;
    uint64_t offset;
    uint64_t prev;
    uint8_t prev_hash[32];
};

static int
add_link(struct sheaf_reader *o, const struct end *e, struct sheaf_error *err)
{
    struct end_link *l;

    if (!mem_grow(&o->ends, &o->end_room, o->end_count + 1, sizeof *o->ends))
        return fail_nomem(err);
    l = &o->ends[o->end_count++];
    l->size = e->size;
    l->offset = e->offset;
    l->prev = e->prev;
    memcpy(l->prev_hash, e->prev_hash, 32);
    return SHEAF_OK;
}

/* The end record that a link leads to. */
static int
follow(const struct sheaf_reader *r, const struct end_link *l, struct end *out,
       struct sheaf_error *err)
{
    struct end e = { .offset = l->offset, .prev = l->prev };

    memcpy(e.prev_hash, l->prev_hash, 32);
    return reader_end_found(r, &e, out, err);
}

/* Follows the chain until an end record has at most `size` leaves, or there is
 * none before. */
static int
extend(struct sheaf_reader *o, uint64_t size, struct sheaf_error *err)
{
    int rc = o->end_count == 0 ? add_link(o, &o->end, err) : SHEAF_OK;

    while (rc == SHEAF_OK) {
        const struct end_link last = o->ends[o->end_count - 1];
        struct end before;

        if (last.size <= size || last.prev == 0)
            break;
        rc = follow(o, &last, &before, err);
        if (rc == SHEAF_OK && before.size > last.size)
            rc = fail_corrupt(err, before.offset, "F12.4",
                              "the generation before has more leaves");
        if (rc == SHEAF_OK)
            rc = add_link(o, &before, err);
    }
    return rc;
}

/* The number of links whose trees have more than `size` leaves. */
static size_t
larger(const struct sheaf_reader *o, uint64_t size)
{
    size_t low = 0, high = o->end_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (o->ends[middle].size > size)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Sets *e to the oldest end record with more than `size` leaves, or the newest
 * if there is none, and *before to the one before; *have: there is one. */
static int
find(const struct sheaf_reader *r, uint64_t size, struct end *e,
     struct end *before, bool *have, struct sheaf_error *err)
{
    struct sheaf_reader *o = reader_own(r);
    struct end_link links[2];
    size_t n = 0;
    int rc;

    pthread_mutex_lock(&o->ends_lock);
    rc = extend(o, size, err);
    if (rc == SHEAF_OK) {
        n = larger(o, size);
        links[0] = o->ends[n > 1 ? n - 2 : 0];
        links[1] = o->ends[n > 0 ? n - 1 : 0];
    }
    pthread_mutex_unlock(&o->ends_lock);
    if (rc != SHEAF_OK)
        return rc;
    *e = r->end;
    if (n > 1)
        rc = follow(r, &links[0], e, err);
    *have = rc == SHEAF_OK && n > 0 && links[1].prev != 0;
    return *have ? follow(r, &links[1], before, err) : rc;
}

int
reader_end_after(const struct sheaf_reader *r, uint64_t size, struct end *out,
                 struct sheaf_error *err)
{
    struct sheaf_reader *o = reader_own(r);
    struct end_link link = { .size = 0 };
    size_t n;
    int rc;

    pthread_mutex_lock(&o->ends_lock);
    rc = extend(o, size, err);
    n = larger(o, size);
    /* The one before is known, and does not end there. */
    if (n != 0 && n < o->end_count && o->ends[n].size != size)
        n = 0;
    if (n > 1)
        link = o->ends[n - 2];
    pthread_mutex_unlock(&o->ends_lock);
    if (rc == SHEAF_ENOMEM || rc == SHEAF_EIO)
        return rc;
    *out = r->end;
    return n == 0   ? SHEAF_ENOTFOUND
           : n == 1 ? SHEAF_OK
                    : follow(r, &link, out, err);
}

int
reader_end_of(const struct sheaf_reader *r, uint64_t size, struct end *out,
              struct sheaf_error *err)
{
    struct end before;
    bool have;
    int rc = find(r, size, out, &before, &have, err);

    if (rc == SHEAF_OK && have)
        *out = before;
    if (rc == SHEAF_OK && out->size != size)
        rc = SHEAF_ENOTFOUND;
    return rc;
}

void
reader_generation_of(const struct sheaf_reader *r, uint64_t leaf,
                     uint64_t *offset, uint64_t *first)
{
    struct end e, before;
    bool have;

    *offset = HEAD_SIZE;
    *first = 0;
    if (find(r, leaf, &e, &before, &have, NULL) == SHEAF_OK && have) {
        *offset = e.start;
        *first = before.size;
    }
}
