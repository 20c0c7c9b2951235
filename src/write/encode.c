/*
 * encode.c - articles to frames: chooses dictionaries, compresses with all
 * threads, writes in order (format.md F4, F5, F7).
 */
#include "write/writer.h"

#include "base/buf.h"
#include "write/train.h"
#include "base/err.h"
#include "format/frame.h"
#include "base/cursor.h"
#include "base/hash.h"
#include "base/mem.h"
#include "format/dictframe.h"
#include "format/parity.h"
#include "format/delta.h"
#include "base/sink.h"

/* Bytes of content that one thread compresses between two waits. */
#define BATCH_BYTES ((uint64_t)2 << 20)
#define BATCH_ITEMS 256
/* A dictionary is judged by at most this much of the sample. */
#define JUDGED_BYTES ((uint64_t)4 << 20)
#define JUDGED_ITEMS 128
/* An append needs at least this much content for a new dictionary. */
#define APPEND_SAMPLE_MIN ((uint64_t)1 << 20)
/* Up to this much content, each stretch of articles gets a dictionary of
 * its own. */
#define DENSE_DICTS_MAX ((uint64_t)512 << 20)
/* With more dictionaries than this, it would be hard to find an unused
 * short ID. */
#define SHORT_IDS_MAX 8192
/* F7: in later generations a backward search must meet a group at least this
 * often. */
#define GROUP_FRAMES_MAX 32768

int
writer_put(struct sheaf_writer *w, const void *data, size_t len,
           struct sheaf_error *err)
{
    int sys = w->sink.ops->write(w->sink.ctx, data, len);

    if (sys != 0) {
        w->failed = true;
        return fail_io(err, sys, "writing the archive");
    }
    w->at += len;
    return SHEAF_OK;
}

int
writer_put_out(struct sheaf_writer *w, struct sheaf_error *err)
{
    int rc = w->out.len != 0 ? writer_put(w, w->out.data, w->out.len, err)
                             : SHEAF_OK;

    w->out.len = 0;
    return rc;
}

/* ---- Items -------------------------------------------------------------- */

struct item *
encode_new_item(struct sheaf_writer *w)
{
    if (w->item_count == w->item_room) {
        size_t room = w->item_room * 2 + 64;
        struct item *items = mem_resize(w->items, room, sizeof *items);

        if (items == NULL)
            return NULL;
        memset(items + w->item_room, 0,
               (room - w->item_room) * sizeof *items);
        w->items = items;
        w->item_room = room;
    }
    w->items[w->item_count].content.len = 0;
    w->items[w->item_count].frame.len = 0;
    w->items[w->item_count].base.len = 0;
    w->items[w->item_count].joined = false;
    w->items[w->item_count].removed = false;
    w->items[w->item_count].kept = false;
    return &w->items[w->item_count];
}

/* Drops the first `count` items, and the memory of large ones; the others
 * move up. */
static void
drop_items(struct sheaf_writer *w, size_t count)
{
    w->item_count -= count;
    w->encode_bytes = 0;
    for (size_t i = 0; count != 0 && i < w->item_count; i++) {
        struct item moved = w->items[i];

        w->items[i] = w->items[i + count];
        w->items[i + count] = moved;
    }
    for (size_t i = 0; i < w->item_room; i++) {
        struct item *it = &w->items[i];

        if (i < w->item_count) {
            w->encode_bytes += it->raw;
            continue;
        }
        if (i >= BATCH_ITEMS || it->content.cap > 65536)
            sheaf_buf_free(&it->content);
        if (i >= BATCH_ITEMS || it->frame.cap > 65536)
            sheaf_buf_free(&it->frame);
        sheaf_buf_free(&it->base);
    }
}

void
encode_free(struct sheaf_writer *w)
{
    for (size_t i = 0; i < w->item_room; i++) {
        sheaf_buf_free(&w->items[i].content);
        sheaf_buf_free(&w->items[i].frame);
        sheaf_buf_free(&w->items[i].base);
    }
    mem_free(w->items);
    mem_free(w->units);
    for (unsigned i = 0; w->joins != NULL && i < pool_threads(w->pool); i++)
        sheaf_buf_free(&w->joins[i]);
    mem_free(w->joins);
    for (unsigned i = 0; w->dctx != NULL && i < pool_threads(w->pool); i++)
        codec_dctx_free(w->dctx[i]);
    mem_free(w->dctx);
    for (unsigned i = 0; w->checks != NULL && i < pool_threads(w->pool); i++)
        sheaf_buf_free(&w->checks[i]);
    mem_free(w->checks);
    codec_ddict_free(w->ddict);
    sheaf_buf_free(&w->checked_dict);
    group_free(&w->group);
    codec_cdict_free(w->cdict);
}

