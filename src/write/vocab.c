/*
 * vocab.c - chooses the words of a table from articles.
 *
 * Begins with frequent words. Then, again and again, splits a sample of the
 * text with the entries so far, counts which items are neighbours, and makes
 * entries of the pairs that save most: first "of the", then `","headline":"`.
 * An entry saves the bits that its parts would take, less those of a code that
 * fits its frequency. Entries that do not save more than they take in the
 * table go again. spec/notes.md says what else was tried.
 */
#include "write/vocab.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "format/words.h"
#include "write/pairs.h"

/* Bytes in which words are counted, and bytes in which pairs are: so many, or
 * this part of all. */
#define WORD_SAMPLE ((uint64_t)4 << 20)
#define PAIR_SAMPLE ((uint64_t)1 << 20)
#define PAIR_PART 16
#define SLOTS_MIN ((size_t)1 << 12)
#define SLOTS_MAX ((size_t)1 << 19)
/* The threads look through so many slices of the table. */
#define FIND_SLICES ((size_t)16)
/* Pairs are joined so many times, each time at most so many. More at a time
 * would overlap: "of the" and "the two" cannot both be in "of the two". */
#define ROUNDS 7
#define PAIRS_A_ROUND 500
#define ENTRIES_MOST 12000
#define COUNT_MIN 3
/* Costs, in parts of a bit. A byte that stands for itself takes five bits. A
 * longer string may be found in the dictionary, which limits what an entry
 * saves. In the table, each entry takes about so much. */
#define BIT 16
#define COST_BYTE (5 * BIT)
#define COST_SPACE (3 * BIT)
#define COST_FOUND (32 * BIT)
#define COST_TABLE (30 * BIT)
#define COST_TABLE_BYTE BIT
/* A byte is a code, a mark or a first byte if it is rarer than this. */
#define RARE 2000
#define MARKS 3
/* Codes of one byte, if there are enough bytes for both. */
#define ONES_MOST 100

struct entry {
    struct sheaf_bytes text;
    uint32_t count;
    uint32_t parts; /* the cost of its parts */
    int64_t gain;
};

struct vocab {
    const struct sheaf_bytes *articles;
    size_t article_count;
    uint64_t total; /* bytes of all articles */
    struct pairs pairs; /* of the last round */
    struct entry *entries;
    struct sheaf_bytes *texts; /* of the entries, for the coder */
    size_t count;
    struct entry *found; /* this round's, before they are entries: as many
                            as slots, in slices */
    size_t found_in[FIND_SLICES];
    size_t most; /* of them */
};

/* ---- Choosing ------------------------------------------------------------ */

/* The logarithm to base two, in parts of a bit, without floating point: the
 * same on every machine. */
static uint32_t
log2_bits(uint64_t n)
{
    unsigned whole = 63 - (unsigned)__builtin_clzll(n | 1);
    uint32_t part = (uint32_t)((n << 6 >> whole) & 63);

    /* log2(1 + x) is about x + 0.34 x (1 - x). */
    return BIT * whole + (part + part * (64 - part) / 188) * BIT / 64;
}

static uint32_t
cost_of(const struct vocab *v, int32_t part)
{
    return part < 0 ? COST_BYTE * (uint32_t)-part
                    : log2_bits(v->pairs.items) -
                          log2_bits(v->pairs.usage[part] + 1);
}

/* What the entry saves in all articles. */
static int64_t
gain_of(const struct vocab *v, const struct entry *e)
{
    int64_t cost = (int64_t)log2_bits(v->pairs.items) - log2_bits(e->count);
    int64_t saved = (int64_t)min_u64(e->parts, COST_FOUND) - cost;
    int64_t times = (int64_t)(e->count * v->total / (v->pairs.seen + 1));

    return e->count == 0 ? -1
                         : saved * times - COST_TABLE -
                               COST_TABLE_BYTE * (int64_t)e->text.len;
}

/* The texts are a last resort, so that the order is strict. */
static int
by_gain(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    return x->gain != y->gain ? (x->gain > y->gain ? -1 : 1)
                              : bytes_compare(x->text, y->text);
}

static int
by_count(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    return x->count != y->count ? (x->count > y->count ? -1 : 1)
                                : bytes_compare(x->text, y->text);
}

static int
by_text(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    return bytes_compare(x->text, y->text);
}

