/*
 * train.c - makes a dictionary from articles.
 *
 * Three steps. Sample: take some of the shingles (short runs of bytes) of
 * each article, chosen by their own hash, so that equal text gives equal
 * shingles, and count in how many articles each occurs. Choose: again and
 * again take the article whose shingles, without those of articles taken
 * before, are worth most for its length. Finalise: let zstd learn entropy
 * tables from articles that were not taken.
 *
 * Choosing is greedy and lazy. The worth of an article only falls as others
 * are taken, so an earlier value is an upper bound: the article on top of the
 * heap is valued again, and taken if its value did not change. A second copy
 * of a text is worth nothing, so near-duplicates stay out.
 */
#include "write/train.h"

#include <zdict.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "format/codec.h"
#include "format/words.h"

enum {
    /* In text, and in codes of words, of which each stands for about as much
     * as three bytes of text. */
    SHINGLE = 12,
    SHINGLE_CODED = 6,
    HASHED = 8, /* bytes that are loaded at once */
    /* About how many shingles are kept over all articles. Above this, fewer
     * of them are kept, so that the time stays within seconds. */
    KEPT_MAX = 8 << 20,
    TABLE_LOG_MIN = 12,
    TABLE_LOG_MAX = 24,
    PROBES = 4,
    /* A longer article is used in pieces of at most this many bytes, and at
     * most this fraction of the dictionary. */
    PIECE_MAX = 16 << 10,
    PIECES_MIN = 8,
    /* So many units are hashed at once by one thread, in so many lots. */
    LOT_UNITS = 16,
    LOTS = 8,
    /* All units are valued in so many slices. */
    VALUE_SLICES = 16,
    /* The slot of a shingle is fetched so many shingles before it is needed. */
    AHEAD = 12,
    /* Less content than this is not worth a frame of its own. */
    CONTENT_MIN = 1024,
    /* zstd's header with the entropy tables is never longer. */
    HEADER_MAX = 256,
    /* Bytes from which the entropy tables are learnt. Four times as much
     * makes them better by less than 0.2 %. */
    SAMPLES_TOTAL = 64 << 10,
    SAMPLE_COST_MIN = 512,
    SAMPLES_MAX = SAMPLES_TOTAL / SAMPLE_COST_MIN,
    SAMPLES_MIN = 8,
    /* Tables learnt at level 19 save 0.3 % at 19 and nothing at 12, but
     * digesting a dictionary of 2 MiB for it doubles the time of training. */
    LEVEL_MAX = 12,
};

/* The entry for a shingle's hash. Two shingles with the same tag that meet
 * here make the choice a little worse, and nothing else. */
struct slot {
    uint32_t last; /* the article that counted it last, from 1 */
    uint16_t tag;
    uint16_t count; /* articles that have it; 0: unused, or covered later */
};

/* An article, or a piece of a long one. */
struct unit {
    const uint8_t *data;
    size_t len;
    size_t first;   /* of its slots, in `kept` */
    size_t slots;   /* each counted once, even in the whole article */
    uint64_t value; /* for its length, when last computed */
    uint32_t article; /* from 1 */
    bool taken;
};

/* Units that one thread hashes, and the hashes of their shingles that are
 * kept. */
struct lot {
    size_t from;
    size_t to;
    size_t ends[LOT_UNITS]; /* of each unit's hashes */
    uint64_t *hashes;
    size_t count;
    size_t room;
    bool failed; /* out of memory */
};

struct trainer {
    size_t shingle; /* its length */
    struct slot *table;
    unsigned table_log;
    unsigned keep_log; /* one shingle in 2^keep_log is kept */
    uint32_t *kept;    /* slots, unit after unit */
    size_t kept_count;
    size_t kept_cap;
    struct unit *units;
    size_t unit_count;
    uint32_t *heap; /* of units, the most valuable first */
    size_t heap_len;
    struct lot lots[2 * LOTS];
    struct lot *hashed;  /* LOTS, which are being hashed, ... */
    struct lot *counted; /* ... and counted */
    bool failed;         /* out of memory */
};

