/*
 * source_range.c - some of the bytes of a source, as a source.
 */
#include "base/source_range.h"

#include <errno.h>

static uint64_t
range_size(void *ctx)
{
    const struct source_range *r = ctx;

    return r->size;
}

static int
range_read_at(void *ctx, uint64_t offset, void *buf, size_t len)
{
    const struct source_range *r = ctx;

    if (offset > r->size || len > r->size - offset)
        return EIO;
    return r->of.ops->read_at(r->of.ctx, r->from + offset, buf, len);
}

static void
range_close(void *ctx)
{
    (void)ctx;
}

static const struct sheaf_source_ops range_ops = { range_size, range_read_at,
                                                   range_close, NULL };

struct sheaf_source
source_of_range(struct source_range *range)
{
    return (struct sheaf_source){ &range_ops, range };
}
