/*
 * output.h - the sink of an archive, and how far it has got.
 *
 * Frames are put together in `pending`; output_flush writes them. `at` is the
 * offset of the next byte that is written.
 */
#ifndef SHEAF_WRITE_OUTPUT_H
#define SHEAF_WRITE_OUTPUT_H

#include "base/base.h"
#include "sheaf.h"

struct output {
    struct sheaf_sink sink;   /* owned; no ops: not open yet */
    uint64_t at;
    uint64_t start;           /* where this writer's own bytes begin */
    struct sheaf_buf pending;
};

/* A failed call gives SHEAF_EIO; nothing may be written after it. */
int output_put(struct output *o, const void *data, size_t len,
               struct sheaf_error *err);
/* What is pending; nothing is afterwards. */
int output_flush(struct output *o, struct sheaf_error *err);
int output_sync(struct output *o, struct sheaf_error *err);
int output_commit(struct output *o, struct sheaf_error *err);
/* Also closes the sink. */
void output_free(struct output *o);

#endif