/* Byte by byte, so that a dictionary is the same on every machine. */
static inline uint64_t
load_le64(const uint8_t *p)
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
           (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 |
           (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

/* The lowest bits decide whether a shingle is kept, the 16 above them are
 * the tag, and the highest bits give the slot. */
static inline uint64_t
shingle_hash(const uint8_t *p, size_t shingle)
{
    unsigned spare = shingle < HASHED ? 8 * (HASHED - (unsigned)shingle) : 0;
    const uint8_t *last = shingle < HASHED ? p : p + shingle - HASHED;
    uint64_t a = (load_le64(p) << spare) * UINT64_C(0x9e3779b97f4a7c15);
    uint64_t b = (load_le64(last) << spare) * UINT64_C(0xc2b2ae3d27d4eb4f);
    uint64_t h = (a ^ (a >> 29)) + (b ^ (b >> 32));

    h *= UINT64_C(0xbf58476d1ce4e5b9);
    return h ^ (h >> 31);
}

/* ---- Sampling ------------------------------------------------------------ */

/* The slot of the shingle with this hash, or a free one for it. NULL if all
 * slots that it could have belong to others; it is then ignored. */
static struct slot *
find_slot(const struct trainer *t, uint64_t h)
{
    size_t mask = ((size_t)1 << t->table_log) - 1;
    size_t at = (size_t)(h >> (64 - t->table_log));
    uint16_t tag = (uint16_t)(h >> 16);

    for (unsigned i = 0; i < PROBES; i++) {
        struct slot *s = &t->table[(at + i) & mask];

        if (s->count == 0)
            s->tag = tag;
        if (s->tag == tag)
            return s;
    }
    return NULL;
}

static bool
keep(struct trainer *t, uint32_t slot)
{
    if (t->kept_count == t->kept_cap) {
        size_t cap = t->kept_cap + t->kept_cap / 2 + 1024;
        uint32_t *kept = mem_resize(t->kept, cap, sizeof *kept);

        if (kept == NULL)
            return false;
        t->kept = kept;
        t->kept_cap = cap;
    }
    t->kept[t->kept_count++] = slot;
    return true;
}

/* Notes the shingles of a unit that are kept. */
static bool
hash_unit(const struct trainer *t, const struct unit *u, struct lot *l)
{
    uint64_t keep_mask = (UINT64_C(1) << t->keep_log) - 1;

    for (size_t i = 0; i + max_u64(t->shingle, HASHED) <= u->len; i++) {
        uint64_t h = shingle_hash(u->data + i, t->shingle);

        if ((h & keep_mask) != 0)
            continue;
        if (l->count == l->room) {
            size_t room = l->room + l->room / 2 + 1024;
            uint64_t *more = mem_resize(l->hashes, room, sizeof *more);

            if (more == NULL)
                return false;
            l->hashes = more;
            l->room = room;
        }
        l->hashes[l->count++] = h;
    }
    return true;
}

/* Counts the shingles of a unit, from `from` to before `to` in the lot. */
static bool
count_unit(struct trainer *t, struct unit *u, const struct lot *l, size_t from,
           size_t to)
{
    u->first = t->kept_count;
    for (size_t i = from; i < to; i++) {
        struct slot *s;

        if (i + AHEAD < l->count)
            __builtin_prefetch(
                &t->table[l->hashes[i + AHEAD] >> (64 - t->table_log)], 1);
        s = find_slot(t, l->hashes[i]);
        /* Repetition within an article needs no dictionary. */
        if (s == NULL || s->last == u->article)
            continue;
        if (!keep(t, (uint32_t)(s - t->table)))
            return false;
        s->last = u->article;
        s->count = (uint16_t)(s->count + (s->count < UINT16_MAX));
    }
    u->slots = t->kept_count - u->first;
    return true;
}

/* Counts the lots before, in the order of the articles, and hashes those of
 * now. */
static void
do_lot(void *arg, size_t index, unsigned worker)
{
    struct trainer *t = arg;
    struct lot *l;

    (void)worker;
    for (size_t i = 0; index == 0 && i < LOTS; i++) {
        l = &t->counted[i];
        for (size_t n = l->from; !t->failed && n < l->to; n++)
            t->failed = !count_unit(t, &t->units[n], l,
                                    n == l->from ? 0 : l->ends[n - l->from - 1],
                                    l->ends[n - l->from]);
    }
    if (index == 0)
        return;
    l = &t->hashed[index - 1];
    for (size_t n = l->from; !l->failed && n < l->to; n++) {
        l->failed = !hash_unit(t, &t->units[n], l);
        l->ends[n - l->from] = l->count;
    }
}

static int
sample_units(struct trainer *t, struct pool *pool, const struct step *step,
             struct sheaf_error *err)
{
    bool more = true;
    int rc = SHEAF_OK;

    t->hashed = t->lots;
    t->counted = t->lots + LOTS;
    for (size_t at = 0; rc == SHEAF_OK && more;) {
        struct lot *done = t->counted;

        more = at < t->unit_count;
        for (size_t i = 0; i < LOTS; i++) {
            struct lot *l = &t->hashed[i];

            l->from = at;
            l->to = at = (size_t)min_u64(at + LOT_UNITS, t->unit_count);
            l->count = 0;
        }
        pool_run(pool, do_lot, t, 1 + LOTS);
        for (size_t i = 0; i < LOTS; i++)
            t->failed = t->failed || t->hashed[i].failed;
        rc = t->failed ? fail_nomem(err)
                       : step_take(step, SHEAF_STAGE_DICT, err);
        t->counted = t->hashed;
        t->hashed = done;
    }
    return rc;
}

static size_t
piece_count(size_t len, size_t piece_max)
{
    return len / piece_max + (len % piece_max != 0);
}

static int
sample_articles(struct trainer *t, struct pool *pool,
                const struct sheaf_bytes *articles, size_t count,
                uint64_t total, size_t piece_max, const struct step *step,
                struct sheaf_error *err)
{
    size_t units = 0;

    for (size_t i = 0; i < count; i++)
        units += piece_count(articles[i].len, piece_max);

    /* Small input can afford a closer look. */
    t->keep_log = total < 4 << 20 ? 1 : 3;
    while (total >> t->keep_log > KEPT_MAX)
        t->keep_log++;
    t->table_log = TABLE_LOG_MIN;
    while (t->table_log < TABLE_LOG_MAX &&
           UINT64_C(1) << t->table_log < total >> (t->keep_log + 1))
        t->table_log++;
    t->table = mem_new((size_t)1 << t->table_log, sizeof *t->table);
    t->units = mem_new(units, sizeof *t->units);
    t->heap = mem_new(units, sizeof *t->heap);
    if (t->table == NULL || t->units == NULL || t->heap == NULL)
        return fail_nomem(err);

    for (size_t i = 0; i < count; i++) {
        size_t left = articles[i].len;

        for (size_t n = piece_count(left, piece_max); n > 0; n--) {
            struct unit *u = &t->units[t->unit_count++];

            u->data = articles[i].data + (articles[i].len - left);
            u->len = left / n;
            u->article = (uint32_t)(i + 1);
            left -= u->len;
        }
    }
    return sample_units(t, pool, step, err);
}

/* ---- Choosing ------------------------------------------------------------ */

/*
 * The worth of a shingle that so many articles have: 16 times the logarithm,
 * with its fraction as a straight line. Plain counts were worse by 2 % on the
 * larger collections tried, and no clear gain on a small one.
 */
static uint64_t
weigh(unsigned count)
{
    unsigned log;

    if (count < 2)
        return 0;
    log = 31 - (unsigned)__builtin_clz(count);
    return 16 * log + ((count << 4 >> log) - 16);
}

static uint64_t
value_of(const struct trainer *t, const struct unit *u)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < u->slots; i++)
        sum += weigh(t->table[t->kept[u->first + i]].count);
    /* If only one shingle in 64 is in another article, that is chance. */
    if (sum < u->slots / 4)
        return 0;
    return (sum << 12) / (u->len + t->shingle);
}