/* ---- Groups ------------------------------------------------------------- */

static int
write_slab(struct sheaf_writer *w, struct sheaf_error *err)
{
    int rc = ledger_slab(&w->ledger, w->at, &w->out, err);

    return rc == SHEAF_OK ? writer_put_out(w, err) : rc;
}

/* The parity of a new dictionary goes after the first group that uses it,
 * so that no sector of the disk holds parts of both (F5). */
static int
write_parity(struct sheaf_writer *w, struct sheaf_error *err)
{
    struct top *t = &w->ledger.top;
    int rc;

    t->dicts[t->dict_count - 1].par = w->at;
    rc = writer_put(w, w->par.data, w->par.len, err);
    w->par.len = 0;
    return rc;
}

int
encode_end_group(struct sheaf_writer *w, struct sheaf_error *err)
{
    struct group *g = &w->group;
    struct sheaf_buf columns = { 0 };
    struct dir_row dir;
    uint8_t row[TABLE_ROW_MAX];
    int rc = SHEAF_OK;

    if (g->count == 0)
        return SHEAF_OK;
    group_close(g);
    w->text.len = 0;
    if (!group_text(g, &w->text))
        return fail_nomem(err);
    rc = codec_compress(w->cctx[0], w->cdict, w->options.level,
                        buf_view(&w->text), &columns, err);
    if (rc == SHEAF_OK && !group_encode(g, buf_view(&columns), &w->out))
        rc = fail_nomem(err);
    sheaf_buf_free(&columns);
    if (rc != SHEAF_OK)
        return rc;
    dir = (struct dir_row){ g->first, w->at, (uint32_t)w->out.len,
                            g->first_day, g->last_day };
    dir_row_encode(&dir, row);
    rc = extsort_add(w->rows[TABLE_DIR], row, err);
    if (rc == SHEAF_OK)
        rc = writer_put_out(w, err);
    g->count = 0;
    if (rc == SHEAF_OK && w->par.len != 0)
        rc = write_parity(w, err);
    if (rc == SHEAF_OK && ledger_slab_full(&w->ledger))
        rc = write_slab(w, err);
    return rc;
}

/* Adds the rows that the tables of this run have for an article. */
static int
add_rows(struct sheaf_writer *w, const struct item *it, uint64_t frame_length,
         struct sheaf_error *err)
{
    struct map_row row = { .leaf = w->ledger.top.size, .offset = w->at };
    uint8_t bytes[TABLE_ROW_MAX];
    int rc;

    row.length = (uint32_t)min_u64(frame_length, TABLE_LENGTH_MAX);
    memcpy(row.key, it->id_key, TABLE_KEY_SIZE);
    map_row_encode(&row, bytes);
    rc = extsort_add(w->rows[TABLE_MAP], bytes, err);
    if (rc == SHEAF_OK && it->has_url && !it->removed) {
        url_row_encode(it->url_key, row.leaf, bytes);
        rc = extsort_add(w->rows[TABLE_URL], bytes, err);
    }
    return rc;
}

/* Accounts for an article whose frame of `frame_length` bytes will be
 * written at w->at; the article may share the frame with the one before. */
static int
place_item(struct sheaf_writer *w, const struct item *it,
           uint64_t frame_length, struct sheaf_error *err)
{
    struct ledger *s = &w->ledger;
    int rc = add_rows(w, it, frame_length, err);

    if (rc != SHEAF_OK)
        return rc;
    if (w->group.count == 0) {
        group_begin(&w->group, w->at, s->top.size);
        w->group.dict = w->dict_id;
        w->group.last_end = s->last_end;
    }
    if (it->removed ? !group_add_removed(&w->group, frame_length)
                    : !group_add(&w->group, it->joined ? 0 : frame_length,
                                 it->raw, it->time, &it->meta))
        return fail_nomem(err);
    ledger_leaf(s, it->leaf_hash);
    s->top.articles++;
    if (it->removed)
        return SHEAF_OK;
    s->top.raw += it->raw;
    w->written.articles++;
    w->written.raw_bytes += it->raw;
    return SHEAF_OK;
}

