/*
 * damage_shift.c - a file in which bytes were inserted or lost.
 */
#include "read/damage_shift.h"

#include <errno.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "format/dictframe.h"
#include "format/group.h"
#include "format/top.h"
#include "read/walk.h"

#define WINDOW ((size_t)1 << 20)

/* From this offset on, bytes are this much further on in the file. */
struct place {
    uint64_t from;
    int64_t by;
};

struct shifted {
    struct sheaf_source source;
    struct place *places; /* in order */
    size_t count;
    uint64_t size;
};

static uint64_t
shifted_size(void *ctx)
{
    const struct shifted *s = ctx;

    return s->size;
}

/* How many places are at `offset` or before it. */
static size_t
places_before(const struct shifted *s, uint64_t offset)
{
    size_t low = 0, high = s->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (s->places[middle].from <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int64_t
by_after(const struct shifted *s, size_t places)
{
    return places != 0 ? s->places[places - 1].by : 0;
}

/* Where the bytes at `offset` are, and how many follow it there of `len`.
 * False: they are missing. In their place there are zeros: what is before them
 * would come twice. */
static bool
locate(const struct shifted *s, uint64_t offset, size_t len, uint64_t *at,
       size_t *n)
{
    size_t before = places_before(s, offset);
    int64_t by = by_after(s, before);
    int64_t less = before != 0 ? by_after(s, before - 1) - by : 0;
    uint64_t go_on = before != 0 && less > 0
                         ? s->places[before - 1].from + (uint64_t)less
                         : 0;
    uint64_t end = before < s->count ? s->places[before].from : UINT64_MAX;
    bool there = offset >= go_on;

    *at = (uint64_t)((int64_t)offset + by);
    *n = (size_t)min_u64((there ? end : min_u64(go_on, end)) - offset, len);
    return there;
}

static int
shifted_read_at(void *ctx, uint64_t offset, void *buf, size_t len)
{
    const struct shifted *s = ctx;
    const struct sheaf_source_ops *ops = s->source.ops;
    uint8_t *out = buf;
    int sys = 0;

    while (sys == 0 && len != 0) {
        uint64_t at;
        size_t n;

        if (locate(s, offset, len, &at, &n))
            sys = ops->read_at(s->source.ctx, at, out, n);
        else
            memset(out, 0, n);
        offset += n;
        out += n;
        len -= n;
    }
    return sys;
}

static void
shifted_close(void *ctx)
{
    struct shifted *s = ctx;

    s->source.ops->close(s->source.ctx);
    mem_free(s->places);
    mem_free(s);
}

static const struct sheaf_source_ops shifted_ops = { shifted_size,
                                                     shifted_read_at,
                                                     shifted_close, NULL };

static bool
is_frame(struct walk *w, uint64_t offset)
{
    struct walk_frame f;

    if (offset >= w->end)
        return false;
    w->at = offset;
    return walk_peek(w, &f, NULL) == SHEAF_OK &&
           walk_load(w, &f, NULL) == SHEAF_OK;
}

/* Whether a frame without a sum holds another frame, apart from the payload of
 * a dictionary. None does (F2.5), so the damage has made it longer. */
static int
holds_frame(struct walk *w, const struct walk_frame *f, bool *holds,
            struct sheaf_error *err)
{
    int rc;

    *holds = false;
    w->at = f->offset + (f->type == FRAME_DICT ? DICT_HEAD_SIZE : 0);
    while ((rc = walk_resume(w, err)) == SHEAF_OK && !*holds) {
        uint64_t at = w->at;

        if (at >= f->offset + f->length)
            break;
        *holds = is_frame(w, at);
        w->at = at;
    }
    return rc;
}

/* The frames of articles since the last group. */
struct since_group {
    struct stated_lengths stated;
    uint64_t offsets[TILE_LEAVES];
    uint64_t lengths[TILE_LEAVES];
    unsigned count;
    bool from_start; /* the walk has not begun among them */
    uint64_t last; /* offset of the last frame, if it is an article; or 0 */
    bool other;    /* a frame has another length than its group states ... */
    bool missing;  /* ... as whole frames before it are missing */
};

/* Whether frames of the stated lengths from number `from` on are missing, which
 * have `by` bytes in all, and one of `length` comes next. */
static bool
are_missing(const uint64_t *stated, unsigned count, unsigned from,
            uint64_t length, int64_t by)
{
    uint64_t left = by < 0 ? (uint64_t)-by : 0;

    while (from < count && left != 0 && stated[from] <= left)
        left -= stated[from++];
    return by < 0 && left == 0 && from < count && stated[from] == length;
}

/* Finds the first frame that has not the length that its group states; false if
 * all have. */
static bool
find_other_length(struct since_group *g, const struct walk_frame *f,
                  int64_t by, uint64_t *offset)
{
    const uint64_t *stated = g->stated.lengths;
    struct group group;
    unsigned frames;

    if (!stated_lengths(&g->stated, f, &group))
        return false;
    frames = g->stated.count;
    for (unsigned i = 0; i < frames && i < g->count; i++)
        if (stated[i] != g->lengths[i]) {
            *offset = g->offsets[i];
            g->other = true;
            g->missing = are_missing(stated, frames, i, g->lengths[i], by);
            return true;
        }
    return false;
}

/* A header that is made longer by a byte can leave a frame that looks whole.
 * Its group knows better. Nor does an article come last, without its group. */
static bool
check_group(struct since_group *g, const struct walk_frame *f, int64_t by,
            uint64_t *offset)
{
    bool article = f->type == FRAME_ZSTD || f->type == FRAME_REV;
    bool found = f->type == FRAME_GRP && g->from_start &&
                 find_other_length(g, f, by, offset);

    /* What is missing may end where a frame did. */
    if (!article && f->type != FRAME_GRP && f->type != FRAME_LEF &&
        g->last != 0) {
        *offset = g->last;
        found = true;
    }
    g->last = article ? f->offset : 0;
    if (f->type == FRAME_DICT)
        stated_dict(&g->stated, f);
    if ((article || f->type == FRAME_LEF) && g->count < TILE_LEAVES) {
        g->offsets[g->count] = f->offset;
        g->lengths[g->count++] = f->length;
    } else {
        g->count = 0; /* what came before is no article, or had its group */
        g->from_start = true;
    }
    return found;
}

/* Finds the offset from which everything is shifted: after the start of the
 * first damaged frame before `high`. The walk fails at that frame,
 * or after it if it has no sum: then it has kept its length, or has another one
 * that fits. */
static int
walk_to_place(struct walk *w, struct since_group *g, int64_t by, uint64_t high,
              uint64_t *out, struct sheaf_error *err)
{
    uint64_t end = min_u64((uint64_t)((int64_t)high + by), w->end);
    uint64_t before = 0; /* where the frame before begins */
    bool summed = true, damaged = false;
    uint64_t failed;
    int rc = SHEAF_OK;

    while (rc == SHEAF_OK && !damaged && w->at < end) {
        struct walk_frame f;

        rc = walk_peek(w, &f, err);
        if (rc == SHEAF_OK)
            rc = walk_load(w, &f, err);
        if (rc != SHEAF_OK)
            break;
        before = w->at;
        damaged = check_group(g, &f, by, &before);
        summed = f.type != FRAME_ZSTD && f.type != FRAME_DICT;
        if (!summed)
            rc = holds_frame(w, &f, &damaged, err);
        walk_pass(w, &f);
    }
    failed = w->at;
    if (rc == SHEAF_OK && !damaged) {
        rc = SHEAF_ENOTFOUND; /* nothing is damaged */
    } else if (rc != SHEAF_EIO && rc != SHEAF_ENOMEM) {
        rc = SHEAF_OK;
        if (!summed && !damaged)
            damaged = is_frame(w, (uint64_t)((int64_t)failed + by));
    }
    *out = damaged ? before + !g->missing : failed + 1;
    return rc;
}

/* Finds a place that is not before `low`, nor behind `high`. */
static int
find_place(const struct sheaf_source *source, int64_t by, uint64_t low,
           uint64_t high, uint64_t *out, struct sheaf_error *err)
{
    struct walk w = { .source = *source,
                      .step = WINDOW,
                      .end = source->ops->size(source->ctx) };
    struct since_group *g;
    uint64_t between = low, left = (uint64_t)((int64_t)(high - low) + by);
    bool exact = left == (by > 0 ? (uint64_t)by : 0);
    int rc = exact
                 ? SHEAF_OK
                 : place_between_frames(source, by, &low, high, &between, err);
    bool whole = rc == SHEAF_OK;

    *out = between;
    if (exact) /* nothing else is there */
        return SHEAF_OK;
    if (rc != SHEAF_ENOTFOUND && !(whole && by < 0))
        return rc;
    g = mem_new(1, sizeof *g);
    rc = g != NULL ? codec_dctx_new(&g->stated.dctx, err) : fail_nomem(err);
    w.at = low;
    if (g != NULL)
        g->from_start = low == 0;
    if (rc == SHEAF_OK)
        rc = walk_to_place(&w, g, by, high, out, err);
    /* What is missing may be within articles, if its group says so. */
    if (whole && (rc == SHEAF_ENOTFOUND ||
                  (rc == SHEAF_OK && (!g->other || *out > between)))) {
        *out = between;
        rc = SHEAF_OK;
    }
    if (g != NULL)
        stated_free(&g->stated);
    mem_free(g);
    walk_free(&w);
    return rc;
}

const struct sheaf_source *
shift_raw(const struct sheaf_source *source)
{
    const struct shifted *s = source->ctx;

    return source->ops == &shifted_ops ? &s->source : source;
}

int
shift_read_raw(const struct sheaf_source *source, uint64_t offset, void *buf,
               size_t len)
{
    const struct shifted *s = source->ctx;
    size_t before;

    if (source->ops != &shifted_ops || offset > s->size ||
        len > s->size - offset)
        return ENXIO;
    before = places_before(s, offset + len);
    if (before != 0)
        offset = (uint64_t)((int64_t)offset + by_after(s, before - 1));
    if (offset > UINT64_MAX - len ||
        offset + len > s->source.ops->size(s->source.ctx))
        return ENXIO;
    return s->source.ops->read_at(s->source.ctx, offset, buf, len);
}

/* One place after the other, each in what the ones before it have put right. A
 * shift whose place is not found is left to the next one. */
int
shift_undo(struct sheaf_source *source, struct shift *shifts, size_t *count,
           uint64_t size, struct sheaf_error *err)
{
    struct shifted *s = mem_new(1, sizeof *s);
    uint64_t raw = source->ops->size(source->ctx);
    uint64_t low = 0;
    size_t found = 0;
    int rc = SHEAF_OK;

    if (s != NULL)
        s->places = mem_new(*count, sizeof *s->places);
    if (s == NULL || s->places == NULL)
        rc = fail_nomem(err);
    else
        s->source = *source;
    for (size_t i = 0; i < *count && (rc == SHEAF_OK || rc == SHEAF_ENOTFOUND);
         i++) {
        const struct sheaf_source now = { &shifted_ops, s };
        int64_t by = shifts[i].by - by_after(s, s->count);
        uint64_t at;

        if (found == 0 || shifts[i].from > s->places[found - 1].from)
            low = max_u64(low, shifts[i].from);
        s->size = (uint64_t)((int64_t)raw - by_after(s, s->count));
        rc = by != 0 ? find_place(&now, by, low, shifts[i].to, &at, err)
                     : SHEAF_OK;
        if (rc != SHEAF_OK || by == 0)
            continue;
        s->places[s->count++] = (struct place){ at, shifts[i].by };
        shifts[found++] = (struct shift){ at, at, by };
    }
    if (rc == SHEAF_OK && found == 0)
        rc = SHEAF_ENOTFOUND;
    if (rc != SHEAF_OK) {
        if (s != NULL)
            mem_free(s->places);
        mem_free(s);
        return rc;
    }
    *count = found;
    s->size = size;
    *source = (struct sheaf_source){ &shifted_ops, s };
    return SHEAF_OK;
}
