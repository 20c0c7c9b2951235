/*
 * choose.c - which dictionary the next articles get: trains candidates from
 * the sample, with a table of words and without, and compares them.
 */
#include <pthread.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "format/dictframe.h"
#include "format/parity.h"
#include "format/words.h"
#include "write/encoding.h"
#include "write/train.h"
#include "write/vocab.h"

/* A dictionary is judged by at most this much of the sample. */
#define JUDGED_BYTES ((uint64_t)4 << 20)
#define JUDGED_ITEMS 128
/* If coding words makes the sample smaller by this factor, a dictionary
 * without words is not tried. */
#define WORDS_SURELY 2
/* An append needs at least this much content for a new dictionary. */
#define APPEND_SAMPLE_MIN ((uint64_t)1 << 20)
/* With more dictionaries than this, it would be hard to find an unused
 * short ID. */
#define SHORT_IDS_MAX 8192

uint64_t
choose_dict_size(const struct encode_options *o)
{
    return o->words ? ENCODE_DICT_DEFAULT : ENCODE_DICT_PLAIN;
}

void
dictionary_free(struct dictionary *d)
{
    sheaf_buf_free(&d->raw);
    sheaf_buf_free(&d->packed);
    codec_cdict_free(d->cdict);
}

uint32_t
encode_dict_id(const struct encoder *e, struct sheaf_bytes dict,
               uint32_t least, uint32_t most, const struct top *other)
{
    uint8_t hash[32];
    uint32_t id;

    hash_blake2b(dict.data, dict.len, hash);
    id = least + (uint32_t)(get_be(hash, 8) % (most - least + 1));
    while (top_has_dict(&e->layout->ledger.top, id) || !dictframe_id_ok(id) ||
           (other != NULL && top_has_dict(other, id)))
        id = id == most ? least : id + 1;
    return id;
}

static void
name_dict(struct encoder *e, struct dictionary *c)
{
    bool roomy = e->layout->ledger.top.dict_count < SHORT_IDS_MAX;

    c->id = encode_dict_id(e, buf_view(&c->raw), ENCODE_DICT_ID_MIN,
                           roomy ? ENCODE_DICT_ID_SHORT : ENCODE_DICT_ID_MAX,
                           e->sampling.other);
    put_le32(c->raw.data + 4, c->id);
}

/* Compressing and digesting a dictionary are the two longest jobs, and
 * neither needs the other: they run in parallel. */
struct digestion {
    struct encoder *e;
    struct dictionary *c;
    int rc[2];
    struct sheaf_error err[2];
};

static void
do_digest(void *arg, size_t index, unsigned worker)
{
    struct digestion *d = arg;
    struct dictionary *c = d->c;
    int level = d->e->options.level;
    struct sheaf_error *err = &d->err[index];

    if (index == 1)
        d->rc[1] = codec_cdict_new(&c->cdict, buf_view(&c->raw), level, err);
    else if (c->packed.len == 0)
        d->rc[0] = codec_pack_dict(d->e->workers[worker].cctx, level,
                                   buf_view(&c->raw), &c->packed, err);
}

/* The work that goes on while a candidate is packed. */
struct candidacy {
    struct digestion d;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t ready;
    bool digested;
    bool coded; /* items are coded with its words */
};

static bool
await_digest(struct candidacy *c)
{
    pthread_mutex_lock(&c->lock);
    while (!c->digested)
        pthread_cond_wait(&c->ready, &c->lock);
    pthread_mutex_unlock(&c->lock);
    return c->d.rc[1] == SHEAF_OK;
}

/* Jobs begin in their order: while any waits, another one digests. */
static void
do_candidate(void *arg, size_t index, unsigned worker)
{
    struct candidacy *c = arg;

    if (index < COUNT_OF(c->d.rc))
        do_digest(&c->d, index, worker);
    else if (await_digest(c))
        compress_unit(c->d.e, c->d.c->cdict, index - COUNT_OF(c->d.rc),
                      worker);
    if (index != 1)
        return;
    pthread_mutex_lock(&c->lock);
    c->d.e->coded_for = c->coded ? c->d.c->cdict : NULL;
    c->digested = true;
    pthread_cond_broadcast(&c->ready);
    pthread_mutex_unlock(&c->lock);
}

static int
digested(const struct digestion *d, struct sheaf_error *err)
{
    for (size_t i = 0; i < COUNT_OF(d->rc); i++) {
        if (d->rc[i] != SHEAF_OK) {
            if (err != NULL)
                *err = d->err[i];
            return d->rc[i];
        }
    }
    return SHEAF_OK;
}