static int
end_group_if_due(struct sheaf_writer *w, struct sheaf_error *err)
{
    if (w->ledger.top.size % TILE_LEAVES == 0 ||
        (w->ledger.last_end != 0 &&
         w->at - w->group.start >= GROUP_FRAMES_MAX))
        return encode_end_group(w, err);
    return SHEAF_OK;
}

/* ---- Dictionaries ------------------------------------------------------- */

struct candidate {
    struct sheaf_buf raw;
    struct sheaf_buf packed;
    struct codec_cdict *cdict;
    uint32_t id;
};

static void
candidate_free(struct candidate *c)
{
    sheaf_buf_free(&c->raw);
    sheaf_buf_free(&c->packed);
    codec_cdict_free(c->cdict);
}

/* An ID that depends only on the dictionary, so that the same articles give
 * the same file. Neither this file nor `other` (which may be NULL) has it. */
uint32_t
encode_dict_id(const struct sheaf_writer *w, struct sheaf_bytes dict,
              uint32_t least, uint32_t most, const struct top *other)
{
    uint8_t hash[32];
    uint32_t id;

    hash_blake2b(dict.data, dict.len, hash);
    id = least + (uint32_t)(get_be(hash, 8) % (most - least + 1));
    while (top_has_dict(&w->ledger.top, id) || !dictframe_id_ok(id) ||
           (other != NULL && top_has_dict(other, id)))
        id = id == most ? least : id + 1;
    return id;
}

static void
name_dict(struct sheaf_writer *w, struct candidate *c)
{
    bool roomy = w->ledger.top.dict_count < SHORT_IDS_MAX;

    c->id = encode_dict_id(w, buf_view(&c->raw), WRITER_DICT_ID_MIN,
                          roomy ? WRITER_DICT_ID_SHORT : WRITER_DICT_ID_MAX,
                          NULL);
    put_le32(c->raw.data + 4, c->id);
}

/* Compressing and digesting a dictionary are the two longest jobs, and
 * neither needs the other: they run in parallel. */
struct digestion {
    struct sheaf_writer *w;
    struct candidate *c;
    int rc[2];
    struct sheaf_error err[2];
};

static void
do_digest(void *arg, size_t index, unsigned worker)
{
    struct digestion *d = arg;
    struct candidate *c = d->c;
    int level = d->w->options.level;
    struct sheaf_error *err = &d->err[index];

    if (index == 1)
        d->rc[1] = codec_cdict_new(&c->cdict, buf_view(&c->raw), level, err);
    else if (c->packed.len == 0)
        d->rc[0] = codec_pack_dict(d->w->cctx[worker], level,
                                   buf_view(&c->raw), &c->packed, err);
}

static int
digest(struct sheaf_writer *w, struct candidate *c, struct sheaf_error *err)
{
    struct digestion d = { .w = w, .c = c };

    pool_run(w->pool, do_digest, &d, COUNT_OF(d.rc));
    for (size_t i = 0; i < COUNT_OF(d.rc); i++) {
        if (d.rc[i] != SHEAF_OK) {
            if (err != NULL)
                *err = d.err[i];
            return d.rc[i];
        }
    }
    return SHEAF_OK;
}

static int
train(struct sheaf_writer *w, size_t dict_max, struct candidate *c,
      struct sheaf_error *err)
{
    struct sheaf_bytes *views = mem_new(w->item_count, sizeof *views);
    size_t count = 0;
    int rc;

    if (views == NULL)
        return fail_nomem(err);
    for (size_t i = 0; i < w->item_count; i++) {
        if (!w->items[i].removed)
            views[count++] = buf_view(&w->items[i].content);
    }
    rc = train_dict(views, count, dict_max, w->options.level, 32768,
                    &c->raw, err);
    mem_free(views);
    if (rc != SHEAF_OK || c->raw.len == 0)
        return rc;
    name_dict(w, c);
    return digest(w, c, err);
}

/* ---- Units -------------------------------------------------------------- */

/* What becomes one frame: an item, and those that are joined to it. */
struct unit {
    size_t first;
    size_t count;
};

/* Splits the items from `from` on, about `most` of them, into *units units;
 * they end at *to. */
