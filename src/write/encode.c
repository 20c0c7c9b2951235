/*
 * encode.c - articles to frames: chooses dictionaries, compresses with all
 * threads, writes in order (format.md F4, F5, F7).
 */
#include "write/encode.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/spool.h"
#include "format/codec.h"
#include "format/delta.h"
#include "format/dictframe.h"
#include "format/frame.h"
#include "format/parity.h"
#include "format/words.h"
#include "write/train.h"
#include "write/vocab.h"

/* Bytes of content that one thread compresses between two waits. */
#define BATCH_BYTES ((uint64_t)2 << 20)
#define BATCH_ITEMS 256
/* A dictionary is judged by at most this much of the sample. */
#define JUDGED_BYTES ((uint64_t)4 << 20)
#define JUDGED_ITEMS 128
/* If coding words makes the sample smaller by this factor, a dictionary
 * without words is not tried. */
#define WORDS_SURELY 2
/* An append needs at least this much content for a new dictionary. */
#define APPEND_SAMPLE_MIN ((uint64_t)1 << 20)
/* Up to this much content, each stretch of articles gets a dictionary of
 * its own. */
#define DENSE_DICTS_MAX ((uint64_t)512 << 20)
/* With more dictionaries than this, it would be hard to find an unused
 * short ID. */
#define SHORT_IDS_MAX 8192

/* The part of the encoder that belongs to one thread. */
struct worker {
    struct codec_cctx *cctx;
    struct sheaf_buf joined; /* the articles of a block */
    struct codec_dctx *dctx; /* for checking kept frames */
    struct sheaf_buf check;
};

/* A dictionary: the one in force, or a candidate. */
struct dictionary {
    uint32_t id; /* 0: none */
    struct codec_cdict *cdict;
    struct sheaf_buf raw; /* both, until it has been written */
    struct sheaf_buf packed;
};

/* For checking kept frames, if the dictionary was changed. */
struct checks {
    struct sheaf_buf dict;
    struct codec_ddict *ddict; /* NULL: no checks */
};

/* What becomes one frame: an item, and those that are joined to it. */
struct unit {
    size_t first;
    size_t count;
};

struct batch {
    struct item *items;
    size_t count;
    size_t room;
    uint64_t bytes;       /* of content */
    uint64_t block_bytes; /* in the open block; 0: there is none */
    struct unit *units;
    size_t unit_room;
};

struct sampling {
    bool on;       /* collecting articles to train a dictionary from */
    uint64_t max;  /* bytes of a sample */
    uint64_t next; /* bytes of articles after which to sample again */
    uint64_t seen; /* bytes of articles */
    bool once;     /* no more samples after this one */
    const struct top *other; /* may have IDs that are not to be used */
};

struct encoder {
    struct layout *layout; /* borrowed */
    struct encode_options options;
    struct pool *pool;
    struct worker *workers; /* one for each thread */
    struct dictionary dict;
    struct checks checks;
    struct batch batch;
    struct sampling sampling;
    struct sheaf_buf text; /* columns of a group */
    const struct codec_cdict *coded_for; /* whose words items are coded with;
                                            NULL: they are not */
    bool keeps;            /* frames of another archive */
    uint64_t frames;       /* of articles, and ... */
    uint64_t compressed;   /* ... how many of them were not kept */
};

/* ---- Beginning and end --------------------------------------------------- */

static uint64_t
default_dict(const struct encode_options *o)
{
    return o->words ? ENCODE_DICT_DEFAULT : ENCODE_DICT_PLAIN;
}

static uint64_t
sample_size(const struct encode_options *o)
{
    uint64_t bytes = o->sample_max;
    uint64_t dict = o->dict_max > 0 ? (uint64_t)o->dict_max : default_dict(o);

    if (bytes == 0)
        bytes = dict * (o->words ? ENCODE_DICT_SHARE : ENCODE_PLAIN_SHARE);
    return max_u64(min_u64(bytes, ENCODE_SAMPLE_MAX), ENCODE_SAMPLE_MIN);
}

int
encoder_new(struct layout *layout, const struct encode_options *options,
            struct encoder **out, struct sheaf_error *err)
{
    struct encoder *e = mem_new(1, sizeof *e);
    unsigned threads;
    int rc;