int
digest_dict(struct encoder *e, struct dictionary *c, struct sheaf_error *err)
{
    struct digestion d = { .e = e, .c = c };

    pool_run(e->pool, do_digest, &d, COUNT_OF(d.rc));
    return digested(&d, err);
}

/* Up to this level, digesting a dictionary is quick. */
#define QUICK_LEVEL 12

/* So much is compressed by each of the other threads while one packs a
 * dictionary: about as much as they can. */
#define MEANWHILE_BYTES ((uint64_t)4 << 20)

static size_t
items_meanwhile(const struct encoder *e)
{
    uint64_t most = MEANWHILE_BYTES * (pool_threads(e->pool) - 1);
    uint64_t bytes = 0;
    size_t n = 0;

    while (n < e->batch.count && bytes < most)
        bytes += e->batch.items[n++].content.len;
    return n;
}

/* Digests a candidate. Packing it is then a long job of one thread, in which
 * the others have nothing to do. So they begin to compress the articles with
 * it, as most candidates are taken. */
static int
digest_candidate(struct encoder *e, struct dictionary *c, bool coded,
                 struct sheaf_error *err)
{
    struct candidacy k = { .d = { .e = e, .c = c }, .coded = coded };
    size_t units;
    int rc;

    e->made_for = NULL;
    if (pool_threads(e->pool) == 1 || e->options.level > QUICK_LEVEL) {
        rc = digest_dict(e, c, err);
        e->coded_for = rc == SHEAF_OK && coded ? c->cdict : NULL;
        return rc;
    }
    rc = compress_plan(e, 0, items_meanwhile(e), &units, &e->made, err);
    if (rc != SHEAF_OK)
        return rc;
    (void)pthread_mutex_init(&k.lock, NULL);
    (void)pthread_cond_init(&k.ready, NULL);
    pool_run(e->pool, do_candidate, &k, COUNT_OF(k.d.rc) + units);
    pthread_cond_destroy(&k.ready);
    pthread_mutex_destroy(&k.lock);
    rc = digested(&k.d, err);
    if (rc == SHEAF_OK)
        e->made_for = c->cdict;
    else
        e->coded_for = NULL;
    return rc;
}

struct coding {
    struct encoder *e;
    const struct words_coder *coder;
};

static void
do_code(void *arg, size_t index, unsigned worker)
{
    struct coding *c = arg;
    struct item *it = &c->e->batch.items[index];

    (void)worker;
    it->coded.len = 0;
    it->rc = it->placed.removed ||
                     words_code(c->coder, buf_view(&it->content), &it->coded)
                 ? SHEAF_OK
                 : fail_nomem(&it->err);
}

/* Codes the sample with a table of words. Replaces the views by those of the
 * coded articles, which have *size bytes. They are not coded again if this
 * becomes the dictionary in force. */
static int
code_sample(struct encoder *e, struct sheaf_bytes table,
            struct sheaf_bytes *views, uint64_t *size, struct sheaf_error *err)
{
    struct words_coder *coder = NULL;
    struct coding c = { .e = e };
    size_t count = 0;
    int rc = words_coder_from(&coder, table, err);

    if (rc != SHEAF_OK)
        return rc;
    c.coder = coder;
    e->coded_for = NULL;
    rc = compress_in_slices(e, do_code, &c, e->batch.count, err);
    words_coder_free(coder);
    if (rc != SHEAF_OK)
        return rc;
    for (size_t i = 0; i < e->batch.count; i++) {
        const struct item *it = &e->batch.items[i];

        if (it->rc != SHEAF_OK)
            return fail_nomem(err);
        if (it->placed.removed)
            continue;
        views[count++] = buf_view(&it->coded);
        *size += it->coded.len;
    }
    return SHEAF_OK;
}

/* Trains a dictionary from the sample, with a table of words if `words`. Its
 * raw form is empty if it would be of no use. *coded is the size to which the
 * table brought the sample. */
static int
train(struct encoder *e, size_t dict_max, bool words, struct dictionary *c,
      uint64_t *coded, struct sheaf_error *err)
{
    struct sheaf_bytes *views = mem_new(e->batch.count, sizeof *views);
    struct sheaf_buf table = { 0 };
    size_t count = 0;
    int rc = SHEAF_OK;

    *coded = 0;
    if (views == NULL)
        return fail_nomem(err);
    for (size_t i = 0; i < e->batch.count; i++) {
        if (!e->batch.items[i].placed.removed)
            views[count++] = buf_view(&e->batch.items[i].content);
    }
    if (words)
        rc = vocab_choose(e->pool, views, count, &e->options.step, &table,
                          err);
    if (rc == SHEAF_OK && table.len != 0)
        rc = code_sample(e, buf_view(&table), views, coded, err);
    if (rc == SHEAF_OK && (!words || table.len != 0))
        rc = train_dict(e->pool, views, count, buf_view(&table), dict_max,
                        e->options.level, ENCODE_DICT_ID_MIN, &e->options.step,
                        &c->raw, err);
    mem_free(views);
    sheaf_buf_free(&table);
    if (rc != SHEAF_OK || c->raw.len == 0)
        return rc;
    name_dict(e, c);
    return digest_candidate(e, c, *coded != 0, err);
}

