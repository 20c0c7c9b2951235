/*
 * output.c - the sink of an archive, and the offset that it has reached.
 */
#include "write/output.h"

#include <errno.h>

#include "base/err.h"

int
output_put(struct output *o, const void *data, size_t len,
           struct sheaf_error *err)
{
    int sys = o->sink.ops->write(o->sink.ctx, data, len);

    if (sys != 0)
        return fail_io(err, sys, "writing the archive");
    o->at += len;
    return SHEAF_OK;
}

int
output_flush(struct output *o, struct sheaf_error *err)
{
    int rc = o->pending.len != 0
                 ? output_put(o, o->pending.data, o->pending.len, err)
                 : SHEAF_OK;

    o->pending.len = 0;
    return rc;
}

int
output_sync(struct output *o, struct sheaf_error *err)
{
    int sys = o->sink.ops->sync(o->sink.ctx);

    return sys != 0 ? fail_io(err, sys, "writing the archive") : SHEAF_OK;
}

int
output_commit(struct output *o, struct sheaf_error *err)
{
    int sys = o->sink.ops->commit(o->sink.ctx);

    if (sys == ESTALE)
        return fail(err, SHEAF_ESTOPPED,
                    "the file that is replaced was changed in the meantime");
    return sys != 0 ? fail_io(err, sys, "committing the archive") : SHEAF_OK;
}

void
output_free(struct output *o)
{
    sheaf_buf_free(&o->pending);
    if (o->sink.ops != NULL)
        o->sink.ops->close(o->sink.ctx);
}
