/*
 * spool.c - bytes that come in pieces, kept in a temporary file.
 */
#include "base/spool.h"

#include <errno.h>

#include "base/err.h"

int
spool_begin(struct spool *s, const char *dir, struct sheaf_error *err)
{
    s->len = 0;
    s->rc = SHEAF_OK;
    return s->temp.fd < 0 ? temp_open(&s->temp, dir, err) : SHEAF_OK;
}

int
spool_write(void *spool, const void *data, size_t len)
{
    struct spool *s = spool;

    s->rc = temp_write(&s->temp, s->len, data, len, &s->err);
    s->len += len;
    return s->rc == SHEAF_OK ? 0 : -1;
}

static uint64_t
spool_size(void *ctx)
{
    const struct spool *s = ctx;

    return s->len - s->from;
}

static int
spool_read_at(void *ctx, uint64_t offset, void *buf, size_t len)
{
    const struct spool *s = ctx;

    return temp_read(&s->temp, s->from + offset, buf, len, NULL) == SHEAF_OK
               ? 0
               : EIO;
}

static void
spool_close(void *ctx)
{
    (void)ctx; /* the spool is its owner's */
}

struct sheaf_source
spool_source(struct spool *s, uint64_t from)
{
    static const struct sheaf_source_ops ops = { spool_size, spool_read_at,
                                                 spool_close, NULL };

    assert(from <= s->len);
    s->from = from;
    return (struct sheaf_source){ &ops, s };
}

int
spool_read_all(const struct spool *s, sheaf_write write, void *arg,
               struct sheaf_error *err)
{
    uint8_t chunk[16384];
    int rc = SHEAF_OK;

    for (uint64_t at = 0; rc == SHEAF_OK && at < s->len;) {
        size_t n = (size_t)min_u64(sizeof chunk, s->len - at);

        rc = temp_read(&s->temp, at, chunk, n, err);
        if (rc == SHEAF_OK && write(arg, chunk, n) != 0)
            rc = fail(err, SHEAF_ESTOPPED, "stopped");
        at += n;
    }
    return rc;
}

void
spool_free(struct spool *s)
{
    temp_close(&s->temp);
}
