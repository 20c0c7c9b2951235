/*
 * damage_source.c - a file that reads as if nothing in it had moved.
 */
#include "read/damage_source.h"

#include <errno.h>
#include <stdatomic.h>

#include "base/err.h"
#include "base/mem.h"

/* From this offset on, bytes are this much further on in the file. */
struct place {
    uint64_t from;
    int64_t by;
};

struct moved {
    struct sheaf_source file; /* borrowed */
    uint64_t size;
    size_t count;
    struct place *places; /* in order */
};

/* What reads by them. */
struct mover {
    struct sheaf_source file;
    _Atomic(struct moved *) moved; /* NULL: nothing has moved, so far */
};

/* ---- Places -------------------------------------------------------------- */

int
moved_new(struct moved **out, const struct sheaf_source *source, size_t most,
          struct sheaf_error *err)
{
    struct moved *m = mem_new(1, sizeof *m);

    *out = NULL;
    if (m == NULL)
        return fail_nomem(err);
    m->places = mem_new(most, sizeof *m->places);
    if (m->places == NULL) {
        mem_free(m);
        return fail_nomem(err);
    }
    m->file = *moved_raw(source);
    m->size = m->file.ops->size(m->file.ctx);
    *out = m;
    return SHEAF_OK;
}

void
moved_free(struct moved *m)
{
    if (m != NULL)
        mem_free(m->places);
    mem_free(m);
}

void
moved_add(struct moved *m, uint64_t from, int64_t by)
{
    m->size = (uint64_t)((int64_t)m->size + moved_last(m) - by);
    m->places[m->count++] = (struct place){ from, by };
}

/* How many places are at `offset` or before it. */
static size_t
places_before(const struct moved *m, uint64_t offset)
{
    size_t low = 0, high = m->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (m->places[middle].from <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int64_t
by_after(const struct moved *m, size_t places)
{
    return places != 0 ? m->places[places - 1].by : 0;
}

int64_t
moved_last(const struct moved *m)
{
    return by_after(m, m->count);
}

/* ---- Reading ------------------------------------------------------------- */

/* Where the bytes at `offset` are, and how many follow it there of `len`.
 * False: they are missing. In their place there are zeros: what is before them
 * would come twice. */
static bool
locate(const struct moved *m, uint64_t offset, size_t len, uint64_t *at,
       size_t *n)
{
    size_t before = places_before(m, offset);
    int64_t by = by_after(m, before);
    int64_t less = before != 0 ? by_after(m, before - 1) - by : 0;
    uint64_t go_on = before != 0 && less > 0
                         ? m->places[before - 1].from + (uint64_t)less
                         : 0;
    uint64_t end = before < m->count ? m->places[before].from : UINT64_MAX;
    bool there = offset >= go_on;

    *at = (uint64_t)((int64_t)offset + by);
    *n = (size_t)min_u64((there ? end : min_u64(go_on, end)) - offset, len);
    return there;
}

static int
read_moved(const struct moved *m, uint64_t offset, void *buf, size_t len)
{
    uint8_t *out = buf;
    int sys = 0;

    while (sys == 0 && len != 0) {
        uint64_t at;
        size_t n;

        if (locate(m, offset, len, &at, &n))
            sys = m->file.ops->read_at(m->file.ctx, at, out, n);
        else
            memset(out, 0, n);
        offset += n;
        out += n;
        len -= n;
    }
    return sys;
}

static uint64_t
moved_size(void *ctx)
{
    const struct moved *m = ctx;

    return m->size;
}

static int
moved_read_at(void *ctx, uint64_t offset, void *buf, size_t len)
{
    return read_moved(ctx, offset, buf, len);
}

static void
moved_close(void *ctx)
{
    (void)ctx; /* its maker frees it */
}

static const struct sheaf_source_ops moved_ops = { moved_size, moved_read_at,
                                                   moved_close, NULL };

struct sheaf_source
moved_source(struct moved *m)
{
    return (struct sheaf_source){ &moved_ops, m };
}

/* ---- In use -------------------------------------------------------------- */

static uint64_t
mover_size(void *ctx)
{
    const struct mover *v = ctx;
    const struct moved *m = atomic_load(&v->moved);

    return m != NULL ? m->size : v->file.ops->size(v->file.ctx);
}

static int
mover_read_at(void *ctx, uint64_t offset, void *buf, size_t len)
{
    const struct mover *v = ctx;
    const struct moved *m = atomic_load(&v->moved);

    return m != NULL ? read_moved(m, offset, buf, len)
                     : v->file.ops->read_at(v->file.ctx, offset, buf, len);
}

static void
mover_close(void *ctx)
{
    struct mover *v = ctx;

    v->file.ops->close(v->file.ctx);
    moved_free(atomic_load(&v->moved));
    mem_free(v);
}

static const struct sheaf_source_ops mover_ops = { mover_size, mover_read_at,
                                                   mover_close, NULL };

int
moved_wrap(struct sheaf_source *source, struct sheaf_error *err)
{
    struct mover *v = mem_new(1, sizeof *v);

    if (v == NULL)
        return fail_nomem(err);
    v->file = *source;
    atomic_init(&v->moved, NULL);
    *source = (struct sheaf_source){ &mover_ops, v };
    return SHEAF_OK;
}

int
moved_use(struct moved *m, struct sheaf_source *source, uint64_t size,
          struct sheaf_error *err)
{
    int rc = source->ops != &mover_ops ? moved_wrap(source, err) : SHEAF_OK;
    struct mover *v = source->ctx;

    if (rc != SHEAF_OK) {
        moved_free(m);
        return rc;
    }
    m->size = size;
    assert(atomic_load(&v->moved) == NULL);
    atomic_store(&v->moved, m);
    return SHEAF_OK;
}

uintptr_t
moved_epoch(const struct sheaf_source *source)
{
    const struct mover *v = source->ctx;

    return source->ops == &mover_ops ? (uintptr_t)atomic_load(&v->moved) : 0;
}

const struct sheaf_source *
moved_raw(const struct sheaf_source *source)
{
    const struct mover *v = source->ctx;

    return source->ops == &mover_ops ? &v->file : source;
}

int
moved_read_before(const struct sheaf_source *source, uint64_t offset,
                  void *buf, size_t len)
{
    const struct mover *v = source->ctx;
    const struct moved *m = source->ops == &mover_ops ? atomic_load(&v->moved)
                                                      : NULL;
    size_t before;

    if (m == NULL || offset > m->size || len > m->size - offset)
        return ENXIO;
    before = places_before(m, offset + len);
    if (before != 0)
        offset = (uint64_t)((int64_t)offset + by_after(m, before - 1));
    if (offset > UINT64_MAX - len ||
        offset + len > v->file.ops->size(v->file.ctx))
        return ENXIO;
    return v->file.ops->read_at(v->file.ctx, offset, buf, len);
}
