/*
 * damage_witness.c - what frames say of shifts.
 *
 * An end record states its offset, a group where its articles began, and how
 * long they are, a parity where its dictionary was. Between two that are
 * shifted by different distances, bytes were inserted or are missing.
 */
#include "read/damage_shift.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "format/dictframe.h"
#include "format/frame.h"
#include "format/ledger.h"
#include "format/top.h"
#include "read/walk.h"

#define STEP ((uint64_t)1 << 20)

#define SHIFTS_MAX 64

/* What stood between these offsets is `by` bytes further on. */
struct witness {
    uint64_t from;
    uint64_t to;
    int64_t by;
    uint64_t weight; /* the bytes of the frames for which it speaks */
};

/* `at` is where it begins now. */
static int
add_witness(struct sheaf_buf *all, uint64_t from, uint64_t to, uint64_t at,
            uint64_t weight, struct sheaf_error *err)
{
    const struct witness w = { from, to, (int64_t)(at - from), weight };

    return from > to || to >= SHIFTED_MAX || buf_add(all, &w, sizeof w)
               ? SHEAF_OK
               : fail_nomem(err);
}

/* ---- Groups -------------------------------------------------------------- */

/* No group has more frames than TILE_LEAVES; others may be among them. */
#define FRAMES_MAX (4 * TILE_LEAVES)

/* The last frames of articles. */
struct run {
    struct stated_lengths stated;
    uint64_t offsets[FRAMES_MAX];
    uint64_t lengths[FRAMES_MAX];
    unsigned count;
    uint64_t start; /* where the articles of the last whole group began, ... */
    int64_t by;     /* ... how far it is shifted, ... */
    int64_t before; /* ... and the one before it */
    uint64_t dict;  /* where the last dictionary is, or 0 */
    uint64_t unread; /* where the last group is, if it is not whole, and its
                        columns cannot be read; or 0 */
    size_t places;   /* at which dictionaries may still be looked for */
    /* The last group, if it does not stand behind all its articles: where they
     * began, and which frames came after it. */
    bool open;
    uint64_t open_start;
    unsigned behind;
    struct walk_frame last; /* the frame before */
    /* Where the first copy of a top begins: where the hashes before it end, or
     * it is itself; as it was before the last top, and now. 0: not known. */
    uint64_t first, first_now;
    struct torn torn;
    uint64_t left_torn;     /* bytes that may be summed for that */
    uint64_t left;          /* lengths that may still be compared */
};

/* So many frames in a row have the lengths that others should have only by
 * chance. */
#define ALIKE 8
/* So many lengths are compared for that, and as many as the file has bytes. */
#define COMPARED_LEAST ((uint64_t)16 << 20)
/* So many bytes are summed to find where bytes were inserted in frames. */
#define TORN_SUMMED ((uint64_t)256 << 20)
/* Frames near damaged dictionaries at which their payloads are looked for. */
#define PLACES_MAX 4096

/* From frame `i` and stated length `k` on, so many fit, up to both ends; the
 * frames follow each other. */
static unsigned
fitting(const struct run *r, unsigned i, unsigned i_end, unsigned k,
        unsigned k_end)
{
    unsigned n = 0;

    while (i + n < i_end && k + n < k_end &&
           r->lengths[i + n] == r->stated.lengths[k + n] &&
           (n == 0 || r->offsets[i + n] ==
                          r->offsets[i + n - 1] + r->lengths[i + n - 1]))
        n++;
    return n;
}

/* How many of the last frames fit, up to the group at `end`. */
static unsigned
fitting_back(const struct run *r, uint64_t end, unsigned not_before)
{
    unsigned n = 0;

    while (n < r->count && n + not_before < r->stated.count &&
           r->lengths[r->count - 1 - n] ==
               r->stated.lengths[r->stated.count - 1 - n] &&
           r->offsets[r->count - 1 - n] + r->lengths[r->count - 1 - n] ==
               end) {
        end = r->offsets[r->count - 1 - n];
        n++;
    }
    return n;
}

