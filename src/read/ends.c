/*
 * ends.c - end records, each by its offset, and all from the newest on
 * (format.md F12.4). They are kept: damage in each of many generations would
 * otherwise lead through all of them each time.
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "format/frame.h"

/* Bytes read first where a top is looked for. */
#define TOP_READ 65536

/* ---- One end record ------------------------------------------------------ */

bool
reader_goes_on(int rc)
{
    return rc != SHEAF_OK && rc != SHEAF_EIO && rc != SHEAF_ENOMEM;
}

int
reader_end(const struct sheaf_reader *r, uint64_t offset, struct end *out,
           struct sheaf_buf *bytes, struct sheaf_error *err)
{
    struct sheaf_buf own = { 0 };
    struct sheaf_buf *frame = bytes != NULL ? bytes : &own;
    int rc = reader_read(r, offset, END_SIZE, frame, err);

    if (rc == SHEAF_OK)
        rc = end_decode(frame->data, offset, out, err);
    sheaf_buf_free(&own);
    return rc;
}

/* The offset of the TOP frame that ends at `end`; 0 if none is found. */
static int
find_top(const struct sheaf_reader *r, uint64_t end, uint64_t *out,
         struct sheaf_error *err)
{
    struct sheaf_buf window = { 0 };
    uint64_t size = TOP_READ;
    int rc = SHEAF_OK;

    for (*out = 0; rc == SHEAF_OK && *out == 0; size *= 16) {
        uint64_t from = end - min_u64(size, end);

        rc = reader_read(r, from, (size_t)(end - from), &window, err);
        for (size_t at = window.len;
             rc == SHEAF_OK && *out == 0 &&
             frame_find_back(buf_view(&window), FRAME_TOP, &at);) {
            if ((uint64_t)get_le32(window.data + at + 4) + 8 ==
                window.len - at)
                *out = from + at;
        }
        if (size > FRAME_LENGTH_MAX || from == 0)
            break;
    }
    sheaf_buf_free(&window);
    return rc;
}

/* Derives the damaged last END of the generation before `e`. It differs only
 * in two offsets from the first END of that generation. */
static int
derive_end(const struct sheaf_reader *r, const struct end *e, struct end *out,
           struct sheaf_buf *frame, struct sheaf_error *err)
{
    static const uint64_t gaps[] = { END_SIZE, END_SIZE + PAD_SIZE };
    struct sheaf_error why;
    uint64_t top;
    int rc = find_top(r, e->prev, &top, err);

    if (rc != SHEAF_OK || top == 0)
        return rc != SHEAF_OK ? rc : SHEAF_ENOTFOUND;
    for (size_t i = 0; i < COUNT_OF(gaps) && gaps[i] < top; i++) {
        rc = reader_end(r, top - gaps[i], out, NULL, &why);
        if (rc != SHEAF_OK)
            continue;
        out->offset = e->prev;
        out->top = top;
        frame->len = 0;
        return end_encode(out, frame) ? SHEAF_OK : fail_nomem(err);
    }
    return reader_goes_on(rc) ? SHEAF_ENOTFOUND : rc;
}

int
reader_end_before(const struct sheaf_reader *r, const struct end *e,
                  struct end *out, struct sheaf_error *err)
{
    struct sheaf_error why = { 0 };
    struct sheaf_buf frame = { 0 };
    struct end before;
    uint8_t hash[32];
    int rc;

    assert(e->prev != 0);
    if (e->prev >= e->offset)
        return fail_corrupt(err, e->offset, "F12.4",
                            "the end before is after it");
    rc = reader_end(r, e->prev, &before, &frame, &why);
    if (rc == SHEAF_ECORRUPT) {
        rc = derive_end(r, e, &before, &frame, err);
        if (rc == SHEAF_OK)
            reader_note_damage(r, &why);
        rc = rc == SHEAF_ENOTFOUND ? SHEAF_ECORRUPT : rc;
    }
    if (rc == why.code && err != NULL)
        *err = why;
    if (rc == SHEAF_OK) {
        hash_blake2b(frame.data, END_SIZE, hash);
        if (memcmp(hash, e->prev_hash, 32) != 0)
            rc = fail_corrupt(err, e->offset, "F12.4",
                              "not the end of the generation before");
    }
    if (rc == SHEAF_OK && before.size > e->size)
        rc = fail_corrupt(err, e->offset, "F12.4",
                          "the generation before has more leaves");
    if (rc == SHEAF_OK)
        *out = before;
    sheaf_buf_free(&frame);
    return rc;
}

