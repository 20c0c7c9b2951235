/*
 * damage_shift.c - a file in which bytes were inserted or lost.
 */
#include "read/damage_shift.h"

#include <errno.h>

#include "base/err.h"
#include "base/mem.h"
#include "format/dictframe.h"
#include "read/walk.h"

#define WINDOW ((size_t)1 << 20)

struct shifted {
    struct sheaf_source source;
    uint64_t from; /* from this offset on, ... */
    int64_t by;    /* ... bytes are this much further on */
    uint64_t size;
};

static uint64_t
shifted_size(void *ctx)
{
    const struct shifted *s = ctx;

    return s->size;
}

static int
shifted_read_at(void *ctx, uint64_t offset, void *buf, size_t len)
{
    const struct shifted *s = ctx;
    const struct sheaf_source_ops *ops = s->source.ops;
    size_t before = 0;
    int sys = 0;

    if (offset < s->from) {
        before = (size_t)min_u64(s->from - offset, len);
        sys = ops->read_at(s->source.ctx, offset, buf, before);
    }
    if (sys == 0 && before < len)
        sys = ops->read_at(s->source.ctx,
                           (uint64_t)((int64_t)(offset + before) + s->by),
                           (uint8_t *)buf + before, len - before);
    return sys;
}

static void
shifted_close(void *ctx)
{
    struct shifted *s = ctx;

    s->source.ops->close(s->source.ctx);
    mem_free(s);
}

static const struct sheaf_source_ops shifted_ops = { shifted_size,
                                                     shifted_read_at,
                                                     shifted_close };

static bool
is_frame(struct walk *w, uint64_t offset)
{
    struct walk_frame f;

    if (offset >= w->end)
        return false;
    w->at = offset;
    return walk_peek(w, &f, NULL) == SHEAF_OK &&
           walk_load(w, &f, NULL) == SHEAF_OK;
}

/* Whether a frame without a sum holds another frame, apart from the payload of
 * a dictionary. None does (F2.5), so the damage has made it longer. */
static int
holds_frame(struct walk *w, const struct walk_frame *f, bool *holds,
            struct sheaf_error *err)
{
    int rc;

    *holds = false;
    w->at = f->offset + (f->type == FRAME_DICT ? DICT_HEAD_SIZE : 0);
    while ((rc = walk_resume(w, err)) == SHEAF_OK && !*holds) {
        uint64_t at = w->at;

        if (at >= f->offset + f->length)
            break;
        *holds = is_frame(w, at);
        w->at = at;
    }
    return rc;
}

/* Finds the offset from which everything is shifted: after the start of the
 * damaged frame. The walk fails at that frame, or after it if it has no sum:
 * then it has kept its length, or has another one that fits. */
static int
find_place(const struct sheaf_source *source, int64_t by, uint64_t *out,
           struct sheaf_error *err)
{
    struct walk w = { .source = *source,
                      .step = WINDOW,
                      .end = source->ops->size(source->ctx) };
    uint64_t before = 0; /* where the frame before begins */
    uint64_t failed;
    bool summed = true, damaged = false;
    int rc = SHEAF_OK;

    while (rc == SHEAF_OK && !damaged && w.at < w.end) {
        struct walk_frame f;

        rc = walk_peek(&w, &f, err);
        if (rc == SHEAF_OK)
            rc = walk_load(&w, &f, err);
        if (rc != SHEAF_OK)
            break;
        before = w.at;
        summed = f.type != FRAME_ZSTD && f.type != FRAME_DICT;
        if (!summed)
            rc = holds_frame(&w, &f, &damaged, err);
        walk_pass(&w, &f);
    }
    failed = w.at;
    if (rc == SHEAF_OK && !damaged) {
        rc = SHEAF_ENOTFOUND; /* nothing is damaged */
    } else if (rc != SHEAF_EIO && rc != SHEAF_ENOMEM) {
        rc = SHEAF_OK;
        if (!summed && !damaged)
            damaged = is_frame(&w, (uint64_t)((int64_t)failed + by));
    }
    *out = (damaged ? before : failed) + 1;
    walk_free(&w);
    return rc;
}

int
shift_read_raw(const struct sheaf_source *source, uint64_t offset, void *buf,
               size_t len)
{
    const struct shifted *s = source->ctx;

    if (source->ops != &shifted_ops || offset > UINT64_MAX - len ||
        offset + len > s->source.ops->size(s->source.ctx))
        return ENXIO;
    return s->source.ops->read_at(s->source.ctx, offset, buf, len);
}

int
shift_undo(struct sheaf_source *source, int64_t by, uint64_t size,
           uint64_t *at, struct sheaf_error *err)
{
    struct shifted *s = mem_new(1, sizeof *s);
    int rc = s != NULL ? find_place(source, by, at, err) : fail_nomem(err);

    if (rc != SHEAF_OK) {
        mem_free(s);
        return rc;
    }
    *s = (struct shifted){ *source, *at, by, size };
    *source = (struct sheaf_source){ &shifted_ops, s };
    return SHEAF_OK;
}