/* Moves the entry at `i` of a heap of `count` down to its place. Each entry is
 * worse than the two below it, so the worst is the first. */
static void
sink(struct entry *heap, size_t count, size_t i)
{
    for (size_t next; (next = 2 * i + 1) < count; i = next) {
        struct entry e = heap[i];

        if (next + 1 < count && by_gain(&heap[next + 1], &heap[next]) > 0)
            next++;
        if (by_gain(&e, &heap[next]) >= 0)
            return;
        heap[i] = heap[next];
        heap[next] = e;
    }
}

/* Moves the best `most` of `n` entries to the front, in any order. */
static void
select_best(struct entry *entries, size_t n, size_t most)
{
    if (n <= most)
        return;
    for (size_t i = most / 2; i-- > 0;)
        sink(entries, most, i);
    for (size_t i = most; i < n; i++) {
        if (by_gain(&entries[i], &entries[0]) >= 0)
            continue;
        entries[0] = entries[i];
        sink(entries, most, 0);
    }
}

/* Collects the strings of a slice of the table that would save most. */
static void
do_find(void *arg, size_t index, unsigned worker)
{
    struct vocab *v = arg;
    size_t slots = v->pairs.slots / FIND_SLICES;
    struct entry *found = v->found + index * slots;
    size_t n = 0;

    (void)worker;
    for (size_t i = index * slots; i < (index + 1) * slots; i++) {
        const struct pair *p = &v->pairs.table[i];
        struct entry *e = &found[n];

        if (p->count < COUNT_MIN)
            continue;
        e->text = sheaf_view(p->at, p->len);
        e->count = p->count;
        e->parts = cost_of(v, p->a);
        if (p->b != 0)
            e->parts += cost_of(v, p->b);
        else if (words_begins(*p->at))
            e->parts += COST_SPACE;
        e->gain = gain_of(v, e);
        /* No entry has the byte that ends one. */
        n += e->gain > 0 && memchr(p->at, 0, p->len) == NULL;
    }
    select_best(found, n, v->most);
    v->found_in[index] = (size_t)min_u64(n, v->most);
}

/* Collects the strings of this round that would save most, in any order. */
static size_t
find_new(struct vocab *v, struct pool *pool)
{
    size_t n = 0;

    v->most = v->pairs.words_only ? ENTRIES_MOST : PAIRS_A_ROUND;
    pool_run(pool, do_find, v, FIND_SLICES);
    for (size_t i = 0; i < FIND_SLICES; i++) {
        memmove(v->found + n, v->found + i * (v->pairs.slots / FIND_SLICES),
                v->found_in[i] * sizeof *v->found);
        n += v->found_in[i];
    }
    select_best(v->found, n, v->most);
    return (size_t)min_u64(n, v->most);
}

/* Keeps the entries that still pay, and adds the best new ones. */
static void
choose_entries(struct vocab *v, struct pool *pool, bool add)
{
    size_t found = add ? find_new(v, pool) : 0;
    size_t n = 0;

    for (size_t i = 0; i < v->count; i++) {
        struct entry e = v->entries[i];

        e.count = v->pairs.usage[i];
        e.gain = gain_of(v, &e);
        if (e.gain > 0)
            v->entries[n++] = e;
    }
    memcpy(v->entries + n, v->found, found * sizeof *v->found);
    n += found;
    qsort(v->entries, n, sizeof *v->entries, by_gain);
    v->count = (size_t)min_u64(n, ENTRIES_MOST);
    for (size_t i = 0; i < v->count; i++)
        v->texts[i] = v->entries[i].text;
}

/* ---- The table ----------------------------------------------------------- */

/* The bytes from the rarest on, and how many of them are rare. */
static unsigned
order_bytes(const struct vocab *v, uint8_t order[256])
{
    size_t stride = (size_t)(v->total / PAIR_SAMPLE) + 1;
    uint64_t count[256] = { 0 };
    uint64_t total = 0;
    unsigned rare = 0;

    for (size_t i = 0; i < v->article_count; i += stride) {
        for (size_t n = 0; n < v->articles[i].len; n++)
            count[v->articles[i].data[n]]++;
        total += v->articles[i].len;
    }
    for (unsigned b = 0; b < 256; b++) {
        unsigned at = b;

        for (; at > 0 && count[order[at - 1]] > count[b]; at--)
            order[at] = order[at - 1];
        order[at] = (uint8_t)b;
    }
    while (rare < 255 && count[order[rare]] <= total / RARE)
        rare++;
    return rare;
}

