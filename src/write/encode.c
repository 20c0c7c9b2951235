/*
 * encode.c - articles to frames: collects them in batches, and writes them in
 * order (format.md F4, F5, F7).
 */
#include "write/encode.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/spool.h"
#include "format/codec.h"
#include "write/encoding.h"

/* Bytes of content that one thread compresses between two waits. */
#define BATCH_BYTES ((uint64_t)2 << 20)
/* Up to this much content, each stretch of articles gets a dictionary of
 * its own. */
#define DENSE_DICTS_MAX ((uint64_t)512 << 20)
/* Most of the work of a small append is digesting the dictionary. Up to so
 * many bytes of content that is done at a quick level, if not at a quicker
 * one; the frames grow by less than a hundredth. */
#define SMALL_BYTES ((uint64_t)96 << 10)
#define SMALL_LEVEL 5

/* ---- Beginning and end --------------------------------------------------- */

static uint64_t
sample_size(const struct encode_options *o)
{
    uint64_t bytes = o->sample_max;
    uint64_t dict = o->dict_max > 0 ? (uint64_t)o->dict_max
                                    : choose_dict_size(o);

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
worker_free(struct worker *k)
{
    codec_cctx_free(k->cctx);
    sheaf_buf_free(&k->joined);
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
    sheaf_buf_free(&e->continued.raw);
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
    for (size_t i = 0; i < e->batch.count; i++) {
        struct item moved = e->batch.items[i];

        e->batch.items[i] = e->batch.items[i + count];
        e->batch.items[i + count] = moved;
        e->batch.bytes += e->batch.items[i].placed.raw;
    }
    for (size_t i = e->batch.count; i < e->batch.count + count; i++) {
        struct item *it = &e->batch.items[i];

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
    sheaf_buf_free(&e->continued.raw);
    e->dict = *d;
    *d = (struct dictionary){ 0 };
    return SHEAF_OK;
}

/* Digests the dictionary of an append before it is needed for `bytes` of
 * content, those before included: not before it is known how many there are. */
static int
ready_dict(struct encoder *e, uint64_t bytes, struct sheaf_error *err)
{
    struct continued *c = &e->continued;
    int level = e->options.level;

    if (bytes <= SMALL_BYTES && level > SMALL_LEVEL)
        level = SMALL_LEVEL;
    if (c->raw.len == 0 || c->level == level)
        return SHEAF_OK;
    codec_cdict_free(e->dict.cdict);
    e->dict.cdict = NULL;
    e->made_for = e->coded_for = NULL;
    c->level = level;
    return codec_cdict_new(&e->dict.cdict, buf_view(&c->raw), level, err);
}

/* The sample is complete. Keeps what choose_dict finds. */
static int
choose_and_adopt(struct encoder *e, struct sheaf_error *err)
{
    struct dictionary best = { 0 };
    int rc = e->batch.count != 0 ? ready_dict(e, e->sampling.seen, err)
                                 : SHEAF_OK;

    if (rc == SHEAF_OK)
        rc = choose_dict(e, &best, err);
    if (rc == SHEAF_OK && best.id != 0)
        rc = adopt(e, &best, err);
    dictionary_free(&best);
    return rc;
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
    e->continued.raw.len = 0;
    return buf_add(&e->continued.raw, raw.data, raw.len) ? SHEAF_OK
                                                         : fail_nomem(err);
}

int
encode_begin(struct encoder *e, struct sheaf_buf *raw,
             struct sheaf_buf *packed, uint32_t id, struct sheaf_error *err)
{
    struct dictionary d = { .raw = *raw, .packed = *packed, .id = id };
    int rc;

    assert(e->batch.count == 0);
    memset(raw, 0, sizeof *raw);
    memset(packed, 0, sizeof *packed);
    rc = digest_dict(e, &d, err);
    if (rc == SHEAF_OK)
        rc = adopt(e, &d, err);
    dictionary_free(&d);
    return rc;
}

bool
encode_sample_full(const struct encoder *e)
{
    return e->batch.bytes >= e->sampling.max;
}

int
encode_choose(struct encoder *e, struct sheaf_buf *packed,
              struct sheaf_error *err)
{
    struct dictionary best = { 0 };
    int rc = choose_dict(e, &best, err);

    if (rc == SHEAF_OK) {
        *packed = best.packed;
        best.packed = (struct sheaf_buf){ 0 };
    }
    dictionary_free(&best);
    return rc;
}

int
encode_use_dict(struct encoder *e, struct sheaf_buf *raw,
                struct sheaf_buf *packed, uint32_t id, struct sheaf_error *err)
{
    struct dictionary d = { .raw = *raw, .packed = *packed, .id = id };
    int rc;

    assert(e->batch.count == 0);
    memset(raw, 0, sizeof *raw);
    memset(packed, 0, sizeof *packed);
    rc = digest_dict(e, &d, err);
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

void
encode_plain(struct encoder *e)
{
    e->options.words = false;
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
    const size_t slice = compress_slice(e);
    size_t waiting = e->batch.count;
    size_t units, to;
    int rc = SHEAF_OK;

    if (e->dict.raw.len != 0 && count != 0)
        rc = write_dict(e, err);
    if (rc == SHEAF_OK && count != 0)
        rc = ready_dict(e, e->sampling.seen, err);
    e->batch.count = count;
    for (size_t from = 0; rc == SHEAF_OK && from < count; from = to) {
        bool made = e->made_for != NULL && e->made_for == e->dict.cdict;

        rc = compress_plan(e, from, made ? e->made : slice, &units, &to, err);
        if (rc != SHEAF_OK)
            break;
        rc = step_take(&e->options.step, SHEAF_STAGE_PACK, err);
        if (rc != SHEAF_OK)
            break;
        if (!made)
            compress_run(e, e->dict.cdict, units);
        e->made_for = NULL;
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
        rc = choose_and_adopt(e, err);
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
encode_keep_block(struct encoder *e, size_t count)
{
    if (count <= e->batch.count)
        e->batch.items[e->batch.count - count].kept = true;
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
    if (e->options.sample)
        return SHEAF_OK;
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
    int rc = SHEAF_OK;

    assert(e->batch.count == 0);
    if (e->dict.raw.len != 0)
        rc = write_dict(e, err);
    if (rc == SHEAF_OK)
        rc = ready_dict(e, UINT64_MAX, err);
    if (rc == SHEAF_OK)
        rc = it->kept ? copy_large(e, it, err) : write_large(e, it, rest, err);
    if (rc == SHEAF_OK)
        rc = end_group_if_due(e, err);
    e->frames++;
    e->compressed += !it->kept;
    e->sampling.seen += it->placed.raw;
    return rc;
}