/* ---- Searching for the one before ---------------------------------------- */

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
        made.top_length > e->prev || made.size > e->size)
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
end_in(struct sheaf_bytes window, uint64_t from, struct end *out)
{
    size_t at = window.len;

    while (frame_find_back(window, FRAME_END, &at))
        if (window.len - at >= END_SIZE &&
            end_decode(window.data + at, from + at, out, NULL) == SHEAF_OK &&
            out->end == from + at + END_SIZE)
            return true;
    return false;
}

int
reader_end_of_top(const struct sheaf_reader *r, struct sheaf_bytes frame,
                  const struct end *before, struct end *out, struct top *top,
                  struct sheaf_error *err)
{
    struct sheaf_buf bytes = { 0 };
    int rc = SHEAF_OK;

    out->top_length = (uint32_t)frame.len;
    hash_blake2b(frame.data, frame.len, out->top_hash);
    out->start = HEAD_SIZE;
    out->must = r->end.must;
    out->may = r->end.may;
    if (before != NULL && !end_encode(before, &bytes))
        rc = fail_nomem(err);
    if (rc == SHEAF_OK && before != NULL) {
        out->start = before->end;
        out->prev = before->offset;
        hash_blake2b(bytes.data, bytes.len, out->prev_hash);
    }
    sheaf_buf_free(&bytes);
    if (rc == SHEAF_OK)
        rc = reader_any_top(r, out, top, err);
    if (rc != SHEAF_OK)
        return rc;
    out->size = top->size;
    memcpy(out->root, top->root, 32);
    return SHEAF_OK;
}

/* Derives the end record before `e` from the first copy of its top, at `at`,
 * and the end record before that. */
static bool
is_of_top(const struct sheaf_reader *r, struct sheaf_bytes window,
          uint64_t from, size_t at, const struct end *e, struct end *out,
          struct sheaf_buf *frame)
{
    const uint32_t length = get_le32(window.data + at + 4) + 8;
    struct end made = { .offset = e->prev,
                        .top = e->prev - length,
                        .end = e->prev + END_SIZE };
    struct end last;
    struct top top;
    uint8_t hash[32];
    bool same, first = !end_in(sheaf_view(window.data, at), from, &last);

    if ((first && from > HEAD_SIZE) ||
        reader_end_of_top(r, sheaf_view(window.data + at, length),
                          first ? NULL : &last, &made, &top, NULL) != SHEAF_OK)
        return false;
    top_free(&top);
    if (made.size > e->size)
        return false;
    frame->len = 0;
    if (!end_encode(&made, frame))
        return false;
    hash_blake2b(frame->data, END_SIZE, hash);
    same = memcmp(hash, e->prev_hash, 32) == 0;
    if (same)
        *out = made;
    return same;
}

/* Whether the TOP frame at `at` of the window ends where the first copy of the
 * top before `e` does: its length says so. */
static bool
is_first_top(struct sheaf_bytes window, size_t at)
{
    uint64_t rest = window.len - at, length;

    length = (uint64_t)get_le32(window.data + at + 4) + 8;
    return 2 * length + END_SIZE == rest ||
           2 * length + END_SIZE + PAD_SIZE == rest;
}

/* Whether the END before `e` follows from a frame of this type in the window,
 * its first copy or that of its top. */
static bool
is_in(const struct sheaf_reader *r, struct sheaf_bytes window, uint64_t from,
      enum frame_type type, const struct end *e, struct end *out,
      struct sheaf_buf *frame)
{
    size_t at = window.len;

