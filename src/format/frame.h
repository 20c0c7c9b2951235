/*
 * frame.h - the frames that a sheaf is made of (format.md F2, F3). Floor 4.
 *
 * A sheaf frame is built in a buffer: frame_begin, the body, frame_end.
 */
#ifndef SHEAF_FORMAT_FRAME_H
#define SHEAF_FORMAT_FRAME_H

#include "base/base.h"
#include "sheaf.h"

#define FRAME_HEAD_SIZE 12
#define FRAME_SUM_SIZE 8
#define FRAME_LENGTH_MAX (64u << 20)
#define HEAD_SIZE 64
#define PAD_SIZE 4096
#define FRAME_MAGIC "\x53\x2a\x4d\x18"
#define FRAME_MAGIC_SIZE 4

enum frame_kind { FRAME_ZSTD, FRAME_DICT, FRAME_SHEAF };

struct frame {
    enum frame_kind kind;
    uint64_t offset;
    uint64_t length; /* of the whole frame; not known for FRAME_ZSTD */
    char type[4];    /* "GRP" and so on, for FRAME_SHEAF; else "" */
};

/*
 * What the frame is that begins with the bytes in `head` (at least 4, and 12
 * unless the file ends before), at `offset` of a file of `file_size` bytes.
 * Its sum is not looked at.
 */
int frame_peek(const uint8_t *head, size_t len, uint64_t offset,
               uint64_t file_size, struct frame *out, struct sheaf_error *err);

/* The body of a whole sheaf frame, once its sum has been found right. */
int frame_body(struct sheaf_bytes whole, uint64_t offset, const char *type,
               struct sheaf_bytes *body, struct sheaf_error *err);

/* Append the head of a frame; false when out of memory. */
bool frame_begin(struct sheaf_buf *out, const char *type);
/* Finish the frame that began at `start` of the buffer: length and sum. */
bool frame_end(struct sheaf_buf *out, size_t start);

bool frame_head(struct sheaf_buf *out);
int frame_check_head(const uint8_t *whole, size_t len, uint64_t file_size,
                     struct sheaf_error *err);
bool frame_pad(struct sheaf_buf *out);

#endif