/* A strict order, so that the choice depends on the input alone. */
static bool
better(const struct trainer *t, uint32_t a, uint32_t b)
{
    uint64_t value_a = t->units[a].value;
    uint64_t value_b = t->units[b].value;

    return value_a != value_b ? value_a > value_b : a < b;
}

static void
sift_down(struct trainer *t, size_t at)
{
    uint32_t moved = t->heap[at];

    for (;;) {
        size_t child = 2 * at + 1;

        if (child >= t->heap_len)
            break;
        if (child + 1 < t->heap_len &&
            better(t, t->heap[child + 1], t->heap[child]))
            child++;
        if (!better(t, t->heap[child], moved))
            break;
        t->heap[at] = t->heap[child];
        at = child;
    }
    t->heap[at] = moved;
}

/* Values a slice of all units. */
static void
do_value(void *arg, size_t index, unsigned worker)
{
    struct trainer *t = arg;
    size_t each = t->unit_count / VALUE_SLICES + 1;
    size_t to = (size_t)min_u64((index + 1) * each, t->unit_count);

    (void)worker;
    for (size_t i = index * each; i < to; i++)
        t->units[i].value = value_of(t, &t->units[i]);
}

/*
 * Fills `content` from its end towards its start: the first choice comes last,
 * where zstd refers to it most cheaply. Returns the number of bytes filled.
 */