    while (frame_find_back(window, type, &at)) {
        if (type == FRAME_TOP
                ? is_first_top(window, at) &&
                      is_of_top(r, window, from, at, e, out, frame)
                : window.len - at >= END_SIZE &&
                      is_first_copy(window.data + at, from + at, e, out,
                                    frame))
            return true;
    }
    return false;
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
        found = read == SHEAF_OK &&
                (is_in(r, buf_view(&window), from, FRAME_END, e, out,
                       &frame) ||
                 is_in(r, buf_view(&window), from, FRAME_TOP, e, out, &frame));
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

/* ---- All of them --------------------------------------------------------- */

static int
add_end(struct sheaf_reader *o, const struct end *e, struct sheaf_error *err)
{
    if (!mem_grow(&o->ends, &o->end_room, o->end_count + 1, sizeof *o->ends))
        return fail_nomem(err);
    o->ends[o->end_count++] = *e;
    return SHEAF_OK;
}

/* Adds the end record before the oldest that is known. What is damaged is not
 * tried again: that would be a search for each leaf. */
static int
add_before(struct sheaf_reader *o, struct sheaf_error *err)
{
    const struct end last = o->ends[o->end_count - 1];
    struct sheaf_error why = o->ends_damage;
    struct end before;
    int rc = why.code;

    if (rc == SHEAF_OK)
        rc = reader_end_found(o, &last, &before, &why);
    if (rc == SHEAF_OK)
        return add_end(o, &before, err);
    if (rc != SHEAF_EIO && rc != SHEAF_ENOMEM)
        o->ends_damage = why;
    if (err != NULL)
        *err = why;
    return rc;
}

/* Follows the chain until an end record has at most `size` leaves, or there is
 * none before. */
static int
extend(struct sheaf_reader *o, uint64_t size, struct sheaf_error *err)
{
    int rc = o->end_count == 0 ? add_end(o, &o->end, err) : SHEAF_OK;

    while (rc == SHEAF_OK) {
        const struct end *last = &o->ends[o->end_count - 1];

        if (last->size <= size || last->prev == 0)
            break;
        rc = add_before(o, err);
    }
    return rc;
}

/* The number of ends whose trees have more than `size` leaves. */
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
    int rc;

    pthread_mutex_lock(&o->ends_lock);
    rc = extend(o, size, err);
    if (rc == SHEAF_OK) {
        size_t n = larger(o, size);

        *e = o->ends[n > 0 ? n - 1 : 0];
        *have = n > 0 && n < o->end_count;
        if (*have)
            *before = o->ends[n];
    }
    pthread_mutex_unlock(&o->ends_lock);
    return rc;
}

int
reader_end_after(const struct sheaf_reader *r, uint64_t size, struct end *out,
                 struct sheaf_error *err)
{
    struct sheaf_reader *o = reader_own(r);
    size_t n;
    int rc;

    pthread_mutex_lock(&o->ends_lock);
    rc = extend(o, size, err);
    n = larger(o, size);
    /* The one before is known, and does not end there; or there is none. */
    if (n != 0 && (n < o->end_count ? o->ends[n].size != size
                                    : o->ends[n - 1].prev == 0 && size != 0))
        n = 0;
    if (n != 0)
        *out = o->ends[n - 1];
    pthread_mutex_unlock(&o->ends_lock);
    if (rc == SHEAF_ENOMEM || rc == SHEAF_EIO)
        return rc;
    return n == 0 ? SHEAF_ENOTFOUND : SHEAF_OK;
}

int
reader_end_with(const struct sheaf_reader *r, uint64_t leaf, struct end *out,
                struct sheaf_error *err)
{
    struct end before;
    bool have;

    return find(r, leaf, out, &before, &have, err);
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

bool
reader_may_stand(const struct sheaf_reader *r, uint64_t leaf, bool seal,
                 uint64_t offset)
{
    struct end e, before;
    bool have;

    return find(r, leaf, &e, &before, &have, NULL) != SHEAF_OK ||
           e.size <= leaf ||
           ((leaf + 1 == e.size) == seal && offset >= e.start &&
            offset < e.end);
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