    if (e == NULL)
        return fail_nomem(err);
    e->layout = layout;
    e->options = *options;
    e->sampling.max = e->sampling.next = sample_size(options);
    e->sampling.on = options->dict_max >= 0;
    rc = pool_new(&e->pool, options->threads, err);
    threads = rc == SHEAF_OK ? pool_threads(e->pool) : 0;
    if (rc == SHEAF_OK) {
        e->workers = mem_new(threads, sizeof *e->workers);
        if (e->workers == NULL)
            rc = fail_nomem(err);
    }
    for (unsigned i = 0; rc == SHEAF_OK && i < threads; i++)
        rc = codec_cctx_new(&e->workers[i].cctx, err);
    if (rc != SHEAF_OK) {
        encoder_free(e);
        return rc;
    }
    *out = e;
    return SHEAF_OK;
}

static void
dictionary_free(struct dictionary *d)
{
    sheaf_buf_free(&d->raw);
    sheaf_buf_free(&d->packed);
    codec_cdict_free(d->cdict);
}

static void
worker_free(struct worker *k)
{
    codec_cctx_free(k->cctx);
    codec_dctx_free(k->dctx);
    sheaf_buf_free(&k->joined);
    sheaf_buf_free(&k->check);
}

void
encoder_free(struct encoder *e)
{
    if (e == NULL)
        return;
    for (size_t i = 0; i < e->batch.room; i++) {
        sheaf_buf_free(&e->batch.items[i].content);
        sheaf_buf_free(&e->batch.items[i].coded);
        sheaf_buf_free(&e->batch.items[i].frame);
        sheaf_buf_free(&e->batch.items[i].base);
    }
    mem_free(e->batch.items);
    mem_free(e->batch.units);
    for (unsigned i = 0; e->workers != NULL && i < pool_threads(e->pool); i++)
        worker_free(&e->workers[i]);
    mem_free(e->workers);
    pool_free(e->pool);
    dictionary_free(&e->dict);
    codec_ddict_free(e->checks.ddict);
    sheaf_buf_free(&e->checks.dict);
    sheaf_buf_free(&e->text);
    mem_free(e);
}

void
encode_counts(const struct encoder *e, uint64_t *frames, uint64_t *compressed)
{
    *frames = e->frames;
    *compressed = e->compressed;
}

/* ---- Items -------------------------------------------------------------- */

struct item *
encode_item(struct encoder *e)
{
    struct batch *b = &e->batch;
    struct item *it;

    if (!mem_grow(&b->items, &b->room, b->count + 1,
                  sizeof *b->items))
        return NULL;
    it = &b->items[b->count];
    it->content.len = 0;
    it->coded.len = 0;
    it->frame.len = 0;
    it->base.len = 0;
    it->placed = (struct placed){ 0 };
    it->kept = false;
    return it;
}

/* Drops the first `count` items, and the memory of large ones; the others
 * move up. */
static void
drop_items(struct encoder *e, size_t count)
{
    e->batch.count -= count;
    e->batch.bytes = 0;
    for (size_t i = 0; count != 0 && i < e->batch.count; i++) {
        struct item moved = e->batch.items[i];

        e->batch.items[i] = e->batch.items[i + count];
        e->batch.items[i + count] = moved;
    }
    for (size_t i = 0; i < e->batch.room; i++) {
        struct item *it = &e->batch.items[i];

        if (i < e->batch.count) {
            e->batch.bytes += it->placed.raw;
            continue;
        }
        if (i >= BATCH_ITEMS || it->content.cap > 65536)
            sheaf_buf_free(&it->content);
        if (i >= BATCH_ITEMS || it->frame.cap > 65536)
            sheaf_buf_free(&it->frame);
        sheaf_buf_free(&it->coded);
        sheaf_buf_free(&it->base);
    }
}

/* ---- Groups ------------------------------------------------------------- */

static int
end_group(struct encoder *e, struct sheaf_error *err)
{
    struct sheaf_buf columns = { 0 };
    int rc = layout_columns(e->layout, &e->text, err);

    if (rc != SHEAF_OK || e->layout->group.count == 0)
        return rc;
    rc = codec_compress(e->workers[0].cctx, e->dict.cdict, e->options.level,
                        buf_view(&e->text), &columns, err);
    if (rc == SHEAF_OK)
        rc = layout_end_group(e->layout, buf_view(&columns), err);
    sheaf_buf_free(&columns);
    return rc;
}

