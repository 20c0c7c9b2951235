/*
 * output.h - the sink of an archive, and the offset that it has reached.
 *
 * Frames are built in `pending`; output_flush writes them. `at` is the offset
 * of the next byte to be written.
 */
#ifndef SHEAF_WRITE_OUTPUT_H
#define SHEAF_WRITE_OUTPUT_H

#include "base/base.h"
#include "sheaf.h"

struct output {
    struct sheaf_sink sink;   /* owned; without ops, it is not open yet */
    uint64_t at;
    uint64_t start;           /* where this writer's own bytes begin */
    struct sheaf_buf pending;
};

/* Writes bytes. After SHEAF_EIO nothing may be written any more. */
int output_put(struct output *o, const void *data, size_t len,
               struct sheaf_error *err);
/* Writes and empties `pending`. */
int output_flush(struct output *o, struct sheaf_error *err);
int output_sync(struct output *o, struct sheaf_error *err);
int output_commit(struct output *o, struct sheaf_error *err);
/* Also closes the sink. */
void output_free(struct output *o);

#endif
