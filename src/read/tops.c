/*
 * tops.c - the top that an end record names (format.md F11).
 *
 * A top is there twice, and may be written against an earlier one, its base,
 * which is there twice as well.
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "format/frame.h"
#include "format/ledger.h"

#define JOIN_STEP 32

/* A TOP frame that is wanted. */
struct wanted {
    uint64_t at; /* of its second copy */
    uint32_t length;
    const struct end *end; /* that names it; NULL: the base of another top */
    struct sheaf_bytes
        tail; /* the last bytes of the file, if they were read */
    uint64_t tail_at;
};

/* A copy of it that is whole. */
struct copy {
    uint64_t at;
    struct sheaf_bytes frame;
    struct sheaf_bytes body;
    struct sheaf_buf buf; /* unless it is in the tail */
};

static int
check_copy(const struct wanted *want, struct copy *out,
           struct sheaf_error *err)
{
    uint8_t hash[32];

    if (want->end != NULL) {
        hash_blake2b(out->frame.data, out->frame.len, hash);
        if (memcmp(hash, want->end->top_hash, 32) != 0)
            return fail_corrupt(err, out->at, "F12.2",
                                "the top is not the one that the end names");
    }
    return frame_body(out->frame, out->at, FRAME_TOP, &out->body, err);
}

static int
read_copy(const struct sheaf_reader *r, const struct wanted *want, uint64_t at,
          struct copy *out, struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    out->at = at;
    out->frame.len = want->length;
    if (at >= want->tail_at && want->length <= want->tail.len &&
        at - want->tail_at <= want->tail.len - want->length) {
        out->frame.data = want->tail.data + (at - want->tail_at);
    } else {
        rc = reader_read(r, at, want->length, &out->buf, err);
        out->frame.data = out->buf.data;
    }
    return rc == SHEAF_OK ? check_copy(want, out, err) : rc;
}

/* A sector can take the end of the first copy, which is at `first`, and the
 * beginning of the second, but less than all of what is between their
 * beginnings. So a beginning of the first and the rest of the second are the
 * top. */
static int
join_copies(const struct sheaf_reader *r, const struct wanted *want,
            uint64_t first, struct copy *out)
{
    struct sheaf_buf from = { 0 };
    int rc = reader_read(r, first, want->length, &from, NULL);

    if (rc == SHEAF_OK)
        rc = reader_read(r, want->at, want->length, &out->buf, NULL);
    out->at = want->at;
    out->frame = buf_view(&out->buf);
    if (rc == SHEAF_OK)
        rc = SHEAF_ECORRUPT;
    for (size_t k = 0; rc == SHEAF_ECORRUPT && k + JOIN_STEP < want->length;
         k += JOIN_STEP) {
        memcpy(out->buf.data + k, from.data + k, JOIN_STEP);
        rc = check_copy(want, out, NULL);
    }
    sheaf_buf_free(&from);
    return rc;
}

/* Reads the second copy, or if it is damaged the first, or what is left of
 * both. The first ends before the first END, which ends before the second copy
 * or before a PAD. If the first END is all that is left, it is the other way
 * round: the second copy ends where the second END began. */
static int
find_copy(const struct sheaf_reader *r, const struct wanted *want,
          struct copy *out, struct sheaf_error *err)
{
    static const uint64_t gaps[] = { END_SIZE, END_SIZE + PAD_SIZE };
    bool second = want->end == NULL ||
                  want->end->offset + END_SIZE == want->end->end;
    struct sheaf_error why = { 0 };
    int rc;

    if (want->length > FRAME_LENGTH_MAX + 8)
        return fail_corrupt(err, want->at, "F2.2", "top of more than 64 MiB");
    rc = read_copy(r, want, want->at, out, &why);
    if (rc == SHEAF_ECORRUPT && !second &&
        want->end->end > END_SIZE + want->length)
        rc = read_copy(r, want, want->end->end - END_SIZE - want->length, out,
                       NULL);
    for (size_t i = 0; rc == SHEAF_ECORRUPT && second && i < COUNT_OF(gaps);
         i++) {
        if (gaps[i] + want->length >= want->at)
            break;
        rc = read_copy(r, want, want->at - want->length - gaps[i], out, NULL);
    }
    if (rc == SHEAF_ECORRUPT && second && want->end != NULL &&
        want->length < PAD_FROM_TOP && want->at > want->length + END_SIZE)
        rc = join_copies(r, want, want->at - want->length - END_SIZE, out);
    if (rc == SHEAF_OK && why.code != SHEAF_OK)
        reader_note_damage(r, &why);
    if (rc != SHEAF_OK && err != NULL)
        *err = why;
    return rc == SHEAF_OK ? SHEAF_OK : why.code;
}