/* Says what each byte is. Sets the number of entries with a code of one
 * byte, and drops those for which there is no code. */
static size_t
set_kinds(struct vocab *v, uint8_t kinds[256])
{
    static const uint8_t marks[MARKS] = { WORDS_CAPITAL, WORDS_UPPER,
                                          WORDS_ESCAPE };
    uint8_t order[256];
    unsigned rare = order_bytes(v, order);
    size_t free = rare <= MARKS ? 0 : rare - MARKS;
    size_t one = (size_t)min_u64(free / 2, ONES_MOST);
    size_t two = free - one;
    bool mine[256] = { false };
    size_t n = 0;

    memset(kinds, WORDS_SELF, 256);
    v->count = (size_t)min_u64(v->count, one + two * 256);
    if (v->count == 0)
        return 0;
    one = (size_t)min_u64(one, v->count);
    two = (v->count - one + 255) / 256;
    for (unsigned i = 0; i < MARKS; i++)
        kinds[order[i]] = marks[i];
    for (size_t i = 0; n < one + two && i < free; i++) {
        uint8_t b = order[MARKS + i];

        mine[b] = b != WORDS_PLAIN_START;
        n += mine[b];
    }
    if (n < one + two)
        return v->count = 0;
    n = 0;
    for (unsigned b = 0; b < 256; b++) {
        if (mine[b])
            kinds[b] = n++ < one ? WORDS_ONE : WORDS_TWO;
    }
    return one;
}

/* The most frequent entries get codes of one byte. The others are sorted 256
 * by 256: by frequency, so that first bytes differ in frequency, and within
 * that by text, which makes the table smaller. */
static bool
write_table(struct vocab *v, struct sheaf_buf *out)
{
    uint8_t kinds[256];
    size_t one;
    bool good;

    qsort(v->entries, v->count, sizeof *v->entries, by_count);
    one = set_kinds(v, kinds);
    if (v->count == 0)
        return true;
    for (size_t at = one; at < v->count; at += 256)
        qsort(v->entries + at, (size_t)min_u64(v->count - at, 256),
              sizeof *v->entries, by_text);
    good = buf_add(out, kinds, sizeof kinds);
    for (size_t i = 0; good && i < v->count; i++)
        good = buf_add(out, v->entries[i].text.data, v->entries[i].text.len) &&
               buf_add(out, "", 1);
    return good;
}

int
vocab_choose(struct pool *pool, const struct sheaf_bytes *articles,
             size_t count, const struct step *step, struct sheaf_buf *out,
             struct sheaf_error *err)
{
    struct vocab v = { .articles = articles,
                       .article_count = count };
    size_t slots = SLOTS_MIN;
    int rc;

    out->len = 0;
    for (size_t i = 0; i < count; i++)
        v.total += articles[i].len;
    while (slots < SLOTS_MAX && slots < v.total / 2)
        slots *= 2;
    rc = pairs_new(&v.pairs, pool, slots, ENTRIES_MOST, err);
    v.found = mem_new(slots, sizeof *v.found);
    v.entries = mem_new(2 * ENTRIES_MOST, sizeof *v.entries);
    v.texts = mem_new(ENTRIES_MOST, sizeof *v.texts);
    if (v.found == NULL || v.entries == NULL || v.texts == NULL)
        rc = fail_nomem(err);
    for (unsigned i = 0; rc == SHEAF_OK && i <= ROUNDS; i++) {
        uint64_t sample = i == 0 ? WORD_SAMPLE
                                 : max_u64(PAIR_SAMPLE, v.total / PAIR_PART);

        rc = pairs_count(&v.pairs, v.texts, v.count, i == 0, articles, count,
                         (size_t)(v.total / sample) + 1, step, err);
        if (rc == SHEAF_OK)
            choose_entries(&v, pool, i != ROUNDS);
    }
    if (rc == SHEAF_OK && !write_table(&v, out))
        rc = fail_nomem(err);
    pairs_free(&v.pairs);
    mem_free(v.found);
    mem_free(v.entries);
    mem_free(v.texts);
    return rc;
}
