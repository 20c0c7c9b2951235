/*
 * delta.h - revisions stored as differences (format.md F4.12, F4.13).
 *
 * This is the frame around the patch. codec.h compresses it.
 */
#ifndef SHEAF_FORMAT_DELTA_H
#define SHEAF_FORMAT_DELTA_H

#include "format/article.h"
#include "base/base.h"
#include "format/codec.h"
#include "sheaf.h"

/* Limit of the content, of the revision and of its base, in bytes. */
#define DELTA_CONTENT_MAX ((uint64_t)1 << 20)

/* The body of a REV frame. `frame` is a view of it. */
struct delta {
    uint64_t base; /* offset of the base's frame */
    uint32_t length; /* of the base's frame */
    uint64_t content_size;
    struct sheaf_bytes frame;
};

/* Appends the REV frame. */
bool delta_encode(uint64_t base, uint32_t length, struct sheaf_bytes frame,
                  struct sheaf_buf *out);
/* Checks F4.12 and F4.13 as far as this frame, at `offset`, allows. */
int delta_decode(struct sheaf_bytes body, uint64_t offset, struct delta *out,
                 struct sheaf_error *err);
/* Checks F4.12 for the base's frame, and decodes its header. */
int delta_base_header(const struct delta *p, struct sheaf_bytes frame,
                      uint64_t offset, struct codec_header *out,
                      struct sheaf_error *err);
/* F4.12: the base's content must not be longer. */
int delta_check_size(struct sheaf_bytes content, uint64_t offset,
                     struct sheaf_error *err);
/* F4.12: the base's content must have an earlier revision of `a`. `room` is
 * overwritten. */
int delta_check_base(struct sheaf_bytes content, const struct article *a,
                     struct article *room, uint64_t offset,
                     struct sheaf_error *err);

#endif
