/*
 * damage_place.c - where whole frames were inserted, or are missing.
 *
 * Every frame is whole then, and the place shows only in what frames state
 * about places: an end record states its own, and a group where its articles
 * begin, which their sum confirms.
 */
#include "read/damage_shift.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "format/group.h"
#include "format/top.h"
#include "read/walk.h"

#define STEP ((uint64_t)1 << 20)
/* A group has 32 KiB of frames, and what the last of them has more. */
#define GROUP_MAX ((uint64_t)2 << 20)
/* Bytes of groups that are summed in all: these, and so many times the
 * file's. */
#define SUM_LEAST ((uint64_t)16 << 20)
#define SUM_TIMES 4
/* So many places are tried for the order of frames. */
#define TRIES_MAX 64

struct place {
    const struct sheaf_source *source;
    uint64_t size;
    int64_t by;
    uint64_t *starts; /* of frames since the last that stands where it says */
    size_t count;
    size_t room;
    uint8_t *ranks; /* of these frames, see rank_of */
    size_t rank_room;
    uint64_t articles; /* where the last article ends, or 0 */
    bool damaged;      /* a frame behind `low` is */
    uint64_t gap;      /* where none begins, the first such place, or 0 */
    uint64_t last;     /* where the frame before that begins, or 0 */
    uint64_t low;  /* the place is not before this, ... */
    uint64_t high; /* ... and not behind that, in the file as it was */
    uint64_t left; /* bytes that may still be summed */
};

/* Where a byte that is behind the place should be. */
static uint64_t
moved(const struct place *p, uint64_t at)
{
    return (uint64_t)((int64_t)at + p->by);
}

