/*
 * damage_shift.c - a file in which bytes were inserted or lost.
 */
#include "read/damage_shift.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "format/dictframe.h"
#include "format/group.h"
#include "format/top.h"
#include "read/walk.h"

#define WINDOW ((size_t)1 << 20)

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
    bool other;    /* a frame has another length than it should ... */
    bool missing;  /* ... as whole frames before it are missing */
    uint64_t unsummed; /* offset of the last frame without a sum; or 0 */
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
        if (!summed) {
            g->unsummed = f.offset;
            rc = holds_frame(w, &f, &damaged, err);
            g->other = g->other || damaged;
        }
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

/* Finds a place that is not before `low`, nor behind `high`. Where all frames
 * look whole, `last` takes the last one that has no sum: a longer header can
 * leave it whole, and its group cannot be asked where the dictionary is far. */
static int
find_place(const struct sheaf_source *source, int64_t by, uint64_t low,
           uint64_t high, bool last, uint64_t *out, struct sheaf_error *err)
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
    rc = g != NULL ? stated_begin(&g->stated, high - low, err)
                   : fail_nomem(err);
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
    } else if (rc == SHEAF_ENOTFOUND && last && g->unsummed != 0) {
        *out = g->unsummed + 1;
        rc = SHEAF_OK;
    }
    if (g != NULL)
        stated_free(&g->stated);
    mem_free(g);
    walk_free(&w);
    return rc;
}

/* One place after the other, each in what the ones before it have put right. A
 * shift whose place is not found is left to the next one. */
int
shift_undo(struct sheaf_source *source, struct shift *shifts, size_t *count,
           uint64_t size, struct sheaf_error *err)
{
    struct moved *moved;
    uint64_t low = 0;
    size_t found = 0;
    int rc = moved_new(&moved, source, *count, err);

    for (size_t i = 0; i < *count && (rc == SHEAF_OK || rc == SHEAF_ENOTFOUND);
         i++) {
        const struct sheaf_source now = moved_source(moved);
        int64_t by = shifts[i].by - moved_last(moved);
        uint64_t at;

        if (found == 0 || shifts[i].from > shifts[found - 1].from)
            low = max_u64(low, shifts[i].from);
        rc = by != 0 ? find_place(&now, by, low, shifts[i].to, i + 1 == *count,
                                  &at, err)
                     : SHEAF_OK;
        if (rc != SHEAF_OK || by == 0)
            continue;
        moved_add(moved, at, shifts[i].by);
        shifts[found++] = (struct shift){ at, at, by };
    }
    if (rc == SHEAF_OK && found == 0)
        rc = SHEAF_ENOTFOUND;
    if (rc == SHEAF_OK)
        rc = moved_use(moved, source, size, err);
    else
        moved_free(moved);
    *count = rc == SHEAF_OK ? found : 0;
    return rc;
}