static size_t
choose(struct trainer *t, struct pool *pool, uint8_t *content, size_t size)
{
    size_t left = size;

    pool_run(pool, do_value, t, VALUE_SLICES);
    for (size_t i = 0; i < t->unit_count; i++) {
        if (t->units[i].value != 0)
            t->heap[t->heap_len++] = (uint32_t)i;
    }
    for (size_t i = t->heap_len / 2; i > 0; i--)
        sift_down(t, i - 1);

    while (t->heap_len != 0) {
        struct unit *u = &t->units[t->heap[0]];
        uint64_t value = u->len <= left ? value_of(t, u) : 0;

        if (value != 0 && value == u->value) {
            left -= u->len;
            memcpy(content + left, u->data, u->len);
            for (size_t i = 0; i < u->slots; i++)
                t->table[t->kept[u->first + i]].count = 0;
            u->taken = true;
            value = 0;
        }
        u->value = value;
        if (value == 0)
            t->heap[0] = t->heap[--t->heap_len];
        if (t->heap_len != 0)
            sift_down(t, 0);
    }
    return size - left;
}

/* ---- Finalising ---------------------------------------------------------- */

/* Many tiny articles must not need more room than `sizes` has. */
static uint64_t
sample_cost(const struct unit *u)
{
    return max_u64(u->len, SAMPLE_COST_MIN);
}

/*
 * Collects samples for the entropy tables, evenly from all units that were not
 * taken: each of the others would be compressed to one match. Returns their
 * number.
 */
static unsigned
gather(const struct trainer *t, uint8_t *samples, size_t *sizes)
{
    uint64_t total = 0;
    uint64_t passed = 0;
    uint64_t spent = 0;
    uint64_t sparsity;
    size_t untaken = 0;
    size_t filled = 0;
    unsigned n = 0;

    for (size_t i = 0; i < t->unit_count; i++) {
        untaken += !t->units[i].taken;
        if (!t->units[i].taken)
            total += sample_cost(&t->units[i]);
    }
    sparsity = total / SAMPLES_TOTAL + 1;
    for (size_t i = 0; i < t->unit_count; i++) {
        const struct unit *u = &t->units[i];

        /* If almost none are left, use those that were taken. */
        if (u->taken && untaken >= SAMPLES_MIN)
            continue;
        if (passed >= spent * sparsity &&
            spent + sample_cost(u) <= SAMPLES_TOTAL) {
            memcpy(samples + filled, u->data, u->len);
            filled += u->len;
            sizes[n++] = u->len;
            spent += sample_cost(u);
        }
        passed += sample_cost(u);
    }
    return n;
}

/* Puts header and tables in front of the `used` bytes at the end of `dict`,
 * and moves both to its start. An empty dict: that was not possible. */
static int
finalise(const struct trainer *t, struct sheaf_buf *dict, size_t used,
         int level, uint32_t dict_id, struct sheaf_error *err)
{
    ZDICT_params_t params = { .dictID = dict_id };
    uint8_t *samples = mem_new(SAMPLES_TOTAL, 1);
    size_t *sizes = mem_new(SAMPLES_MAX, sizeof *sizes);
    size_t made, total = 0;
    unsigned n;
    int rc;

    if (samples == NULL || sizes == NULL) {
        rc = fail_nomem(err);
        goto out;
    }
    n = gather(t, samples, sizes);
    for (unsigned i = 0; i < n; i++)
        total += sizes[i];
    params.compressionLevel = codec_level_for_all(
        level < LEVEL_MAX ? level : LEVEL_MAX, n != 0 ? total / n : 0, used);
    made = ZDICT_finalizeDictionary(dict->data, dict->len,
                                    dict->data + (dict->len - used), used,
                                    samples, sizes, n, params);
    if (ZSTD_getErrorCode(made) == ZSTD_error_memory_allocation) {
        rc = fail_nomem(err);
        goto out;
    }
    /* zstd refuses when statistics are useless, as with articles that are
     * all the same. */
    dict->len = ZDICT_isError(made) ? 0 : made;
    rc = SHEAF_OK;

out:
    mem_free(samples);
    mem_free(sizes);
    return rc;
}

