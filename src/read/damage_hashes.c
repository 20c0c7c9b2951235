/*
 * damage_hashes.c - leaf hashes that cannot be derived, from where they stand.
 *
 * The hash of a lost article stands in the tile of its leaf, and in those that
 * earlier generations have written of it. If bytes were inserted into a frame
 * with hashes, or are missing from it, those before that place are not where
 * the others are, and nothing says where it is: the hashes that were derived
 * tell, by where they stand themselves. The root of the tile decides in any
 * case.
 */
#include "read/damage_parts.h"

#include "base/buf.h"
#include "base/err.h"
#include "log/merkle.h"

/* Generations that are asked for the hashes of a tile. */
#define GENERATIONS_MAX 16
/* So many places are tried, twice, in a piece of a tile, ... */
#define PLACES_MAX 128
/* ... and so many roots in all by a reader: hostile files have many tiles. */
#define TRIES_MAX 4096
/* Bytes of a top that take as long. */
#define TOP_TRY ((uint32_t)16 << 10)

struct search {
    const struct sheaf_reader *r;
    uint64_t first; /* leaf of the tile */
    size_t leaves;
    uint8_t *hashes;
    const bool *lost; /* hashes that are guesses; the others were derived */
    const uint8_t *root;
    bool found;
};

/* What stands in place of some hashes that follow each other, in front of where
 * bytes were inserted or are missing, and behind it. */
struct piece {
    struct sheaf_buf before, after;
    size_t from; /* hash in the tile */
    size_t count;
};

/* Takes what is left of the tries, `n` at most. */
static unsigned
take_tries(const struct sheaf_reader *r, unsigned n)
{
    struct sheaf_reader *o = reader_own(r);

    pthread_mutex_lock(&o->damage_lock);
    n = (unsigned)min_u64(n, TRIES_MAX - o->hash_tries);
    o->hash_tries += n;
    pthread_mutex_unlock(&o->damage_lock);
    return n;
}

static bool
try_root(struct search *q)
{
    uint8_t is[32];

    if (take_tries(q->r, 1) == 0)
        return false;
    merkle_root(q->hashes, q->leaves, is);
    q->found = memcmp(is, q->root, 32) == 0;
    return q->found;
}

/* Takes the lost hashes of a piece, its bytes up to `cut` from in front of the
 * place. The hash at the cut may be in two parts. */
static void
fill(struct search *q, const struct piece *p, size_t cut)
{
    for (size_t i = 0; i < p->count; i++) {
        uint8_t *out = q->hashes + (p->from + i) * 32;
        size_t at = i * 32, n = cut > at ? (size_t)min_u64(cut - at, 32) : 0;

        if (!q->lost[p->from + i])
            continue;
        memcpy(out, p->before.data + at, n);
        memcpy(out + n, p->after.data + at + n, 32 - n);
    }
}

/* Between which hashes the place is: behind the last that stands in front of
 * it, and before the first that stands behind it, of those that were derived.
 * False: they contradict each other. */
static bool
find_place(const struct search *q, const struct piece *p, size_t *low,
           size_t *high)
{
    *low = 0;
    *high = p->count;
    for (size_t i = p->count; i-- > 0;) {
        const uint8_t *hash = q->hashes + (p->from + i) * 32;
        bool in_front = memcmp(hash, p->before.data + i * 32, 32) == 0;
        bool behind = memcmp(hash, p->after.data + i * 32, 32) == 0;

        if (q->lost[p->from + i] || in_front == behind)
            continue;
        if (behind)
            *high = i;
        else if (*low == 0)
            *low = i + 1;
    }
    return *low <= *high;
}

/* Tries the places from byte `from` to byte `to`, `step` bytes apart. */
static void
try_cuts(struct search *q, const struct piece *p, size_t from, size_t to,
         size_t step)
{
    unsigned tries = PLACES_MAX;

    for (size_t cut = from + step; cut <= to && tries != 0; cut += step) {
        size_t at = (cut - 1) / 32;

        /* Another place changes a hash only if it is a guess. */
        if (!q->lost[p->from + at] ||
            memcmp(p->before.data + at * 32, p->after.data + at * 32, 32) == 0)
            continue;
        tries--;
        fill(q, p, cut);
        if (try_root(q))
            return;
    }
}

/* Tries each place: first between hashes, then within one. */
static void
try_places(struct search *q, const struct piece *p)
{
    size_t low, high;

    if (!find_place(q, p, &low, &high))
        low = high = 0;
    fill(q, p, low * 32);
    if (try_root(q))
        return;
    try_cuts(q, p, low * 32, high * 32, 32);
    if (!q->found)
        try_cuts(q, p, low * 32, high * 32, 1);
    if (!q->found)
        fill(q, p, low * 32);
}

/* The lost hashes as they stand in the tile of this generation. */
static int
ask_generation(struct search *q, const struct top *top,
               struct sheaf_error *err)
{
    struct piece p = { .from = 0 };
    uint64_t count;
    int rc = SHEAF_OK;

    if (q->first >= top->size)
        return SHEAF_OK;
    for (count = min_u64(q->leaves, top->size - q->first);
         rc == SHEAF_OK && !q->found && p.from < count; p.from += p.count) {
        uint64_t n = count - p.from;

        rc = reader_hashes_both(q->r, top, q->first + p.from, &n, &p.before,
                                &p.after, err);
        p.count = (size_t)n;
        if (rc == SHEAF_OK)
            try_places(q, &p);
    }
    sheaf_buf_free(&p.before);
    sheaf_buf_free(&p.after);
    return rc;
}

/* Asks the generations, from the first that has the lost leaf on. */
static int
ask_earlier(struct search *q, uint64_t leaf, struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    for (unsigned i = 0; rc == SHEAF_OK && !q->found && i < GENERATIONS_MAX;
         i++) {
        struct top top = { 0 };
        struct end e;

        rc = reader_end_with(q->r, leaf, &e, err);
        if (rc != SHEAF_OK || e.size <= leaf || e.offset == q->r->end.offset)
            break;
        leaf = e.size;
        if (take_tries(q->r, e.top_length / TOP_TRY + 1) == 0)
            break;
        rc = reader_top(q->r, &e, &top, err);
        if (rc == SHEAF_OK)
            rc = ask_generation(q, &top, err);
        top_free(&top);
        if (leaf >= q->first + q->leaves)
            break;
        rc = reader_goes_on(rc) ? SHEAF_OK : rc;
    }
    return rc;
}

int
damage_find_hashes(const struct sheaf_reader *r, uint64_t first,
                   struct sheaf_buf *hashes, const bool *lost,
                   const uint8_t root[32], bool *found,
                   struct sheaf_error *err)
{
    struct search q = { .r = r,
                        .first = first,
                        .leaves = hashes->len / 32,
                        .hashes = hashes->data,
                        .lost = lost,
                        .root = root };
    size_t leaf = 0;
    int rc = SHEAF_OK;

    while (leaf < q.leaves && !lost[leaf])
        leaf++;
    if (leaf < q.leaves)
        rc = ask_generation(&q, &r->top, err);
    if (rc == SHEAF_ECORRUPT)
        rc = SHEAF_OK;
    if (rc == SHEAF_OK && leaf < q.leaves && !q.found)
        rc = ask_earlier(&q, first + leaf, err);
    *found = q.found;
    return reader_goes_on(rc) ? SHEAF_OK : rc;
}