/* The first frame that is not before `offset`. */
static unsigned
frame_from(const struct run *r, uint64_t offset)
{
    unsigned low = 0, high = r->count;

    while (low < high) {
        unsigned middle = low + (high - low) / 2;

        if (r->offsets[middle] < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The bytes of `n` articles of the group, from number `k` on. */
static uint64_t
bytes_of(const struct run *r, unsigned k, unsigned n)
{
    uint64_t bytes = 0;

    while (n-- > 0)
        bytes += r->stated.lengths[k++];
    return bytes;
}

/* Frame `i` should be the one with length `k`: it is a witness of where it
 * begins, as nothing covers its length. */
static int
add_article(const struct run *r, uint64_t start, unsigned i, unsigned k,
            uint64_t weight, struct sheaf_buf *out, struct sheaf_error *err)
{
    start += bytes_of(r, 0, k);
    return add_witness(out, start, start, r->offsets[i], weight, err);
}

/* Where the frames begin of a group that began at `start`: they are shifted as
 * the last group is, or the one before, if the last is a copy of this; or not
 * at all. *first is how many fit from there on. */
static unsigned
group_begin_at(const struct run *r, uint64_t start, unsigned *first)
{
    const int64_t by[] = { r->by, r->before, 0 };
    unsigned best = 0;

    *first = 0;
    for (size_t i = 0; i < COUNT_OF(by); i++) {
        uint64_t at = (uint64_t)((int64_t)start + by[i]);
        unsigned begin = frame_from(r, at);
        unsigned n = begin < r->count && r->offsets[begin] == at
                         ? fitting(r, begin, r->count, 0, r->stated.count)
                         : 0;

        if (n > *first) {
            best = begin;
            *first = n;
        }
    }
    return best;
}

/* Frames from `i` on may be those of the group from `k` on. The longest row of
 * them that has the stated lengths is a witness. */
static int
ask_alike(struct run *r, uint64_t start, unsigned i, unsigned i_end,
          unsigned k_first, unsigned k_end, struct sheaf_buf *out,
          struct sheaf_error *err)
{
    unsigned most = ALIKE - 1, at = 0, as = 0;
    int rc;

    for (; i + most < i_end; i++)
        for (unsigned k = k_first; k + most < k_end && r->left > TILE_LEAVES;
             k++) {
            unsigned n = fitting(r, i, i_end, k, k_end);

            r->left -= n + 1;
            if (n > most) {
                most = n;
                at = i;
                as = k;
            }
        }
    if (most < ALIKE)
        return SHEAF_OK;
    rc = add_article(r, start, at, as, bytes_of(r, as, most), out, err);
    return rc == SHEAF_OK ? add_article(r, start, at + most - 1, as + most - 1,
                                        0, out, err)
                          : rc;
}

/* Frames of the group at `end`, whose articles began at `start`, are damaged,
 * missing or too many. Witnesses are the last of those before that, the first
 * of those behind it, and some between. */
static int
ask_articles(struct run *r, uint64_t start, uint64_t end,
             struct sheaf_buf *out, struct sheaf_error *err)
{
    unsigned first, begin = group_begin_at(r, start, &first);
    unsigned last = fitting_back(r, end, first);
    unsigned i_end = r->count - last, k_end = r->stated.count - last;
    int rc = first != 0 ? add_article(r, start, begin + first - 1, first - 1,
                                      bytes_of(r, 0, first), out, err)
                        : SHEAF_OK;

    if (rc == SHEAF_OK)
        rc = ask_alike(r, start, begin + first, i_end, first, k_end, out, err);
    if (rc == SHEAF_OK && last != 0)
        rc = add_article(r, start, i_end, k_end, bytes_of(r, k_end, last), out,
                         err);
    return rc;
}

/* The group may have been displaced: its articles may come after it. */
static int
ask_behind(struct run *r, struct sheaf_buf *out, struct sheaf_error *err)
{
    unsigned from = r->behind;

    r->behind = r->count;
    return r->open ? ask_alike(r, r->open_start, from, r->count, 0,
                               r->stated.count, out, err)
                   : SHEAF_OK;
}

/* Where the frames begin that follow each other up to the group at `at`. */
static uint64_t
run_start(const struct run *r, uint64_t at)
{
    unsigned n = 0;

    while (n < r->count && n < TILE_LEAVES &&
           r->offsets[r->count - 1 - n] + r->lengths[r->count - 1 - n] == at) {
        at = r->offsets[r->count - 1 - n];
        n++;
    }
    return at;
}

/* Without columns, the sum of the frames that are there says if the group is
 * whole. */
static int
has_sum(const struct sheaf_source *source, const struct run *r,
        const struct group *g, uint64_t at, bool *has, struct sheaf_error *err)
{
    uint8_t sum[HASH_BYTES];
    struct hash_blake h;
    uint64_t from = run_start(r, at);
    int rc;

    hash_blake_start(&h);
    rc = hash_blake_add_source(&h, source, from, at - from, NULL, err);
    hash_blake_end(&h, sum);
    *has = rc == SHEAF_OK && memcmp(sum, g->frames, sizeof g->frames) == 0;
    return rc;
}

/* A group says where its articles began, and how long they are. */
static int
ask_group(const struct sheaf_source *source, struct run *r,
          const struct walk_frame *f, struct sheaf_buf *out,
          struct sheaf_error *err)
{
    struct group g;
    uint64_t at = run_start(r, f->offset);
    uint64_t size = f->offset - at;
    bool whole = false;
    int rc = SHEAF_OK;

    r->open = false;
    r->unread = 0;
    if (group_decode_fixed(f->body, SHIFTED_MAX, &g, NULL) != SHEAF_OK)
        return SHEAF_OK;
    if (stated_lengths(&r->stated, f, &g)) {
        unsigned fits = fitting_back(r, f->offset, 0);

        whole = fits != 0 && fits == r->stated.count;
        at = whole ? r->offsets[r->count - r->stated.count] : f->offset;
        r->open = !whole;
        r->open_start = g.start;
        size = 0;
        for (unsigned i = 0; i < r->stated.count; i++)
            size += r->stated.lengths[i];
        if (!whole)
            rc = ask_articles(r, g.start, f->offset, out, err);
        if (rc != SHEAF_OK || fits == 0)
            return rc; /* it may be displaced itself */
        g.start += whole ? 0 : size;
        size = whole ? size : 0;
    } else {
        rc = has_sum(source, r, &g, f->offset, &whole, err);
        r->unread = whole ? 0 : f->offset;
        if (rc != SHEAF_OK || !whole)
            return rc;
    }
    if (whole) {
        r->before = r->by;
        r->by = (int64_t)(at - g.start);
        r->start = g.start;
    }
    return rc == SHEAF_OK
               ? add_witness(out, g.start, g.start + size + f->length, at,
                             size + f->length, err)
               : rc;
}

/* The columns of the group between a damaged dictionary and its parity can be
 * read now. */
static int
ask_again(const struct sheaf_source *source, struct run *r,
          struct sheaf_buf *out, struct sheaf_error *err)
{
    struct walk w = { .source = *source,
                      .step = STEP,
                      .at = r->last.offset,
                      .end = r->last.offset + r->last.length };
    struct walk_frame f;
    int rc = walk_peek(&w, &f, err);

    if (rc == SHEAF_OK)
        rc = walk_load(&w, &f, err);
    if (rc == SHEAF_OK)
        rc = ask_group(source, r, &f, out, err);
    walk_free(&w);
    return rc == SHEAF_ECORRUPT ? SHEAF_OK : rc;
}

/* The parity says where its dictionary stood, and may mend it. */
static int
ask_parity(const struct sheaf_source *source, struct run *r,
           const struct walk_frame *f, struct sheaf_buf *out,
           struct sheaf_error *err)
{
    uint64_t from = f->body.len >= 8 ? get_be(f->body.data, 8) : SHIFTED_MAX;
    uint64_t at = r->dict;
    int rc;

    r->dict = 0;
    if (at == 0)
        return SHEAF_OK;
    /* Nothing covers its length: bytes may be missing in it. */
    rc = add_witness(out, from, from, at, f->length, err);
    if (rc == SHEAF_OK && r->stated.ddict == NULL) {
        rc = stated_mend(&r->stated, source, at, f, &r->places, err);
        if (rc == SHEAF_OK && r->stated.ddict != NULL && r->unread != 0 &&
            r->unread == r->last.offset)
            rc = ask_again(source, r, out, err);
    }
    return rc;
}

/* Takes note of what says where the first copy of the next top begins. */
static void
note_first(struct run *r, const struct walk_frame *f)
{
    if (f->type == FRAME_TIL || f->type == FRAME_SLB)
        r->first_now = f->offset + f->length;
    if (f->type == FRAME_TOP) {
        r->first = r->first_now;
        r->first_now = f->offset;
    }
}

/* What follows a torn frame is shifted by `by`, and that frame itself less far,
 * up to the bytes that were inserted. */
static int
add_torn(const struct sheaf_source *source, struct run *r, int64_t by,
         struct sheaf_buf *out, struct sheaf_error *err)
{
    const struct torn *t = &r->torn;
    const uint64_t from = t->next - (uint64_t)by - t->length;
    uint64_t cut;
    int rc = torn_find(t, source, &r->left_torn, &cut, err);

    if (rc == SHEAF_OK && cut != 0)
        rc = add_witness(out, from, from + cut, t->at, t->length, err);
    if (rc == SHEAF_OK && cut != 0)
        rc = add_witness(out, from + cut, from + t->length,
                         t->at + cut + torn_more(t), t->length, err);
    r->torn.at = 0;
    return rc;
}

/* Whether a top of this length begins at `at`, damaged or not: if it is not
 * there any more, what is known of its place is of another generation. */
static int
has_top(const struct sheaf_source *source, uint64_t at, uint64_t length,
        bool *has, struct sheaf_error *err)
{
    uint64_t end = source->ops->size(source->ctx);
    uint8_t head[FRAME_HEAD_SIZE];
    struct frame f;
    int sys;

    *has = false;
    if (at > end || end - at < sizeof head)
        return SHEAF_OK;
    sys = source->ops->read_at(source->ctx, at, head, sizeof head);
    if (sys != 0)
        return fail_io(err, sys, "reading the archive");
    *has = frame_peek(head, sizeof head, at, end, &f, NULL) == SHEAF_OK &&
           f.type == FRAME_TOP && f.length == length;
    return SHEAF_OK;
}

/* An end record says where it stood, and the second of a generation where the
 * first copy of its top did. Where that one is damaged, or its own end, only
 * this shows that what is before it is not shifted as what is behind it. */
static int
ask_end(const struct sheaf_source *source, struct run *r,
        const struct walk_frame *f, struct sheaf_buf *out,
        struct sheaf_error *err)
{
    uint64_t says = end_offset(f->bytes.data), top;
    bool has = false;
    struct end e;
    int rc = SHEAF_OK;

    if (says >= SHIFTED_MAX ||
        end_decode(f->bytes.data, says, &e, NULL) != SHEAF_OK ||
        r->last.type != FRAME_TOP || r->last.length != e.top_length ||
        r->last.offset + r->last.length != f->offset)
        return SHEAF_OK;
    rc = add_torn(source, r, (int64_t)(f->offset - says), out, err);
    top = ledger_first_end(&e).top;
    if (rc == SHEAF_OK && r->first != 0 && top != e.top)
        rc = has_top(source, r->first, e.top_length, &has, err);
    if (rc == SHEAF_OK && has)
        rc = add_witness(out, top, top, r->first, END_SIZE, err);
    r->first = r->first_now = 0;
    return rc == SHEAF_OK
               ? add_witness(out, e.offset, e.offset + END_SIZE, f->offset,
                             END_SIZE + e.top_length, err)
               : rc;
}

/* What a frame says of its place. */
static int
ask(const struct sheaf_source *source, struct run *r,
    const struct walk_frame *f, struct sheaf_buf *out, struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    if (f->type == FRAME_ZSTD || f->type == FRAME_REV ||
        f->type == FRAME_LEF) {
        if (r->count == FRAMES_MAX) {
            r->count /= 2;
            r->behind -= r->behind < r->count ? r->behind : r->count;
            memcpy(r->offsets, r->offsets + r->count,
                   r->count * sizeof *r->offsets);
            memcpy(r->lengths, r->lengths + r->count,
                   r->count * sizeof *r->lengths);
        }
        r->offsets[r->count] = f->offset;
        r->lengths[r->count++] = f->length;
        return SHEAF_OK;
    }
    rc = ask_behind(r, out, err);
    if (rc != SHEAF_OK)
        return rc;
    if (f->type == FRAME_DICT) {
        stated_dict(&r->stated, f);
        r->dict = f->offset;
    }
    if (f->type == FRAME_GRP)
        rc = ask_group(source, r, f, out, err);
    if (f->type == FRAME_PAR)
        rc = ask_parity(source, r, f, out, err);
    if (f->type == FRAME_SHF && f->length == HEAD_SIZE)
        rc = add_witness(out, 0, HEAD_SIZE, f->offset, HEAD_SIZE, err);
    if (f->type == FRAME_END && f->length == END_SIZE)
        rc = ask_end(source, r, f, out, err);
    note_first(r, f);
    return rc;
}

/* So many bytes may be missing from a dictionary. */
#define DICT_BACK ((uint64_t)4096)

/* Goes on after the frame. One without a sum in which bytes are missing reaches
 * into the next. That a frame begins where it ends says that none are, unless
 * it is a dictionary that is damaged: as many may be missing as the first
 * articles behind it have. */
static int
pass(struct walk *w, const struct run *r, const struct walk_frame *f,
     struct sheaf_error *err)
{
    uint64_t end = f->offset + f->length;
    const uint8_t *p;
    int rc;

    walk_pass(w, f);
    if ((f->type != FRAME_DICT && f->type != FRAME_ZSTD) ||
        end + FRAME_MAGIC_SIZE > w->end)
        return SHEAF_OK;
    rc = walk_bytes(w, end, FRAME_MAGIC_SIZE, &p, err);
    if (rc != SHEAF_OK || (frame_find(p, FRAME_MAGIC_SIZE) == 0 &&
                           (f->type == FRAME_ZSTD || r->stated.ddict != NULL)))
        return rc;
    w->at = f->type == FRAME_ZSTD
                ? f->offset
                : end - min_u64(f->length - DICT_HEAD_SIZE, DICT_BACK);
    return walk_resume(w, err);
}

/* All frames up to `end` that say something, as witnesses. */
static int
ask_all(const struct sheaf_source *source, uint64_t end, struct sheaf_buf *out,
        struct sheaf_error *err)
{
    struct walk w = { .source = *source, .step = STEP, .end = end };
    struct run *r = mem_new(1, sizeof *r);
    int rc = r != NULL ? stated_begin(&r->stated, end, err) : fail_nomem(err);

    if (r != NULL) {
        r->left = COMPARED_LEAST + end;
        r->left_torn = TORN_SUMMED;
        r->places = PLACES_MAX;
    }
    while (rc == SHEAF_OK && w.at < w.end) {
        struct walk_frame f;

        rc = walk_peek(&w, &f, err);
        if (rc == SHEAF_ECORRUPT)
            f = (struct walk_frame){ .type = FRAME_NONE };
        if (rc == SHEAF_OK)
            rc = walk_load(&w, &f, err);
        if (rc == SHEAF_ECORRUPT) {
            torn_begin(&r->torn, &f);
            rc = walk_resume(&w, err);
            continue;
        }
        if (rc == SHEAF_OK)
            torn_go_on(&r->torn, &f);
        /* Before the walk reads on, which ends the views of the frame. */
        if (rc == SHEAF_OK)
            rc = ask(source, r, &f, out, err);
        if (rc == SHEAF_OK)
            rc = pass(&w, r, &f, err);
        if (r != NULL)
            r->last = f;
    }
    if (rc == SHEAF_OK)
        rc = ask_behind(r, out, err);
    if (r != NULL)
        stated_free(&r->stated);
    mem_free(r);
    walk_free(&w);
    return rc;
}

/* ---- Who is right -------------------------------------------------------- */

static int
compare(const void *a, const void *b)
{
    const struct witness *x = a, *y = b;
    int64_t x_at = (int64_t)x->from + x->by, y_at = (int64_t)y->from + y->by;

    if (x_at != y_at)
        return x_at < y_at ? -1 : 1;
    return x->from < y->from ? -1 : x->from > y->from;
}

/* Whether it was not shifted, or as much as the last end. */
static bool
agrees(const struct witness *w, const struct witness *last)
{
    return w->by == 0 || w->by == last->by;
}

/* The sequence that ends with a witness, in which each stood behind the one
 * before. */
struct sequence {
    uint64_t weight; /* of all in it */
    size_t before;   /* the witness before, or SIZE_MAX */
};

/* Where witnesses end, sorted, as a tree: the n-th knows the best sequence, by
 * its last witness, that ends at one of the n & -n places up to its own. */
struct place {
    uint64_t to;
    size_t best; /* SIZE_MAX: none */
};

static int
compare_places(const void *a, const void *b)
{
    uint64_t x = ((const struct place *)a)->to;
    uint64_t y = ((const struct place *)b)->to;

    return x < y ? -1 : x > y;
}

/* How many of the places are before `to`. */
static size_t
places_before(const struct place *p, size_t count, uint64_t to)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (p[middle].to < to)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Which of these two weighs more; the first, if none does. */
static size_t
better(const struct sequence *s, size_t a, size_t b)
{
    if (a == SIZE_MAX || b == SIZE_MAX)
        return a == SIZE_MAX ? b : a;
    return s[b].weight > s[a].weight ? b : a;
}

/* Of the witnesses that are `in`, leaves the sequence that weighs most. `s` and
 * `p` have room for all. */
static void
keep_in_order(const struct witness *w, size_t count, struct sequence *s,
              struct place *p, bool *in)
{
    size_t best = SIZE_MAX;

    for (size_t i = 0; i < count; i++)
        p[i] = (struct place){ w[i].to, SIZE_MAX };
    qsort(p, count, sizeof *p, compare_places);
    for (size_t i = 0; i < count; i++) {
        size_t before = places_before(p, count, w[i].to);

        if (!in[i])
            continue;
        s[i] = (struct sequence){ w[i].weight, SIZE_MAX };
        for (size_t n = before; n != 0; n &= n - 1)
            s[i].before = better(s, s[i].before, p[n - 1].best);
        if (s[i].before != SIZE_MAX)
            s[i].weight += s[s[i].before].weight;
        for (size_t n = before + 1; n <= count; n += n & (0 - n))
            p[n - 1].best = better(s, p[n - 1].best, i);
        best = better(s, best, i);
        in[i] = false;
    }
    for (size_t i = best; i != SIZE_MAX; i = s[i].before)
        in[i] = true;
}

/* A row of witnesses that are shifted by the same distance weighs the bytes for
 * which they speak, less those that would be inserted before it and missing
 * after it. This is added for each row, and is more: two rows outweigh one. */
#define ROW_WEIGHT ((uint64_t)1 << 40)

static uint64_t
row_weight(const struct witness *w, const struct witness *before,
           const struct witness *after)
{
    uint64_t cost = (uint64_t)llabs(w->by - before->by) +
                    (uint64_t)llabs(w->by - after->by);

    return ROW_WEIGHT - min_u64(cost, ROW_WEIGHT / 2);
}

/* Frames may stand in another place, or be there twice. Marks the witnesses
 * that are believed: those that agree with the last end, and others that stand
 * between two of them. */
static void
choose_witnesses(struct witness *w, size_t count, const struct witness *last,
                 struct sequence *s, struct place *p, bool *in)
{
    struct witness low = { 0, 0, 0, 0 };
    const struct witness *row = &low, *after;
    size_t next = 0;

    for (size_t i = 0; i < count; i++)
        in[i] = agrees(&w[i], last) && w[i].to <= last->from;
    keep_in_order(w, count, s, p, in);
    for (size_t i = 0; i < count; i++) {
        next = next > i ? next : i + 1;
        while (next < count && !in[next])
            next++;
        if (in[i]) {
            low = w[i];
            row = &low;
            continue;
        }
        after = next < count ? &w[next] : last;
        in[i] = !agrees(&w[i], last) && w[i].from >= low.to &&
                w[i].to <= after->from;
        if (in[i] && w[i].by != row->by) {
            w[i].weight += row_weight(&w[i], &low, after);
            row = &w[i];
        }
    }
    keep_in_order(w, count, s, p, in);
}

/* Adds a shift where `by` is another one than at the witness before. */
static int
add_shift(struct sheaf_buf *out, struct witness *before,
          const struct witness *w, struct sheaf_error *err)
{
    const struct shift s = { before->to, w->from, w->by };
    bool same = w->by == before->by;

    *before = *w;
    return same || buf_add(out, &s, sizeof s) ? SHEAF_OK : fail_nomem(err);
}

static int
join(struct sheaf_buf *witnesses, const struct witness *last,
     struct sheaf_buf *out, struct sheaf_error *err)
{
    struct witness *w = (struct witness *)witnesses->data;
    size_t count = witnesses->len / sizeof *w;
    struct sequence *s = mem_new(count + 1, sizeof *s);
    struct place *p = mem_new(count + 1, sizeof *p);
    bool *in = mem_new(count + 1, sizeof *in);
    struct witness before = { 0, 0, 0, 0 };
    int rc = s != NULL && p != NULL && in != NULL ? SHEAF_OK : fail_nomem(err);

    if (rc == SHEAF_OK && count != 0) {
        qsort(w, count, sizeof *w, compare);
        choose_witnesses(w, count, last, s, p, in);
    }
    for (size_t i = 0; rc == SHEAF_OK && i < count; i++)
        if (in[i])
            rc = add_shift(out, &before, &w[i], err);
    if (rc == SHEAF_OK)
        rc = add_shift(out, &before, last, err);
    mem_free(s);
    mem_free(p);
    mem_free(in);
    return rc;
}

int
shift_find(const struct sheaf_source *source, const uint8_t *last,
           uint64_t there, struct sheaf_buf *out, struct sheaf_error *err)
{
    uint64_t stood = end_offset(last);
    const struct witness end = { stood, stood + END_SIZE,
                                 (int64_t)(there - stood), 1 };
    struct sheaf_buf witnesses = { 0 };
    int rc = ask_all(source, there + END_SIZE, &witnesses, err);

    if (rc == SHEAF_OK)
        rc = join(&witnesses, &end, out, err);
    /* Each takes a walk over the file: of too many, the last says how far the
     * end is. */
    if (out->len > SHIFTS_MAX * sizeof(struct shift)) {
        memcpy(out->data + (SHIFTS_MAX - 1) * sizeof(struct shift),
               out->data + out->len - sizeof(struct shift),
               sizeof(struct shift));
        out->len = SHIFTS_MAX * sizeof(struct shift);
    }
    sheaf_buf_free(&witnesses);
    return rc;
}