static int
end_group_if_due(struct encoder *e, struct sheaf_error *err)
{
    return layout_group_due(e->layout) ? end_group(e, err) : SHEAF_OK;
}

/* ---- Dictionaries ------------------------------------------------------- */

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

static int
digest(struct encoder *e, struct dictionary *c, struct sheaf_error *err)
{
    struct digestion d = { .e = e, .c = c };

    pool_run(e->pool, do_digest, &d, COUNT_OF(d.rc));
    for (size_t i = 0; i < COUNT_OF(d.rc); i++) {
        if (d.rc[i] != SHEAF_OK) {
            if (err != NULL)
                *err = d.err[i];
            return d.rc[i];
        }
    }
    return SHEAF_OK;
}

/* A part of the jobs of a pool. */
struct slice {
    pool_job *job;
    void *arg;
    size_t from;
};

static void
do_slice(void *arg, size_t index, unsigned worker)
{
    const struct slice *s = arg;

    s->job(s->arg, s->from + index, worker);
}

/* pool_run, for the choice of a dictionary: the caller is asked now and then
 * whether to go on. */
static int
run_in_slices(struct encoder *e, pool_job *job, void *arg, size_t count,
              struct sheaf_error *err)
{
    size_t most = (size_t)BATCH_ITEMS / 4 * pool_threads(e->pool);
    struct slice s = { job, arg, 0 };
    int rc = SHEAF_OK;

    for (; rc == SHEAF_OK && s.from < count; s.from += most) {
        pool_run(e->pool, do_slice, &s,
                 (size_t)min_u64(most, count - s.from));
        rc = step_take(&e->options.step, SHEAF_STAGE_DICT, err);
    }
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
    rc = run_in_slices(e, do_code, &c, e->batch.count, err);
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
        rc = vocab_choose(views, count, &e->options.step, &table, err);
    if (rc == SHEAF_OK && table.len != 0)
        rc = code_sample(e, buf_view(&table), views, coded, err);
    if (rc == SHEAF_OK && (!words || table.len != 0))
        rc = train_dict(views, count, buf_view(&table), dict_max,
                        e->options.level, ENCODE_DICT_ID_MIN,
                        &e->options.step, &c->raw, err);
    mem_free(views);
    sheaf_buf_free(&table);
    if (rc != SHEAF_OK || c->raw.len == 0)
        return rc;
    name_dict(e, c);
    rc = digest(e, c, err);
    if (rc == SHEAF_OK && *coded != 0)
        e->coded_for = c->cdict;
    return rc;
}

/* ---- Units -------------------------------------------------------------- */

/* Splits the items from `from` on, about `most` of them, into *units units;
 * they end at *to. */
static int
plan_units(struct encoder *e, size_t from, size_t most, size_t *units,
           size_t *to, struct sheaf_error *err)
{
    size_t n = 0;
    size_t at = from;

    if (e->batch.unit_room < e->batch.room) {
        struct unit *room = mem_resize(e->batch.units, e->batch.room,
                                       sizeof *room);

        if (room == NULL)
            return fail_nomem(err);
        e->batch.units = room;
        e->batch.unit_room = e->batch.room;
    }
    while (at < e->batch.count &&
           (at - from < most || e->batch.items[at].placed.joined)) {
        if (e->batch.items[at].placed.joined && n != 0)
            e->batch.units[n - 1].count++;
        else
            e->batch.units[n++] = (struct unit){ at, 1 };
        at++;
    }
    *units = n;
    *to = at;
    return SHEAF_OK;
}

/* Compresses units of the batch: all of them to be written, or a few with
 * some dictionary, to see how small they become. */
struct work {
    struct encoder *e;
    size_t stride;
    const struct codec_cdict *cdict;
};

/* The content of a unit's frame; `room` is used to join it. */
static bool
unit_content(const struct encoder *e, const struct unit *u,
             struct sheaf_buf *room, struct sheaf_bytes *out)
{
    bool good = true;

    if (u->count == 1) {
        *out = buf_view(&e->batch.items[u->first].content);
        return true;
    }
    room->len = 0;
    for (size_t i = u->first; good && i < u->first + u->count; i++)
        good = buf_add(room, e->batch.items[i].content.data,
                       e->batch.items[i].content.len);
    *out = buf_view(room);
    return good;
}

/* Checks that a frame that was kept still gives this content, with the
 * dictionary as it is now. */
