/*
 * large.h - articles that are not held in memory.
 */
#ifndef SHEAF_READ_LARGE_H
#define SHEAF_READ_LARGE_H

#include "format/article.h"
#include "format/codec.h"

struct large_from {
    struct codec_dctx *dctx;
    const struct codec_ddict *ddict;
    struct sheaf_source source;
    uint64_t offset; /* of the frame */
    uint64_t size;   /* of its content */
};

/* Decodes the line of the only article of a frame, which `content` then has,
 * and its hashes; passes each byte on, too, unless `each` is NULL. *length is
 * the frame's. SHEAF_ESTOPPED: `each` returned nonzero. */
int large_take(const struct large_from *from, struct article *out,
               struct sheaf_buf *content, sheaf_write each, void *arg,
               uint64_t *length, struct sheaf_error *err);

#endif