static int
plan_units(struct sheaf_writer *w, size_t from, size_t most, size_t *units,
           size_t *to, struct sheaf_error *err)
{
    size_t n = 0;
    size_t at = from;

    if (w->unit_room < w->item_room) {
        struct unit *room = mem_resize(w->units, w->item_room, sizeof *room);

        if (room == NULL)
            return fail_nomem(err);
        w->units = room;
        w->unit_room = w->item_room;
    }
    while (at < w->item_count && (at - from < most || w->items[at].joined)) {
        if (w->items[at].joined && n != 0)
            w->units[n - 1].count++;
        else
            w->units[n++] = (struct unit){ at, 1 };
        at++;
    }
    *units = n;
    *to = at;
    return SHEAF_OK;
}

/* Compresses units of the batch: all of them to be written, or a few with
 * some dictionary, to see how small they become. */
struct work {
    struct sheaf_writer *w;
    size_t stride;
    const struct codec_cdict *cdict;
};

/* The content of a unit's frame; `room` is used to join it. */
static bool
unit_content(const struct sheaf_writer *w, const struct unit *u,
             struct sheaf_buf *room, struct sheaf_bytes *out)
{
    bool good = true;

    if (u->count == 1) {
        *out = buf_view(&w->items[u->first].content);
        return true;
    }
    room->len = 0;
    for (size_t i = u->first; good && i < u->first + u->count; i++)
        good = buf_add(room, w->items[i].content.data,
                       w->items[i].content.len);
    *out = buf_view(room);
    return good;
}

/* Checks that a frame that was kept still gives this content, with the
 * dictionary as it is now. */
static int
check_kept(struct sheaf_writer *w, const struct item *it,
           struct sheaf_bytes content, unsigned worker, bool *good,
           struct sheaf_error *err)
{
    struct sheaf_buf *out;
    int rc;

    *good = true;
    if (w->ddict == NULL)
        return SHEAF_OK;
    out = &w->checks[worker];
    if (!buf_reserve(out, content.len))
        return fail_nomem(err);
    rc = codec_decompress(w->dctx[worker], w->ddict, buf_view(&it->frame),
                          NO_OFFSET, out->data, content.len, err);
    *good = rc == SHEAF_OK && memcmp(out->data, content.data, content.len) == 0;
    return rc == SHEAF_ENOMEM ? rc : SHEAF_OK;
}

/* Stores a later revision as the difference from an earlier one, if that is
 * shorter than its frame. */
static int
try_delta(struct sheaf_writer *w, struct item *it, struct sheaf_bytes content,
          unsigned worker, struct sheaf_error *err)
{
    struct sheaf_buf packed = { 0 };
    struct sheaf_buf frame = { 0 };
    int rc = codec_compress_delta(w->cctx[worker], buf_view(&it->base),
                                  w->options.level, content, &packed, err);

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
    struct sheaf_writer *w = k->w;
    struct item *it = &w->items[u->first];
    struct sheaf_bytes content;
    int rc;

    if (!unit_content(w, u, &w->joins[worker], &content))
        return fail_nomem(err);
    if (it->kept) {
        rc = check_kept(w, it, content, worker, &it->kept, err);
        if (rc != SHEAF_OK || it->kept)
            return rc;
    }
    it->frame.len = 0;
    if (it->removed)
        return frame_begin(&it->frame, FRAME_LEF) &&
                       buf_add(&it->frame, content.data, content.len) &&
                       frame_end(&it->frame, 0)
                   ? SHEAF_OK
                   : fail_nomem(err);
    rc = codec_compress(w->cctx[worker], k->cdict, w->options.level, content,
                        &it->frame, err);
    return rc == SHEAF_OK && it->base.len != 0
               ? try_delta(w, it, content, worker, err)
               : rc;
}

static void
do_work(void *arg, size_t index, unsigned worker)
{
    struct work *k = arg;
    struct sheaf_writer *w = k->w;
    const struct unit *u = &w->units[index * k->stride];

    w->items[u->first].rc = make_frame(k, u, worker, &w->items[u->first].err);
}