/* Chooses the content: a table of words at its start and a trailer at its end,
 * if there is a table, and articles between them. Returns its length at the end
 * of `dict`; 0: not worth it. */
static size_t
fill(struct trainer *t, struct pool *pool, struct sheaf_bytes table,
     struct sheaf_buf *dict)
{
    size_t trailer = table.len != 0 ? WORDS_TRAILER_SIZE : 0;
    uint8_t *end = dict->data + (dict->len - trailer);
    uint8_t *start = dict->data + HEADER_MAX;
    size_t used;

    if (dict->len < HEADER_MAX + table.len + trailer)
        return 0;
    used = choose(t, pool, start + table.len,
                  (size_t)(end - start) - table.len);
    if (trailer == 0)
        return used < CONTENT_MIN ? 0 : used;
    /* The table may be worth a dictionary by itself. */
    used += table.len + trailer;
    memcpy(dict->data + (dict->len - used), table.data, table.len);
    words_trailer((uint32_t)used, (uint32_t)table.len, end);
    return used;
}

/* A dictionary without a table must not end as if it had one. */
static bool
ends_well(const struct sheaf_buf *dict, struct sheaf_bytes table)
{
    struct sheaf_bytes found;

    return words_find(buf_view(dict), NO_OFFSET, &found, NULL) == SHEAF_OK &&
           found.len == table.len;
}

int
train_dict(struct pool *pool, const struct sheaf_bytes *articles,
           size_t count, struct sheaf_bytes table, size_t dict_max, int level,
           uint32_t dict_id, const struct step *step, struct sheaf_buf *out,
           struct sheaf_error *err)
{
    struct trainer t = { .shingle = table.len != 0 ? SHINGLE_CODED : SHINGLE };
    struct sheaf_buf dict = { 0 };
    uint64_t total = 0;
    uint64_t room;
    size_t used;
    int rc = SHEAF_OK;

    assert(dict_id != 0);
    assert(count < UINT32_MAX);

    for (size_t i = 0; i < count; i++)
        total += articles[i].len;
    if (count < DICT_ARTICLES_MIN || dict_max < DICT_SIZE_MIN) {
        out->len = 0;
        return SHEAF_OK;
    }
    /* The number of each unit must fit into 32 bits. */
    if (total / (DICT_SIZE_MIN / PIECES_MIN) >= UINT32_MAX - count)
        return fail(err, SHEAF_EINVAL, "too much to train a dictionary on");

    room = total + HEADER_MAX + table.len + WORDS_TRAILER_SIZE;
    rc = sample_articles(&t, pool, articles, count, total,
                         (size_t)min_u64(dict_max / PIECES_MIN, PIECE_MAX),
                         step, err);
    if (rc == SHEAF_OK && !buf_resize(&dict, (size_t)min_u64(dict_max, room)))
        rc = fail_nomem(err);
    if (rc != SHEAF_OK)
        goto out;
    used = fill(&t, pool, table, &dict);
    rc = step_take(step, SHEAF_STAGE_DICT, err);
    if (rc != SHEAF_OK)
        goto out;
    if (used == 0)
        dict.len = 0;
    else
        rc = finalise(&t, &dict, used, level, dict_id, err);
    if (rc != SHEAF_OK)
        goto out;
    if (!ends_well(&dict, table))
        dict.len = 0;

    sheaf_buf_free(out);
    *out = dict;
    memset(&dict, 0, sizeof dict);

out:
    sheaf_buf_free(&dict);
    mem_free(t.table);
    mem_free(t.kept);
    for (size_t i = 0; i < COUNT_OF(t.lots); i++)
        mem_free(t.lots[i].hashes);
    mem_free(t.units);
    mem_free(t.heap);
    return rc;
}

size_t
train_tables_size(struct sheaf_bytes dict)
{
    size_t n = ZDICT_getDictHeaderSize(dict.data, dict.len);

    return ZDICT_isError(n) || n > dict.len ? 0 : n;
}
