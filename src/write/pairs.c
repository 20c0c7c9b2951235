/*
 * pairs.c - counts strings that may become entries of a table of words.
 *
 * Threads split the articles, a few at a time, into lots of strings. Meanwhile
 * one thread counts the strings of the lots before, in the order of the
 * articles, because the table of strings has an end: which ones are in it
 * depends on which came first.
 */
#include "write/pairs.h"

#include "base/err.h"
#include "base/mem.h"

/* So many lots are split at a time. */
#define LOTS 8
/* A lot has articles of at least so many bytes, unless they end. One that is
 * longer than twice that is split where it is counted, as its strings would
 * take too much memory. */
#define LOT_BYTES ((size_t)16 << 10)
/* The place of a string in the table is fetched so many strings before it is
 * needed. */
#define AHEAD 12
/* Jobs of clearing the table; a part of any number of slots. */
#define CLEAR_SLICES 16

struct string {
    uint64_t key;
    const uint8_t *at;
    uint32_t len;
    int32_t a;
    int32_t b;
};

/* Articles from `from` to before `to`, and the strings in them. */
struct lot {
    size_t from;
    size_t to;
    struct string *strings;
    size_t count;
    size_t room;
    bool failed; /* out of memory */
};

/* What one thread counts; sums do not depend on the order. */
struct tally {
    uint32_t *usage;
    uint64_t items;
};

/* ---- Strings ------------------------------------------------------------- */

static bool
is_capital(uint8_t b)
{
    return b >= 'A' && b <= 'Z';
}

static uint64_t
key_of(const uint8_t *p, size_t len)
{
    uint64_t h = len;
    uint8_t first = is_capital(*p) ? *p | 0x20 : *p;

    for (size_t i = 0; i < len; i += 8) {
        uint64_t v = i == 0 ? first : p[i];

        for (size_t n = 1; n < 8 && i + n < len; n++)
            v |= (uint64_t)p[i + n] << 8 * n;
        h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 29;
    }
    return h + (h == 0);
}

static size_t
home_of(const struct pairs *p, uint64_t key)
{
    return (size_t)(key >> 24) & (p->slots - 1);
}

/* Counts a string. When the table is half full, new ones are ignored: those
 * that occur often have been seen by then. */
static void
count_string(struct pairs *ps, const struct string *s)
{
    size_t i = home_of(ps, s->key);
    bool capital = is_capital(*s->at);
    struct pair *p;

    while (ps->table[i].key != 0 && ps->table[i].key != s->key)
        i = (i + 1) & (ps->slots - 1);
    p = &ps->table[i];
    if (p->key == 0) {
        if (ps->used >= ps->slots / 2)
            return;
        ps->used++;
        p->key = s->key;
        p->at = s->at;
        p->len = s->len;
    }
    p->count++;
    p->capitals += capital;
    p->a = s->a;
    p->b = s->b;
    /* The entry is written as it is most often. */
    if (capital == (p->capitals * 2 > p->count))
        p->at = s->at;
}

/* ---- Splitting ----------------------------------------------------------- */

/* Counters and the lot are copies, put back in the end: those of two threads
 * lie side by side in memory, and writing there would make each wait for the
 * other. */
struct splitting {
    struct pairs *pairs;
    struct tally tally;
    struct lot lot;
    bool at_once; /* each string is counted at once, not put in the lot */
    struct words_item last;
};

static int32_t
part_of(const struct words_item *item)
{
    return item->entry >= 0 ? item->entry : -(int32_t)item->len;
}

static bool
take_string(struct splitting *s, const uint8_t *at, size_t len, int32_t a,
            int32_t b)
{
    struct string string = { key_of(at, len), at, (uint32_t)len, a, b };
    struct lot *l = &s->lot;

    if (s->at_once) {
        count_string(s->pairs, &string);
        return true;
    }
    if (l->count == l->room) {
        size_t room = l->room * 2 + LOT_BYTES / 4;
        struct string *more = mem_resize(l->strings, room, sizeof *more);

        if (more == NULL)
            return false;
        l->strings = more;
        l->room = room;
    }
    l->strings[l->count++] = string;
    return true;
}

static bool
take_item(void *arg, const struct words_item *item)
{
    struct splitting *s = arg;
    const uint8_t *end = item->at + item->len;
    bool good = true;

    s->tally.items++;
    if (item->entry >= 0)
        s->tally.usage[item->entry]++;
    if (s->pairs->words_only) {
        if (item->len >= 2 && item->len <= WORDS_ENTRY_MAX)
            good = take_string(s, item->at, item->len, part_of(item), 0);
        return good;
    }
    if (s->last.at != NULL && end - s->last.at <= WORDS_ENTRY_MAX)
        good = take_string(s, s->last.at, (size_t)(end - s->last.at),
                           part_of(&s->last), part_of(item));
    s->last = *item;
    return good;
}

/* ---- A round ------------------------------------------------------------- */

struct round {
    struct pairs *pairs;
    const struct words_coder *coder;
    const struct sheaf_bytes *articles;
    size_t stride;
    struct lot *split; /* LOTS, which are being split, ... */
    struct lot *count; /* ... and counted */
};

static bool
is_alone(const struct round *r, const struct lot *l)
{
    return l->from < l->to && r->articles[l->from].len > 2 * LOT_BYTES;
}

/* False: out of memory. */
static bool
split_lot(const struct round *r, struct lot *l, bool at_once, unsigned worker)
{
    struct splitting s = { .pairs = r->pairs,
                           .tally = r->pairs->tallies[worker],
                           .lot = *l,
                           .at_once = at_once };
    bool good = true;

    for (size_t i = l->from; good && i < l->to; i += r->stride) {
        s.last.at = NULL;
        good = words_split(r->coder, r->articles[i], take_item, &s);
    }
    r->pairs->tallies[worker] = s.tally;
    *l = s.lot;
    return good;
}