static int
check_kept(struct encoder *e, const struct item *it,
           struct sheaf_bytes content, unsigned worker, bool *good,
           struct sheaf_error *err)
{
    struct sheaf_buf *out;
    int rc;

    *good = true;
    if (e->checks.ddict == NULL)
        return SHEAF_OK;
    out = &e->workers[worker].check;
    if (!buf_reserve(out, content.len))
        return fail_nomem(err);
    rc = codec_decompress(e->workers[worker].dctx, e->checks.ddict,
                          buf_view(&it->frame), NO_OFFSET, out->data,
                          content.len, err);
    *good = rc == SHEAF_OK && memcmp(out->data, content.data, content.len) == 0;
    return rc == SHEAF_ENOMEM ? rc : SHEAF_OK;
}

/* Stores a later revision as the difference from an earlier one, if that is
 * shorter than its frame. */
static int
try_delta(struct encoder *e, struct item *it, struct sheaf_bytes content,
          unsigned worker, struct sheaf_error *err)
{
    struct sheaf_buf packed = { 0 };
    struct sheaf_buf frame = { 0 };
    int rc = codec_compress_delta(e->workers[worker].cctx, buf_view(&it->base),
                                  e->options.level, content, &packed, err);

    if (rc == SHEAF_OK && !delta_encode(it->base_offset, it->base_length,
                                        buf_view(&packed), &frame))
        rc = fail_nomem(err);
    if (rc == SHEAF_OK && frame.len < it->frame.len) {
        struct sheaf_buf longer = it->frame;

        it->frame = frame;
        frame = longer;
    }
    sheaf_buf_free(&packed);
    sheaf_buf_free(&frame);
    return rc;
}

static int
make_frame(const struct work *k, const struct unit *u, unsigned worker,
           struct sheaf_error *err)
{
    struct encoder *e = k->e;
    struct item *it = &e->batch.items[u->first];
    struct sheaf_bytes content, coded = { NULL, 0 };
    int rc;

    if (!unit_content(e, u, &e->workers[worker].joined, &content))
        return fail_nomem(err);
    if (it->kept) {
        rc = check_kept(e, it, content, worker, &it->kept, err);
        if (rc != SHEAF_OK || it->kept)
            return rc;
    }
    it->frame.len = 0;
    if (it->placed.removed)
        return frame_begin(&it->frame, FRAME_LEF) &&
                       buf_add(&it->frame, content.data, content.len) &&
                       frame_end(&it->frame, 0)
                   ? SHEAF_OK
                   : fail_nomem(err);
    if (u->count == 1 && k->cdict != NULL && k->cdict == e->coded_for)
        coded = buf_view(&it->coded);
    rc = codec_compress_coded(e->workers[worker].cctx, k->cdict,
                              e->options.level, content, coded, &it->frame,
                              err);
    return rc == SHEAF_OK && it->base.len != 0
               ? try_delta(e, it, content, worker, err)
               : rc;
}

static void
do_work(void *arg, size_t index, unsigned worker)
{
    struct work *k = arg;
    struct encoder *e = k->e;
    const struct unit *u = &e->batch.units[index * k->stride];
    struct item *it = &e->batch.items[u->first];

    it->rc = make_frame(k, u, worker, &it->err);
}