static int load(const struct sheaf_reader *r, const struct wanted *want,
                struct kept_base *kept, struct top *out,
                struct sheaf_error *err);

/* Reads the base that is wanted, unless it is kept. */
static int
load_base(const struct sheaf_reader *r, const struct wanted *want,
          struct kept_base *kept, struct sheaf_error *err)
{
    int rc;

    if (kept->at == want->at && kept->length == want->length)
        return SHEAF_OK;
    kept_base_free(kept);
    rc = load(r, want, NULL, &kept->top, err); /* a base has no base */
    if (rc == SHEAF_OK) {
        kept->at = want->at;
        kept->length = want->length;
    }
    return rc;
}

/* `kept` is NULL if it is a base. */
static int
load(const struct sheaf_reader *r, const struct wanted *want,
     struct kept_base *kept, struct top *out, struct sheaf_error *err)
{
    struct wanted from = { .tail = want->tail, .tail_at = want->tail_at };
    struct copy copy = { 0 };
    int rc = find_copy(r, want, &copy, err);

    if (rc == SHEAF_OK)
        rc = top_decode_base(copy.body, copy.at, &from.at, &from.length, err);
    if (rc == SHEAF_OK && from.at != 0)
        rc = kept != NULL
                 ? load_base(r, &from, kept, err)
                 : fail_corrupt(err, copy.at, "F11.1", "a base with a base");
    if (rc == SHEAF_OK)
        rc = top_decode(copy.body, copy.at, from.at != 0 ? &kept->top : NULL,
                        out, err);
    sheaf_buf_free(&copy.buf);
    return rc;
}

static int
load_named(const struct sheaf_reader *r, const struct wanted *want,
           struct kept_base *kept, struct top *out, struct sheaf_error *err)
{
    struct top top;
    int rc = load(r, want, kept, &top, err);

    if (rc != SHEAF_OK)
        return rc;
    if (top.size != want->end->size ||
        memcmp(top.root, want->end->root, 32) != 0) {
        top_free(&top);
        return fail_corrupt(err, want->at, "F12.2", "top and end disagree");
    }
    *out = top;
    return SHEAF_OK;
}

static struct wanted
named(const struct end *e)
{
    return (struct wanted){ .at = e->top, .length = e->top_length, .end = e };
}

void
kept_base_free(struct kept_base *kept)
{
    top_free(&kept->top);
    *kept = (struct kept_base){ 0 };
}

int
reader_next_top(const struct sheaf_reader *r, const struct end *e,
                struct kept_base *kept, struct top *out,
                struct sheaf_error *err)
{
    const struct wanted want = named(e);

    return load_named(r, &want, kept, out, err);
}

int
reader_top(const struct sheaf_reader *r, const struct end *e, struct top *out,
           struct sheaf_error *err)
{
    struct kept_base base = { 0 };
    int rc = reader_next_top(r, e, &base, out, err);

    kept_base_free(&base);
    return rc;
}

int
reader_any_top(const struct sheaf_reader *r, const struct end *e,
               struct top *out, struct sheaf_error *err)
{
    const struct wanted want = named(e);
    struct kept_base base = { 0 };
    int rc = load(r, &want, &base, out, err);

    kept_base_free(&base);
    return rc;
}

int
reader_base(const struct sheaf_reader *r, const struct top *top,
            struct top *out, struct sheaf_error *err)
{
    const struct wanted want = { .at = top->base, .length = top->base_length };

    return load(r, &want, NULL, out, err);
}

int
reader_top_frame(const struct sheaf_reader *r, const struct end *e,
                 struct sheaf_buf *out, struct sheaf_error *err)
{
    const struct wanted want = named(e);
    struct copy copy = { 0 };
    int rc = find_copy(r, &want, &copy, err);

    sheaf_buf_free(out);
    *out = copy.buf;
    return rc;
}

int
reader_load_top(struct sheaf_reader *r, const struct end *e,
                struct sheaf_bytes tail, struct sheaf_error *err)
{
    struct wanted want = named(e);
    struct kept_base base = { 0 };
    int rc;

    want.tail = tail;
    want.tail_at = r->file_size - tail.len;
    rc = load_named(r, &want, &base, &r->top, err);
    kept_base_free(&base);
    if (rc == SHEAF_OK)
        r->end = *e;
    return rc;
}
