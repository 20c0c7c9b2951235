/*
 * file.c - the file on the server: its size, and ranges of it.
 */
#include "http/http.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- Opening ------------------------------------------------------------- */

static void
warn(const char *what)
{
    put_byte('W');
    put_text(what);
}

/* From the first answer on, the file must stay the same. */
static void
know(struct server *s, const struct answer *a)
{
    s->known = true;
    s->size = a->total;
    snprintf(s->tag, sizeof s->tag, "%s", a->tag);
    s->strong = answer_strong(s->tag);
    if (!s->strong)
        warn(s->tag[0] == '\0'
                 ? "warning: the server gives the file no ETag; whether it "
                   "stays the same is seen by its end only"
                 : "warning: the server gives the file a weak ETag; whether "
                   "it stays the same is seen by its end only");
}

static enum outcome
refuse(struct server *s, const char *what)
{
    snprintf(s->why, sizeof s->why, "%s %s", s->host, what);
    return FETCH_FAILED;
}

/* Where the last bytes can't be asked for, the first ones tell the size: one of
 * them, or two for servers that take a last byte of 0 for none (s3rver). */
static enum outcome
find_size(struct server *s)
{
    enum outcome outcome = FETCH_OTHER;

    for (uint64_t last = 0; last <= 1 && outcome == FETCH_OTHER; last++) {
        struct fetch first = { .from = 0, .to = last };

        outcome = fetch_all(s, &first, 1);
        if (outcome == FETCHED)
            know(s, &first.answer);
        fetch_drop(&first, 1);
    }
    return outcome;
}

static enum outcome
open_slowly(struct server *s, struct fetch *f)
{
    enum outcome outcome = find_size(s);

    if (outcome == FETCHED) {
        f->suffix = false;
        f->to = s->size - 1;
        f->from = s->size > TAIL_SIZE ? s->size - TAIL_SIZE : 0;
        f->got = 0;
        outcome = fetch_all(s, f, 1);
    }
    return outcome == FETCH_OTHER || outcome == FETCH_NO_RANGES ? FETCH_FAILED
                                                                : outcome;
}

enum outcome
file_open(struct server *s, struct sheaf_buf *tail)
{
    struct fetch f = { .to = TAIL_SIZE - 1, .suffix = true };
    enum outcome outcome = fetch_all(s, &f, 1);

    if (outcome == FETCHED)
        know(s, &f.answer);
    else if (outcome == FETCH_OTHER || outcome == FETCH_NO_RANGES)
        outcome = open_slowly(s, &f);
    tail->len = 0;
    if (outcome == FETCHED && !buf_add(tail, f.data, f.got))
        die("out of memory");
    fetch_drop(&f, 1);
    return outcome;
}

/* ---- Reading ------------------------------------------------------------- */

/* Where a range is: in which request. */
struct place {
    struct span span;
    size_t number; /* in the question */
    size_t in;
};

static int
by_offset(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    return (x->span.offset > y->span.offset) -
           (x->span.offset < y->span.offset);
}

static int
by_number(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    return (x->number > y->number) - (x->number < y->number);
}

/* Makes requests of ranges in order; those that are near are one. */
static size_t
join(struct place *p, size_t count, struct fetch *f)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        uint64_t from = p[i].span.offset;
        uint64_t to = from + p[i].span.len - 1;

        if (n != 0 && from <= f[n - 1].to + 1 + GAP_MAX &&
            max_u64(to, f[n - 1].to) - f[n - 1].from < REQUEST_MAX) {
            f[n - 1].to = max_u64(f[n - 1].to, to);
        } else {
            f[n++] = (struct fetch){ .from = from, .to = to };
        }
        p[i].in = n - 1;
    }
    return n;
}

/* Without a strong ETag, the end of the file must be what it was. */
static enum outcome
compare_end(struct server *s, const struct fetch *end,
            const struct sheaf_buf *tail)
{
    uint64_t len = end->to - end->from + 1;

    return memcmp(end->data, tail->data + tail->len - len, len) == 0
               ? FETCHED
               : (refuse(s, "has another file at this address now"),
                  FETCH_CHANGED);
}

static void
answer(struct place *p, size_t count, const struct fetch *f)
{
    qsort(p, count, sizeof *p, by_number);
    put_byte('R');
    for (size_t i = 0; i < count; i++)
        put_bytes(f[p[i].in].data + (p[i].span.offset - f[p[i].in].from),
                  p[i].span.len);
}

enum outcome
file_read(struct server *s, const struct span *spans, size_t count,
          const struct sheaf_buf *tail)
{
    struct place *p = take_memory(count * sizeof *p);
    struct fetch *f = take_memory((count + 1) * sizeof *f);
    uint64_t end = min_u64(END_FRAME, tail->len);
    enum outcome outcome;
    size_t n;

    for (size_t i = 0; i < count; i++)
        p[i] = (struct place){ .span = spans[i], .number = i };
    qsort(p, count, sizeof *p, by_offset);
    n = join(p, count, f);
    if (!s->strong)
        f[n] = (struct fetch){ .from = s->size - end, .to = s->size - 1 };
    outcome = fetch_all(s, f, n + !s->strong);
    if (outcome == FETCHED && !s->strong)
        outcome = compare_end(s, &f[n], tail);
    put_byte('S');
    put_number(s->trips, 4);
    put_number(s->requests, 4);
    put_number(s->bytes, 8);
    if (outcome == FETCHED)
        answer(p, count, f);
    fetch_drop(f, n + 1);
    free(f);
    free(p);
    return outcome;
}