static int
judge(struct encoder *e, const struct codec_cdict *cdict, size_t units,
      size_t stride, uint64_t *raw, uint64_t *packed, struct sheaf_error *err)
{
    struct work k = { .e = e, .stride = stride, .cdict = cdict };
    int rc = run_in_slices(e, do_work, &k, (units + stride - 1) / stride, err);

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
    int rc = plan_units(e, 0, e->batch.count, &units, &to, err);

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

/* Uses the dictionary from now on; drain writes it before the first
 * article. */
static int
adopt(struct encoder *e, struct dictionary *d, struct sheaf_error *err)
{
    int rc = end_group(e, err);

    if (rc != SHEAF_OK)
        return rc;
    if (e->coded_for != d->cdict)
        e->coded_for = NULL;
    dictionary_free(&e->dict);
    e->dict = *d;
    *d = (struct dictionary){ 0 };
    return SHEAF_OK;
}

static int
write_dict(struct encoder *e, struct sheaf_error *err)
{
    struct dictionary *d = &e->dict;
    int rc = layout_dict(e->layout, buf_view(&d->raw), buf_view(&d->packed),
                         d->id, err);

    sheaf_buf_free(&d->raw);
    sheaf_buf_free(&d->packed);
    return rc;
}

int
encode_continue(struct encoder *e, struct sheaf_bytes raw, uint32_t id,
                struct sheaf_error *err)
{
    e->dict.id = id;
    e->layout->dict_id = id;
    return codec_cdict_new(&e->dict.cdict, raw, e->options.level, err);
}

/* Makes what each thread needs to check kept frames. */
static int
prepare_checks(struct encoder *e, struct sheaf_error *err)
{
    unsigned threads = pool_threads(e->pool);
    int rc = SHEAF_OK;

    for (unsigned i = 0; rc == SHEAF_OK && i < threads; i++) {
        if (e->workers[i].dctx == NULL)
            rc = codec_dctx_new(&e->workers[i].dctx, err);
    }
    return rc;
}

/* Checks kept frames with this dictionary from now on, if `changed`. */
static int
set_checks(struct encoder *e, struct sheaf_bytes dict, bool changed,
           struct sheaf_error *err)
{
    struct checks *c = &e->checks;
    int rc;

    codec_ddict_free(c->ddict);
    c->ddict = NULL;
    c->dict.len = 0;
    if (!changed)
        return SHEAF_OK;
    rc = prepare_checks(e, err);
    if (rc == SHEAF_OK && !buf_add(&c->dict, dict.data, dict.len))
        rc = fail_nomem(err);
    return rc == SHEAF_OK ? codec_ddict_new(&c->ddict, buf_view(&c->dict),
                                           NO_OFFSET, err)
                          : rc;
}

int
encode_use_dict(struct encoder *e, struct sheaf_buf *raw,
                struct sheaf_buf *packed, uint32_t id, bool changed,
                struct sheaf_error *err)
{
    struct dictionary d = { .raw = *raw, .packed = *packed, .id = id };
    int rc;

    assert(e->batch.count == 0);
    memset(raw, 0, sizeof *raw);
    memset(packed, 0, sizeof *packed);
    rc = digest(e, &d, err);
    if (rc == SHEAF_OK)
        rc = set_checks(e, buf_view(&d.raw), changed, err);
    if (rc == SHEAF_OK)
        rc = adopt(e, &d, err);
    if (rc == SHEAF_OK)
        rc = write_dict(e, err);
    dictionary_free(&d);
    return rc;
}

void
encode_retrain(struct encoder *e, uint64_t dict_max, const struct top *other)
{
    assert(e->batch.count == 0);
    e->options.dict_max = (int64_t)dict_max;
    e->sampling.on = true;
    e->sampling.max = sample_size(&e->options);
    e->sampling.once = true;
    e->sampling.other = other;
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
        /* Where words do much, a dictionary without them need not be
         * tried. */
        if (words == 0 || (best->id != 0 &&
                           coded < e->batch.bytes / WORDS_SURELY))
            break;
    }
    return rc;
}

/* The sample is complete: trains a dictionary from it, and keeps it if it
 * pays better than the one in force, or than none. */
static int
choose_dict(struct encoder *e, struct sheaf_error *err)
{
    uint64_t dict_max = (uint64_t)e->options.dict_max;
    struct dictionary best = { 0 };
    int rc;

    if (e->options.dict_max == ENCODE_DICT_AUTO)
        dict_max = min_u64(e->batch.bytes / ENCODE_DICT_PART,
                           default_dict(&e->options));
    if (e->batch.count == 0 || dict_max < DICT_SIZE_MIN ||
        (e->dict.id != 0 && e->batch.bytes < APPEND_SAMPLE_MIN))
        return SHEAF_OK;
    rc = find_best(e, (size_t)dict_max, &best, err);
    if (rc == SHEAF_OK && best.id != 0)
        rc = adopt(e, &best, err);
    dictionary_free(&best);
    return rc;
}

/* ---- The batch ---------------------------------------------------------- */

static int
write_unit(struct encoder *e, const struct unit *u, struct sheaf_error *err)
{
    struct item *it = &e->batch.items[u->first];
    int rc = it->rc;

    if (rc != SHEAF_OK && err != NULL)
        *err = it->err;
    e->frames += !it->placed.removed;
    e->compressed += !it->kept && !it->placed.removed;
    for (size_t i = 0; rc == SHEAF_OK && i < u->count; i++)
        rc = layout_place(e->layout, &it[i].placed, it->frame.len, err);
    if (rc == SHEAF_OK)
        rc = layout_put(e->layout, it->frame.data, it->frame.len, err);
    return rc == SHEAF_OK ? end_group_if_due(e, err) : rc;
}