/* ---- Comparing ---------------------------------------------------------- */

static int
judge(struct encoder *e, const struct codec_cdict *cdict, size_t units,
      size_t stride, uint64_t *raw, uint64_t *packed, struct sheaf_error *err)
{
    int rc = compress_some(e, cdict, units, stride, err);

    if (rc != SHEAF_OK)
        return rc;
    *raw = *packed = 0;
    for (size_t i = 0; i < units; i += stride) {
        const struct unit *u = &e->batch.units[i];
        struct item *it = &e->batch.items[u->first];

        if (it->rc != SHEAF_OK) {
            if (err != NULL)
                *err = it->err;
            return it->rc;
        }
        for (size_t n = u->first; n < u->first + u->count; n++)
            *raw += e->batch.items[n].content.len;
        *packed += it->frame.len;
    }
    return SHEAF_OK;
}

/* What the sample would take with a dictionary, judged by a part of it. */
static int
estimate(struct encoder *e, const struct codec_cdict *cdict, uint64_t *out,
         struct sheaf_error *err)
{
    uint64_t mean, most, raw, packed;
    size_t stride, units, to;
    int rc = compress_plan(e, 0, e->batch.count, &units, &to, err);

    if (rc != SHEAF_OK)
        return rc;
    mean = e->batch.bytes / units + 1;
    most = max_u64(min_u64(JUDGED_BYTES / mean, JUDGED_ITEMS), 1);
    stride = (size_t)(units / most) + 1;
    rc = judge(e, cdict, units, stride, &raw, &packed, err);
    if (rc == SHEAF_OK)
        *out = raw == 0 ? 0
                        : (uint64_t)((double)packed *
                                     ((double)e->batch.bytes / (double)raw));
    return rc;
}

/* Keeps the better of two candidates in `best`, whose estimate with all that
 * it takes is *least. */
static int
compare(struct encoder *e, struct dictionary *best, struct dictionary *c,
        uint64_t *least, struct sheaf_error *err)
{
    uint64_t bytes;
    int rc = estimate(e, c->cdict, &bytes, err);

    if (rc != SHEAF_OK)
        return rc;
    bytes += DICT_HEAD_SIZE + c->packed.len +
             parity_bytes((uint32_t)c->packed.len);
    if (bytes < *least) {
        struct dictionary other = *best;

        *least = bytes;
        *best = *c;
        *c = other;
    }
    return SHEAF_OK;
}

/* Trains dictionaries from the sample, with words and without, and finds the
 * best; if none pays, `best` stays empty. */
static int
find_best(struct encoder *e, size_t dict_max, struct dictionary *best,
          struct sheaf_error *err)
{
    uint64_t least, coded = UINT64_MAX;
    int rc = estimate(e, e->dict.cdict, &least, err);

    for (unsigned words = e->options.words ? 1 : 0; rc == SHEAF_OK; words--) {
        struct dictionary c = { 0 };

        rc = train(e, dict_max, words != 0, &c, &coded, err);
        if (rc == SHEAF_OK && c.raw.len != 0)
            rc = compare(e, best, &c, &least, err);
        dictionary_free(&c);
        if (best->cdict != e->coded_for)
            e->coded_for = NULL;
        if (best->cdict != e->made_for)
            e->made_for = NULL;
        /* Where words do much, a dictionary without them need not be
         * tried. */
        if (words == 0 ||
            (best->id != 0 && coded < e->batch.bytes / WORDS_SURELY))
            break;
    }
    return rc;
}

/* The sample is complete: trains a dictionary from it, and returns it if it
 * pays better than the one in force, or than none. */
int
choose_dict(struct encoder *e, struct dictionary *best,
            struct sheaf_error *err)
{
    uint64_t dict_max = (uint64_t)e->options.dict_max;

    if (e->options.dict_max == ENCODE_DICT_AUTO)
        dict_max = min_u64(e->batch.bytes / ENCODE_DICT_PART,
                           choose_dict_size(&e->options));
    if (e->batch.count == 0 || dict_max < DICT_SIZE_MIN ||
        (e->dict.id != 0 && e->batch.bytes < APPEND_SAMPLE_MIN))
        return SHEAF_OK;
    return find_best(e, (size_t)dict_max, best, err);
}