static int
judge(struct sheaf_writer *w, const struct codec_cdict *cdict, size_t units,
      size_t stride, uint64_t *raw, uint64_t *packed, struct sheaf_error *err)
{
    struct work k = { .w = w, .stride = stride, .cdict = cdict };

    pool_run(w->pool, do_work, &k, (units + stride - 1) / stride);
    *raw = *packed = 0;
    for (size_t i = 0; i < units; i += stride) {
        const struct unit *u = &w->units[i];
        struct item *it = &w->items[u->first];

        if (it->rc != SHEAF_OK) {
            if (err != NULL)
                *err = it->err;
            return it->rc;
        }
        for (size_t n = u->first; n < u->first + u->count; n++)
            *raw += w->items[n].content.len;
        *packed += it->frame.len;
    }
    return SHEAF_OK;
}

/* Whether the new dictionary saves more in this sample than it takes
 * itself. */
static int
pays(struct sheaf_writer *w, const struct candidate *c, bool *out,
     struct sheaf_error *err)
{
    uint64_t mean, most;
    size_t stride, units, to;
    uint64_t cost = DICT_HEAD_SIZE + c->packed.len +
                    parity_bytes((uint32_t)c->packed.len);
    uint64_t raw, now, then;
    int rc = plan_units(w, 0, w->item_count, &units, &to, err);

    if (rc != SHEAF_OK)
        return rc;
    mean = w->encode_bytes / units + 1;
    most = max_u64(min_u64(JUDGED_BYTES / mean, JUDGED_ITEMS), 1);
    stride = (size_t)(units / most) + 1;
    rc = judge(w, w->cdict, units, stride, &raw, &now, err);
    if (rc == SHEAF_OK)
        rc = judge(w, c->cdict, units, stride, &raw, &then, err);
    if (rc != SHEAF_OK)
        return rc;
    *out = raw != 0 && now > then &&
           (double)(now - then) * ((double)w->encode_bytes / (double)raw) >
               (double)cost;
    return SHEAF_OK;
}

/* Uses the dictionary from now on; drain writes it before the first
 * article. */
static int
adopt(struct sheaf_writer *w, struct candidate *c, struct sheaf_error *err)
{
    int rc = encode_end_group(w, err);

    if (rc != SHEAF_OK)
        return rc;
    codec_cdict_free(w->cdict);
    w->cdict = c->cdict;
    c->cdict = NULL;
    w->dict_id = c->id;
    sheaf_buf_free(&w->new_dict);
    w->new_dict = c->raw;
    memset(&c->raw, 0, sizeof c->raw);
    sheaf_buf_free(&w->packed);
    w->packed = c->packed;
    memset(&c->packed, 0, sizeof c->packed);
    return SHEAF_OK;
}

static int
write_dict(struct sheaf_writer *w, struct sheaf_error *err)
{
    struct top_dict d = { w->dict_id, w->at, (uint32_t)w->packed.len,
                          (uint32_t)w->new_dict.len, 0 };
    int rc;

    if (!dictframe_encode(buf_view(&w->packed), &w->out) ||
        !parity_encode(d.offset, buf_view(&w->packed), buf_view(&w->new_dict),
                       d.id, &w->par))
        return fail_nomem(err);
    w->written.dict_bytes += w->out.len + w->par.len;
    rc = ledger_add_dict(&w->ledger, &d, err);
    if (rc == SHEAF_OK)
        rc = writer_put_out(w, err);
    sheaf_buf_free(&w->new_dict);
    sheaf_buf_free(&w->packed);
    return rc;
}

/* Makes what each thread needs to check kept frames. */
static int
prepare_checks(struct sheaf_writer *w, struct sheaf_error *err)
{
    unsigned threads = pool_threads(w->pool);
    int rc = SHEAF_OK;

    if (w->checks != NULL)
        return SHEAF_OK;
    w->checks = mem_new(threads, sizeof *w->checks);
    w->dctx = mem_new(threads, sizeof(struct codec_dctx *));
    if (w->checks == NULL || w->dctx == NULL)
        return fail_nomem(err);
    for (unsigned i = 0; rc == SHEAF_OK && i < threads; i++)
        rc = codec_dctx_new(&w->dctx[i], err);
    return rc;
}

int
encode_use_dict(struct sheaf_writer *w, struct sheaf_buf *raw,
               struct sheaf_buf *packed, uint32_t id, bool changed,
               struct sheaf_error *err)
{
    struct candidate c = { .raw = *raw, .packed = *packed, .id = id };
    int rc;