static bool
is_start(const struct place *p, uint64_t at)
{
    size_t low = 0, high = p->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (p->starts[middle] < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low < p->count && p->starts[low] == at;
}

/* Whether the bytes from `from` up to `gap`, and from `go_on` up to `to`, have
 * the sum of a group's frames. */
static int
has_sum(struct place *p, const struct group *g, uint64_t from, uint64_t gap,
        uint64_t go_on, uint64_t to, bool *has)
{
    uint64_t bytes = gap - from + (to - go_on);
    uint8_t sum[HASH_BYTES];
    struct hash_blake h;
    int rc;

    *has = false;
    if (bytes > GROUP_MAX || bytes > p->left)
        return SHEAF_OK;
    p->left -= bytes;
    hash_blake_start(&h);
    rc = hash_blake_add_source(&h, p->source, from, gap - from, NULL, NULL);
    if (rc == SHEAF_OK)
        rc = hash_blake_add_source(&h, p->source, go_on, to - go_on, NULL,
                                   NULL);
    hash_blake_end(&h, sum);
    *has = rc == SHEAF_OK && memcmp(sum, g->frames, sizeof g->frames) == 0;
    return rc;
}

enum witness { SAYS_NOTHING, IS_BEFORE, IS_BEHIND, IS_AROUND };

/* Bytes were inserted between the articles of the group at `at`: finds where,
 * so that without them its sum is right. */
static int
look_inside(struct place *p, const struct group *g, uint64_t at,
            enum witness *out)
{
    uint64_t by = (uint64_t)p->by;
    int rc = SHEAF_OK;

    for (size_t i = 0; rc == SHEAF_OK && i < p->count; i++) {
        uint64_t from = p->starts[i];
        bool has;

        if (from < g->start || from + by > at ||
            (from + by != at && !is_start(p, from + by)))
            continue;
        rc = has_sum(p, g, g->start, from, from + by, at, &has);
        if (rc == SHEAF_OK && has) {
            p->low = p->high = from;
            p->count = 0;
            *out = IS_AROUND;
            break;
        }
    }
    return rc;
}

static int
ask_group(struct place *p, const struct walk_frame *f, enum witness *out)
{
    uint64_t at = f->offset;
    struct group g;
    uint64_t start;
    bool has;
    int rc;

    if (group_decode_fixed(f->body, at, &g, NULL) != SHEAF_OK)
        return SHEAF_OK;
    rc = has_sum(p, &g, g.start, at, at, at, &has);
    if (rc == SHEAF_OK && has)
        *out = IS_BEFORE;
    start = moved(p, g.start);
    if (rc == SHEAF_OK && !has && start < at) {
        rc = has_sum(p, &g, start, at, at, at, &has);
        if (rc == SHEAF_OK && has) {
            p->high = g.start;
            *out = IS_BEHIND;
        }
    }
    return rc == SHEAF_OK && !has && p->by > 0 ? look_inside(p, &g, at, out)
                                               : rc;
}

/* What a frame says about its place. */
static int
ask(struct place *p, const struct walk_frame *f, enum witness *out)
{
    *out = SAYS_NOTHING;
    if (f->type == FRAME_GRP)
        return ask_group(p, f, out);
    if (f->type == FRAME_END && f->length == END_SIZE) {
        uint64_t says = end_offset(f->bytes.data);

        if (says == f->offset) {
            *out = IS_BEFORE;
        } else if (moved(p, says) == f->offset) {
            p->high = says;
            *out = IS_BEHIND;
        }
    }
    return SHEAF_OK;
}

/* Frames of a generation with a higher rank come after those with a lower one
 * (F1); those without a rank may come between. */
#define RANK_TOP 6
#define RANK_END 7

static uint8_t
rank_of(enum frame_type type)
{
    switch (type) {
    case FRAME_ZSTD:
    case FRAME_REV:
    case FRAME_GRP: return 1;
    case FRAME_MAP: return 2;
    case FRAME_URL: return 3;
    case FRAME_DIR: return 4;
    case FRAME_TIL: return 5;
    case FRAME_TOP: return RANK_TOP;
    case FRAME_END: return RANK_END;
    default: return 0;
    }
}

static int
add_start(struct place *p, uint64_t at, enum frame_type type,
          struct sheaf_error *err)
{
    if (!mem_grow(&p->starts, &p->room, p->count + 1, sizeof *p->starts) ||
        !mem_grow(&p->ranks, &p->rank_room, p->count + 1, sizeof *p->ranks))
        return fail_nomem(err);
    p->ranks[p->count] = rank_of(type);
    p->starts[p->count++] = at;
    return SHEAF_OK;
}

/* Whether the frames come in the order of F1 without those from `from` up to
 * `go_on`. */
static bool
are_in_order(const struct place *p, uint64_t from, uint64_t go_on)
{
    uint8_t last = 0;

    for (size_t i = 0; i < p->count; i++) {
        if (p->ranks[i] == 0 || (p->starts[i] >= from && p->starts[i] < go_on))
            continue;
        /* An end has its top before it; the next generation may follow. */
        if (last != 0 &&
            (p->ranks[i] == RANK_END ? last != RANK_TOP : p->ranks[i] < last))
            return false;
        last = p->ranks[i] == RANK_END ? 0 : p->ranks[i];
    }
    return true;
}

/* No whole frame begins at `at`: what was inserted may. */
static void
note_gap(struct place *p, uint64_t at, const struct walk_frame *before)
{
    /* A dictionary in which bytes were inserted can look whole up to its
     * length; its parity needs to know that they are in it. An article is lost
     * then in any case. */
    if (!p->damaged && before->type != FRAME_DICT) {
        p->gap = at;
        p->last = before->type == FRAME_ZSTD ? before->offset : 0;
    }
    p->damaged = true;
}

/* Bytes were inserted between two frames, if they begin where one ends, and the
 * next one begins at `at`. */
static bool
is_behind_gap(const struct place *p, uint64_t at)
{
    return p->by > 0 && p->gap != 0 && moved(p, p->gap) == at &&
           p->gap <= p->high;
}

/* Has them inserted there. A stretch of the file may be there twice: then the
 * frame before the gap is no more than the beginning of one that is whole
 * behind it, and has its length. */
static int
take_gap(struct place *p, struct walk *w, struct sheaf_error *err)
{
    struct walk_frame f = { .type = FRAME_NONE };
    int rc = SHEAF_OK;

    w->at = moved(p, p->last);
    if (p->last != 0 && w->at < w->end) {
        rc = walk_peek(w, &f, err);
        if (rc == SHEAF_OK)
            rc = walk_load(w, &f, err);
    }
    if (rc == SHEAF_OK && f.type == FRAME_ZSTD &&
        f.offset + f.length == moved(p, p->gap))
        p->gap = p->last;
    p->low = p->high = p->gap;
    p->count = 0;
    p->damaged = false;
    return rc == SHEAF_ECORRUPT ? SHEAF_OK : rc;
}

/* Asks the frames from `low` on until one is behind the place. Where one is
 * damaged, goes on with the next. */
static int
find_range(struct place *p, struct sheaf_error *err)
{
    struct walk w = { .source = *p->source,
                      .step = STEP,
                      .at = p->low,
                      .end = min_u64(moved(p, p->high), p->size) };
    enum witness says = SAYS_NOTHING;
    struct walk_frame before = { .type = FRAME_NONE };
    bool found = false;
    int rc = SHEAF_OK;

    while (rc == SHEAF_OK && says < IS_BEHIND && w.at < w.end) {
        struct walk_frame f;

        rc = walk_peek(&w, &f, err);
        if (rc == SHEAF_OK)
            rc = walk_load(&w, &f, err);
        if (rc == SHEAF_ECORRUPT) {
            note_gap(p, w.at, &before);
            rc = walk_resume(&w, err);
            continue;
        }
        found = rc == SHEAF_OK && is_behind_gap(p, f.offset);
        if (found)
            break;
        if (rc == SHEAF_OK)
            rc = ask(p, &f, &says);
        if (rc != SHEAF_OK)
            break;
        walk_pass(&w, &f);
        before = f;
        if (says == IS_BEFORE) {
            p->low = w.at;
            p->count = 0;
            p->damaged = false;
            p->gap = 0;
        } else if (says != IS_AROUND) {
            rc = add_start(p, f.offset, f.type, err);
        }
        if (f.type == FRAME_ZSTD || f.type == FRAME_REV)
            p->articles = w.at;
    }
    /* Here the frame begins that is behind the place. */
    if (rc == SHEAF_OK && w.at == w.end && says < IS_BEHIND) {
        found = is_behind_gap(p, w.at);
        rc = add_start(p, w.at, FRAME_NONE, err);
    }
    if (rc == SHEAF_OK && found)
        rc = take_gap(p, &w, err);
    walk_free(&w);
    return rc;
}

/* Whether the `len` bytes at `a` are those at `b`. */
static int
are_same(const struct place *p, uint64_t a, uint64_t b, uint64_t len,
         bool *same, struct sheaf_error *err)
{
    uint8_t sums[2][HASH_BYTES];
    const uint64_t from[2] = { a, b };
    struct hash_blake h;
    int rc = SHEAF_OK;

    for (size_t i = 0; rc == SHEAF_OK && i < 2; i++) {
        hash_blake_start(&h);
        rc = hash_blake_add_source(&h, p->source, from[i], len, NULL, err);
        hash_blake_end(&h, sums[i]);
    }
    *same = rc == SHEAF_OK && memcmp(sums[0], sums[1], HASH_BYTES) == 0;
    return rc;
}

/* Frames are missing between two that say where they stand. Those that are left
 * may be on either side: articles are in their places if they can be, and the
 * index, which can be derived, may be in the wrong one. */
static int
choose_missing(const struct place *p, uint64_t *out)
{
    uint64_t last = moved(p, p->high);

    *out = max_u64(p->low, min_u64(p->articles, last));
    return p->low <= last && last < p->high ? SHEAF_OK : SHEAF_ENOTFOUND;
}

static int
choose(const struct place *p, uint64_t *out, struct sheaf_error *err)
{
    uint64_t by = (uint64_t)p->by;
    bool same = false;
    int rc = SHEAF_OK;

    if (p->by < 0)
        return choose_missing(p, out);
    *out = p->low;
    if (p->count == 0)
        return p->low <= p->high ? SHEAF_OK : SHEAF_ENOTFOUND;
    /* Frames that come twice, one copy after the other: either is one too
     * many. */
    if (p->low > p->high) {
        if (p->low - p->high <= by && p->low + by <= p->size)
            rc = are_same(p, p->high, p->high + by, p->low - p->high, &same,
                          err);
        *out = p->high;
        return rc == SHEAF_OK && !same ? SHEAF_ENOTFOUND : rc;
    }
    /* The last that can be: what is behind it fits better than what is before
     * the first. */
    rc = SHEAF_ENOTFOUND;
    for (size_t i = p->count, tries = 0; i-- > 0 && tries < TRIES_MAX;) {
        if (p->starts[i] > p->high || !is_start(p, p->starts[i] + by))
            continue;
        if (rc == SHEAF_ENOTFOUND)
            *out = p->starts[i];
        rc = SHEAF_OK;
        tries++;
        if (are_in_order(p, p->starts[i], p->starts[i] + by)) {
            *out = p->starts[i];
            break;
        }
    }
    return rc;
}

int
place_between_frames(const struct sheaf_source *source, int64_t by,
                     uint64_t *low, uint64_t high, uint64_t *out,
                     struct sheaf_error *err)
{
    struct place p = { .source = source,
                       .size = source->ops->size(source->ctx),
                       .by = by,
                       .low = *low,
                       .high = high };
    int rc;

    p.left = SUM_LEAST + p.size * SUM_TIMES;
    rc = find_range(&p, err);
    /* Copies of frames say that they are in their places, and are not. */
    if (p.low <= p.high)
        *low = p.low;
    if (rc == SHEAF_OK && p.damaged)
        rc = SHEAF_ENOTFOUND;
    if (rc == SHEAF_OK)
        rc = choose(&p, out, err);
    mem_free(p.starts);
    mem_free(p.ranks);
    return rc == SHEAF_OK || rc == SHEAF_ENOMEM || rc == SHEAF_EIO
               ? rc
               : SHEAF_ENOTFOUND;
}
