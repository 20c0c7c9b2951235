/*
 * compress.c - articles of the batch to frames, with all threads (format.md
 * F4).
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "format/delta.h"
#include "format/frame.h"
#include "write/encoding.h"

/* Splits the items from `from` on, about `most` of them, into *units units;
 * they end at *to. */
int
compress_plan(struct encoder *e, size_t from, size_t most, size_t *units,
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

    if (it->kept)
        return SHEAF_OK;
    if (!unit_content(e, u, &e->workers[worker].joined, &content))
        return fail_nomem(err);
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
int
compress_in_slices(struct encoder *e, pool_job *job, void *arg, size_t count,
                   struct sheaf_error *err)
{
    size_t most = (size_t)BATCH_ITEMS / 4 * pool_threads(e->pool);
    struct slice s = { job, arg, 0 };
    int rc = SHEAF_OK;

    for (; rc == SHEAF_OK && s.from < count; s.from += most) {
        pool_run(e->pool, do_slice, &s, (size_t)min_u64(most, count - s.from));
        rc = step_take(&e->options.step, SHEAF_STAGE_DICT, err);
    }
    return rc;
}

void
compress_unit(struct encoder *e, const struct codec_cdict *cdict, size_t unit,
              unsigned worker)
{
    struct work k = { .e = e, .stride = 1, .cdict = cdict };

    do_work(&k, unit, worker);
}

size_t
compress_slice(const struct encoder *e)
{
    return (size_t)BATCH_ITEMS * pool_threads(e->pool);
}

void
compress_run(struct encoder *e, const struct codec_cdict *cdict, size_t units)
{
    struct work k = { .e = e, .stride = 1, .cdict = cdict };

    pool_run(e->pool, do_work, &k, units);
}

int
compress_some(struct encoder *e, const struct codec_cdict *cdict, size_t units,
              size_t stride, struct sheaf_error *err)
{
    struct work k = { .e = e, .stride = stride, .cdict = cdict };

    if (cdict != e->made_for)
        e->made_for = NULL;
    return compress_in_slices(e, do_work, &k, (units + stride - 1) / stride,
                              err);
}