    assert(w->item_count == 0);
    memset(raw, 0, sizeof *raw);
    memset(packed, 0, sizeof *packed);
    rc = digest(w, &c, err);
    codec_ddict_free(w->ddict);
    w->ddict = NULL;
    w->checked_dict.len = 0;
    if (rc == SHEAF_OK && changed)
        rc = prepare_checks(w, err);
    if (rc == SHEAF_OK && changed) {
        if (!buf_add(&w->checked_dict, c.raw.data, c.raw.len))
            rc = fail_nomem(err);
        else
            rc = codec_ddict_new(&w->ddict, buf_view(&w->checked_dict), err);
    }
    if (rc == SHEAF_OK)
        rc = adopt(w, &c, err);
    if (rc == SHEAF_OK)
        rc = write_dict(w, err);
    candidate_free(&c);
    return rc;
}

/* The sample is complete: trains a dictionary from it, and keeps it if it
 * pays better than the one in force, or than none. */
static int
choose_dict(struct sheaf_writer *w, struct sheaf_error *err)
{
    struct candidate c = { 0 };
    uint64_t dict_max = (uint64_t)w->options.dict_max;
    bool better = false;
    int rc;

    if (w->options.dict_max == WRITER_DICT_AUTO)
        dict_max = min_u64(w->encode_bytes / WRITER_DICT_SHARE,
                           WRITER_DICT_DEFAULT);
    if (w->item_count == 0 || dict_max < DICT_SIZE_MIN ||
        (w->dict_id != 0 && w->encode_bytes < APPEND_SAMPLE_MIN))
        return SHEAF_OK;
    rc = train(w, (size_t)dict_max, &c, err);
    if (rc == SHEAF_OK && c.raw.len != 0) {
        rc = pays(w, &c, &better, err);
        if (rc == SHEAF_OK && better)
            rc = adopt(w, &c, err);
    }
    candidate_free(&c);
    return rc;
}

/* ---- The batch ---------------------------------------------------------- */

static int
write_unit(struct sheaf_writer *w, const struct unit *u,
           struct sheaf_error *err)
{
    struct item *it = &w->items[u->first];
    int rc = it->rc;

    if (rc != SHEAF_OK && err != NULL)
        *err = it->err;
    w->frames += !it->removed;
    w->recompressed += !it->kept && !it->removed;
    for (size_t i = 0; rc == SHEAF_OK && i < u->count; i++)
        rc = place_item(w, it + i, it->frame.len, err);
    if (rc == SHEAF_OK)
        group_bytes(&w->group, it->frame.data, it->frame.len);
    if (rc == SHEAF_OK)
        rc = writer_put(w, it->frame.data, it->frame.len, err);
    return rc == SHEAF_OK ? end_group_if_due(w, err) : rc;
}

/* Compresses and writes the first `count` items, in slices, so that a long
 * sample is not in memory twice. */