/* Compresses and writes the first `count` items, in slices, so that a long
 * sample is not in memory twice. */
static int
drain(struct encoder *e, size_t count, struct sheaf_error *err)
{
    const size_t slice = (size_t)BATCH_ITEMS * pool_threads(e->pool);
    size_t waiting = e->batch.count;
    size_t units, to;
    int rc = SHEAF_OK;

    if (e->dict.raw.len != 0)
        rc = write_dict(e, err);
    e->batch.count = count;
    for (size_t from = 0; rc == SHEAF_OK && from < count; from = to) {
        struct work k = { .e = e, .stride = 1, .cdict = e->dict.cdict };

        rc = plan_units(e, from, slice, &units, &to, err);
        if (rc != SHEAF_OK)
            break;
        rc = step_take(&e->options.step, SHEAF_STAGE_PACK, err);
        if (rc != SHEAF_OK)
            break;
        pool_run(e->pool, do_work, &k, units);
        for (size_t i = 0; rc == SHEAF_OK && i < units; i++)
            rc = write_unit(e, &e->batch.units[i], err);
        for (size_t i = from; count > slice && i < to; i++) {
            sheaf_buf_free(&e->batch.items[i].content);
            sheaf_buf_free(&e->batch.items[i].coded);
            sheaf_buf_free(&e->batch.items[i].frame);
        }
    }
    e->batch.count = waiting;
    drop_items(e, rc == SHEAF_OK ? count : waiting);
    return rc;
}

/*
 * The amount of content after which to look for a better dictionary. An
 * article that is in the dictionary costs almost nothing, so a dictionary for
 * every stretch of articles is nearly free, and fits what they are about. But
 * reading at random needs all dictionaries in memory, so the stretches grow
 * with the collection once it is large.
 */
static uint64_t
next_sample(uint64_t raw_seen)
{
    return raw_seen < DENSE_DICTS_MAX ? raw_seen : raw_seen + raw_seen / 64;
}

bool
encode_waiting(const struct encoder *e)
{
    return e->batch.count != 0;
}

int
encode_flush(struct encoder *e, struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    e->batch.block_bytes = 0;
    if (e->sampling.on) {
        rc = choose_dict(e, err);
        e->sampling.on = false;
        e->sampling.next = next_sample(e->sampling.seen);
        if (e->sampling.once)
            e->options.dict_max = -1;
    }
    return rc == SHEAF_OK ? drain(e, e->batch.count, err) : rc;
}

int
encode_end(struct encoder *e, struct sheaf_error *err)
{
    int rc = encode_flush(e, err);

    return rc == SHEAF_OK ? end_group(e, err) : rc;
}

int
encode_keep(struct encoder *e, struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    if (e->keeps)
        return SHEAF_OK;
    rc = encode_flush(e, err);
    e->keeps = true;
    e->sampling.on = false;
    e->options.dict_max = -1;
    e->options.block = 0;
    e->options.joined = true;
    return rc;
}

void
encode_give_up(struct encoder *e, size_t count)
{
    assert(count <= e->batch.count);
    e->batch.items[e->batch.count - count].kept = false;
}

uint32_t
encode_in_force(const struct encoder *e)
{
    return e->dict.id;
}

uint64_t
encode_next_leaf(const struct encoder *e)
{
    return e->layout->ledger.top.size + e->batch.count;
}

/* Decides whether the next item joins the block of the item before: its
 * leaf must follow directly, and both must fit into a block without passing
 * the end of a tile. The decision depends on the articles alone, not on
 * when they are written. */
static void
join(struct encoder *e, struct item *it)
{
    uint64_t leaf = encode_next_leaf(e);
    bool alone = it->placed.removed || it->base.len != 0;

    it->placed.joined = e->batch.block_bytes != 0 && !alone &&
                 leaf % TILE_LEAVES != 0 &&
                 e->batch.block_bytes < e->options.block &&
                 it->placed.raw <= e->options.block - e->batch.block_bytes;
    e->batch.block_bytes = alone        ? 0
                     : it->placed.joined ? e->batch.block_bytes + it->placed.raw
                                  : it->placed.raw;
}