static void
count_lot(const struct round *r, struct lot *l, unsigned worker)
{
    struct pairs *p = r->pairs;

    if (is_alone(r, l)) {
        (void)split_lot(r, l, true, worker);
        return;
    }
    for (size_t i = 0; i < l->count; i++) {
        if (i + AHEAD < l->count)
            __builtin_prefetch(
                &p->table[home_of(p, l->strings[i + AHEAD].key)], 1);
        count_string(p, &l->strings[i]);
    }
}

/* Counts the lots before, and splits those of now. */
static void
do_lot(void *arg, size_t index, unsigned worker)
{
    struct round *r = arg;
    struct lot *l;

    if (index == 0) {
        for (size_t i = 0; i < LOTS; i++)
            count_lot(r, &r->count[i], worker);
        return;
    }
    l = &r->split[index - 1];
    if (!is_alone(r, l))
        l->failed = !split_lot(r, l, false, worker);
}

/* Which articles come next. One that is split where it is counted has a lot
 * of its own. */
static void
plan_lots(struct round *r, size_t count, size_t *at)
{
    for (size_t i = 0; i < LOTS; i++) {
        struct lot *l = &r->split[i];
        size_t bytes = 0;

        l->from = *at;
        l->count = 0;
        l->failed = false;
        for (; *at < count && bytes < LOT_BYTES; *at += r->stride) {
            size_t len = r->articles[*at].len;

            if (len > 2 * LOT_BYTES && *at != l->from)
                break;
            bytes += len;
            r->pairs->seen += len;
        }
        l->to = *at;
    }
}

/* The table is large: all threads clear it. */
static void
clear_slice(void *arg, size_t index, unsigned worker)
{
    struct pairs *p = arg;
    size_t slots = p->slots / CLEAR_SLICES;

    (void)worker;
    memset(p->table + index * slots, 0, slots * sizeof *p->table);
}

static void
clear(struct pairs *p, size_t entries)
{
    pool_run(p->pool, clear_slice, p, CLEAR_SLICES);
    memset(p->usage, 0, entries * sizeof *p->usage);
    p->used = 0;
    p->items = p->seen = 0;
    for (unsigned i = 0; i < pool_threads(p->pool); i++) {
        memset(p->tallies[i].usage, 0, entries * sizeof *p->usage);
        p->tallies[i].items = 0;
    }
    for (size_t i = 0; i < 2 * (size_t)LOTS; i++)
        p->lots[i].from = p->lots[i].to = p->lots[i].count = 0;
}

static void
add_tallies(struct pairs *p, size_t entries)
{
    for (unsigned i = 0; i < pool_threads(p->pool); i++) {
        for (size_t n = 0; n < entries; n++)
            p->usage[n] += p->tallies[i].usage[n];
        p->items += p->tallies[i].items;
    }
}

int
pairs_count(struct pairs *p, const struct sheaf_bytes *entries,
            size_t entry_count, bool words_only,
            const struct sheaf_bytes *articles, size_t count, size_t stride,
            const struct step *step, struct sheaf_error *err)
{
    struct round r = { .pairs = p,
                       .articles = articles,
                       .stride = stride,
                       .split = p->lots,
                       .count = p->lots + LOTS };
    struct words_coder *coder;
    bool more = true;
    int rc = words_coder_new(&coder, entries, entry_count, err);

    if (rc != SHEAF_OK)
        return rc;
    assert(entry_count <= p->entries);
    r.coder = coder;
    p->words_only = words_only;
    clear(p, entry_count);
    for (size_t at = 0; rc == SHEAF_OK && more;) {
        struct lot *counted = r.count;

        more = at < count;
        plan_lots(&r, count, &at);
        pool_run(p->pool, do_lot, &r, 1 + LOTS);
        for (size_t i = 0; rc == SHEAF_OK && i < LOTS; i++) {
            if (r.split[i].failed)
                rc = fail_nomem(err);
        }
        if (rc == SHEAF_OK)
            rc = step_take(step, SHEAF_STAGE_DICT, err);
        r.count = r.split;
        r.split = counted;
    }
    words_coder_free(coder);
    add_tallies(p, entry_count);
    return rc;
}

/* ---- Beginning and end --------------------------------------------------- */

int
pairs_new(struct pairs *p, struct pool *pool, size_t slots,
          size_t entries_most, struct sheaf_error *err)
{
    unsigned threads = pool_threads(pool);
    bool good;

    *p = (struct pairs){ .slots = slots,
                         .entries = entries_most,
                         .pool = pool };
    p->table = mem_new(slots, sizeof *p->table);
    p->usage = mem_new(entries_most, sizeof *p->usage);
    p->lots = mem_new(2 * (size_t)LOTS, sizeof *p->lots);
    p->tallies = mem_new(threads, sizeof *p->tallies);
    good = p->table != NULL && p->usage != NULL && p->lots != NULL &&
           p->tallies != NULL;
    for (unsigned i = 0; good && i < threads; i++) {
        p->tallies[i].usage = mem_new(entries_most, sizeof *p->usage);
        good = p->tallies[i].usage != NULL;
    }
    return good ? SHEAF_OK : fail_nomem(err);
}

void
pairs_free(struct pairs *p)
{
    for (size_t i = 0; p->lots != NULL && i < 2 * (size_t)LOTS; i++)
        mem_free(p->lots[i].strings);
    for (unsigned i = 0; p->tallies != NULL && i < pool_threads(p->pool); i++)
        mem_free(p->tallies[i].usage);
    mem_free(p->table);
    mem_free(p->usage);
    mem_free(p->lots);
    mem_free(p->tallies);
}
