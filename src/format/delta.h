/*
 * delta.h - revisions that are stored as differences (format.md F4.12,
 * F4.13). Floor 7.
 *
 * What is compressed against what is codec.h's; this is the frame around it.
 */
#ifndef SHEAF_FORMAT_DELTA_H
#define SHEAF_FORMAT_DELTA_H

#include "format/article.h"
#include "base/base.h"
#include "format/codec.h"
#include "sheaf.h"

/* Bytes of content, of the revision and of what it is made against. */
#define DELTA_CONTENT_MAX ((uint64_t)1 << 20)

/* A REV frame's body. `frame` is a view into it. */
struct delta {
    uint64_t base; /* offset of the frame that it is made against */
    uint32_t length; /* of that frame */
    uint64_t content_size;
    struct sheaf_bytes frame;
};

/* Append the REV frame. */
bool delta_encode(uint64_t base, uint32_t length, struct sheaf_bytes frame,
                  struct sheaf_buf *out);
/* F4.12 and F4.13, as far as this frame alone tells; it is at `offset`. */
int delta_decode(struct sheaf_bytes body, uint64_t offset, struct delta *out,
                 struct sheaf_error *err);
/* The base's frame: its header, once F4.12 has been found kept. */
int delta_base_header(const struct delta *p, struct sheaf_bytes frame,
                      uint64_t offset, struct codec_header *out,
                      struct sheaf_error *err);
/* F4.12: does the base's content have an earlier revision of `a`? `room` is
 * overwritten. */
int delta_check_base(struct sheaf_bytes content, const struct article *a,
                     struct article *room, uint64_t offset,
                     struct sheaf_error *err);

#endif