static int
drain(struct sheaf_writer *w, size_t count, struct sheaf_error *err)
{
    const size_t slice = (size_t)BATCH_ITEMS * pool_threads(w->pool);
    size_t waiting = w->item_count;
    size_t units, to;
    int rc = SHEAF_OK;

    if (w->new_dict.len != 0)
        rc = write_dict(w, err);
    w->item_count = count;
    for (size_t from = 0; rc == SHEAF_OK && from < count; from = to) {
        struct work k = { .w = w, .stride = 1, .cdict = w->cdict };

        rc = plan_units(w, from, slice, &units, &to, err);
        if (rc != SHEAF_OK)
            break;
        pool_run(w->pool, do_work, &k, units);
        for (size_t i = 0; rc == SHEAF_OK && i < units; i++)
            rc = write_unit(w, &w->units[i], err);
        for (size_t i = from; count > slice && i < to; i++) {
            sheaf_buf_free(&w->items[i].content);
            sheaf_buf_free(&w->items[i].frame);
        }
    }
    w->item_count = waiting;
    drop_items(w, rc == SHEAF_OK ? count : waiting);
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

int
encode_flush(struct sheaf_writer *w, struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    w->block_bytes = 0;
    if (w->sampling) {
        rc = choose_dict(w, err);
        w->sampling = false;
        w->resample_at = next_sample(w->raw_seen);
    }
    return rc == SHEAF_OK ? drain(w, w->item_count, err) : rc;
}

/* Decides whether the next item joins the block of the item before: its
 * leaf must follow directly, and both must fit into a block without passing
 * the end of a tile. The decision depends on the articles alone, not on
 * when they are written. */
static void
join(struct sheaf_writer *w, struct item *it)
{
    uint64_t leaf = w->ledger.top.size + w->item_count;

    bool alone = it->removed || it->base.len != 0;

    it->joined = w->block_bytes != 0 && !alone &&
                 leaf % TILE_LEAVES != 0 &&
                 w->block_bytes < w->options.block &&
                 it->raw <= w->options.block - w->block_bytes;
    w->block_bytes = alone        ? 0
                     : it->joined ? w->block_bytes + it->raw
                                  : it->raw;
}

/* The batch is full, which depends on the number of threads. Writes what is
 * complete, but not the block that the next article may still join. */
static int
flush_full(struct sheaf_writer *w, struct sheaf_error *err)
{
    size_t count = w->item_count;

    if (w->blocks)
        while (count > 0 && w->items[--count].joined)
            ;
    return drain(w, count, err);
}

int
encode_added(struct sheaf_writer *w, struct sheaf_error *err)
{
    struct item *it = &w->items[w->item_count];
    unsigned threads = pool_threads(w->pool);
    int rc = SHEAF_OK;

    if (w->options.block != 0)
        join(w, it);
    w->item_count++;
    w->encode_bytes += it->raw;
    w->raw_seen += it->raw;
    if (w->sampling && w->encode_bytes >= w->sample_max)
        rc = encode_flush(w, err);
    else if (!w->sampling && (w->encode_bytes >= BATCH_BYTES * threads ||
                              w->item_count >= (size_t)BATCH_ITEMS * threads))
        rc = flush_full(w, err);
    if (rc == SHEAF_OK && !w->sampling && w->raw_seen >= w->resample_at &&
        w->options.dict_max >= 0) {
        /* The sample begins here, whatever the number of threads. */
        rc = encode_flush(w, err);
        w->sampling = true;
    }
    return rc;
}

/* ---- Large articles ----------------------------------------------------- */

struct spool {
    struct temp temp;
    uint64_t len;
    int rc;
    struct sheaf_error err;
};

static int
spool_write(void *arg, const void *data, size_t len)
{
    struct spool *s = arg;

    s->rc = temp_write(&s->temp, s->len, data, len, &s->err);
    s->len += len;
    return s->rc == SHEAF_OK ? 0 : -1;
}

static int
copy_spool(struct sheaf_writer *w, const struct spool *s,
           struct sheaf_error *err)
{
    uint8_t chunk[16384];
    int rc = SHEAF_OK;

    for (uint64_t at = 0; rc == SHEAF_OK && at < s->len;) {
        size_t n = (size_t)min_u64(sizeof chunk, s->len - at);

        rc = temp_read(&s->temp, at, chunk, n, err);
        if (rc == SHEAF_OK)
            group_bytes(&w->group, chunk, n);
        if (rc == SHEAF_OK)
            rc = writer_put(w, chunk, n, err);
        at += n;
    }
    return rc;
}

int
encode_large(struct sheaf_writer *w, struct sheaf_source rest,
            struct sheaf_error *err)
{
    struct item *it = &w->items[w->item_count];
    struct spool s = { .temp = TEMP_INIT };
    int rc = temp_open(&s.temp, w->tmpdir, err);

    assert(w->item_count == 0);
    if (rc == SHEAF_OK)
        rc = SHEAF_ESTOPPED;
    for (unsigned attempt = 0;
         rc == SHEAF_ESTOPPED && attempt < CODEC_ATTEMPTS; attempt++) {
        s.len = 0;
        rc = codec_compress_stream(w->cctx[0], w->cdict, w->options.level,
                                   attempt, buf_view(&it->content), rest,
                                   it->raw, spool_write, &s, err);
        if (s.rc != SHEAF_OK) {
            rc = s.rc;
            if (err != NULL)
                *err = s.err;
        }
    }
    if (rc == SHEAF_ESTOPPED)
        rc = fail(err, SHEAF_EINVAL,
                  "no frame without the magic of F2.5 was found");
    if (rc == SHEAF_OK)
        rc = place_item(w, it, s.len, err);
    if (rc == SHEAF_OK)
        rc = copy_spool(w, &s, err);
    if (rc == SHEAF_OK)
        rc = end_group_if_due(w, err);
    temp_close(&s.temp);
    w->raw_seen += it->raw;
    return rc;
}