/* The batch is full, which depends on the number of threads. Writes what is
 * complete, but not the block that the next article may still join. */
static int
flush_full(struct encoder *e, struct sheaf_error *err)
{
    size_t count = e->batch.count;

    if (e->options.block != 0 || e->options.joined)
        while (count > 0 && e->batch.items[--count].placed.joined)
            ;
    return drain(e, count, err);
}

int
encode_added(struct encoder *e, struct sheaf_error *err)
{
    struct item *it = &e->batch.items[e->batch.count];
    unsigned threads = pool_threads(e->pool);
    int rc = SHEAF_OK;

    if (e->options.block != 0)
        join(e, it);
    e->batch.count++;
    e->batch.bytes += it->placed.raw;
    e->sampling.seen += it->placed.raw;
    if (e->sampling.on && e->batch.bytes >= e->sampling.max)
        rc = encode_flush(e, err);
    else if (!e->sampling.on && (e->batch.bytes >= BATCH_BYTES * threads ||
                              e->batch.count >= (size_t)BATCH_ITEMS * threads))
        rc = flush_full(e, err);
    if (rc == SHEAF_OK && !e->sampling.on &&
        e->sampling.seen >= e->sampling.next &&
        e->options.dict_max >= 0) {
        /* The sample begins here, whatever the number of threads. */
        rc = encode_flush(e, err);
        e->sampling.on = true;
    }
    return rc;
}

/* ---- Large articles ----------------------------------------------------- */

/* Compresses the item and `rest` to the spool. */
static int
spool_frame(struct encoder *e, const struct item *it, struct sheaf_source rest,
            struct spool *s, struct sheaf_error *err)
{
    int rc = SHEAF_ESTOPPED;

    for (unsigned attempt = 0;
         rc == SHEAF_ESTOPPED && attempt < CODEC_ATTEMPTS; attempt++) {
        rc = spool_begin(s, e->layout->tmpdir, err);
        if (rc != SHEAF_OK)
            return rc;
        rc = codec_compress_stream(e->workers[0].cctx, e->dict.cdict,
                                   e->options.level, attempt,
                                   buf_view(&it->content), rest,
                                   it->placed.raw, spool_write, s, err);
        if (s->rc != SHEAF_OK) {
            if (err != NULL)
                *err = s->err;
            return s->rc;
        }
    }
    if (rc == SHEAF_ESTOPPED)
        return fail(err, SHEAF_EINVAL,
                    "no frame without the magic of F2.5 was found");
    return rc;
}

/* Where the pieces of a frame go, and the error if that failed. */
struct putting {
    struct layout *layout;
    int rc;
    struct sheaf_error err;
};

static int
put_piece(void *arg, const void *data, size_t len)
{
    struct putting *p = arg;

    p->rc = layout_put(p->layout, data, len, &p->err);
    return p->rc == SHEAF_OK ? 0 : -1;
}

/* Compresses the item and `rest`, and writes the frame. */
static int
write_large(struct encoder *e, const struct item *it, struct sheaf_source rest,
            struct sheaf_error *err)
{
    struct spool s = SPOOL_INIT;
    struct putting p = { .layout = e->layout };
    int rc = spool_frame(e, it, rest, &s, err);

    if (rc == SHEAF_OK)
        rc = layout_place(e->layout, &it->placed, s.len, err);
    if (rc == SHEAF_OK)
        rc = spool_read_all(&s, put_piece, &p, err);
    if (p.rc != SHEAF_OK) {
        rc = p.rc;
        if (err != NULL)
            *err = p.err;
    }
    spool_free(&s);
    return rc;
}

static int
copy_large(struct encoder *e, const struct item *it, struct sheaf_error *err)
{
    int rc = layout_place(e->layout, &it->placed, it->frame.len, err);

    return rc == SHEAF_OK ? layout_put(e->layout, it->frame.data,
                                       it->frame.len, err)
                          : rc;
}

int
encode_large(struct encoder *e, struct sheaf_source rest,
             struct sheaf_error *err)
{
    const struct item *it = &e->batch.items[e->batch.count];
    int rc;

    assert(e->batch.count == 0);
    rc = it->kept ? copy_large(e, it, err) : write_large(e, it, rest, err);
    if (rc == SHEAF_OK)
        rc = end_group_if_due(e, err);
    e->frames++;
    e->compressed += !it->kept;
    e->sampling.seen += it->placed.raw;
    return rc;
}
