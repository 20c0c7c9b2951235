/*
 * frame.h - the frames of a sheaf (format.md F2, F3).
 *
 * To build a sheaf frame in a buffer: frame_begin, the body, frame_end.
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
#define FRAME_DICT_MAGIC "\x5d\x2a\x4d\x18"
#define FRAME_ZSTD_MAGIC "\x28\xb5\x2f\xfd"
#define FRAME_MAGIC_SIZE 4
/* The version of the format, in every frame that is not optional. */
#define FRAME_VERSION 1

/* All types of frames. The first two are not sheaf frames: articles are in
 * zstd frames, and dictionaries in a skippable frame of their own (F5). */
enum frame_type {
    FRAME_NONE,
    FRAME_ZSTD,
    FRAME_DICT,
    FRAME_SHF, /* the head */
    FRAME_REV, /* a revision, stored as the difference from an earlier one */
    FRAME_PAR, /* parity of a dictionary */
    FRAME_GRP, /* columns of a group of articles */
    FRAME_SLB, /* leaf hashes of a full slab */
    FRAME_MAP, /* IDs to leaves */
    FRAME_URL, /* URLs to leaves */
    FRAME_DIR, /* groups, by leaf and day */
    FRAME_LEF, /* a stored leaf */
    FRAME_TIL, /* leaf hashes after the last full slab */
    FRAME_TOP,
    FRAME_END,
    FRAME_PAD, /* zeros between the two copies of top and end */
    FRAME_OPTIONAL, /* of any type that begins with a small letter */
    FRAME_TYPES
};

struct frame {
    enum frame_type type;
    uint64_t offset;
    uint64_t length; /* of the whole frame; unknown for FRAME_ZSTD */
};

/* "GRP" and so on; for the first two, what they hold. */
const char *frame_name(enum frame_type type);

/* The type of the frame that begins with these bytes, by magic and type
 * alone. FRAME_NONE: unknown, or fewer than 12 bytes that do not tell. */
enum frame_type frame_type_at(const uint8_t *data, size_t len);
/* Moves *at back to the last place before it where a frame of this type may
 * begin; false if there is none. */
bool frame_find_back(struct sheaf_bytes bytes, enum frame_type type,
                     size_t *at);
/* The first place where a frame of any type may begin: at one of the three
 * magics. `len` if there is none. */
size_t frame_find(const uint8_t *data, size_t len);

/*
 * Reads the head of the frame at `offset` of a file of `file_size` bytes.
 * `head` has at least 4 of its bytes, and 12 unless the file ends before. The
 * sum is not checked.
 */
int frame_peek(const uint8_t *head, size_t len, uint64_t offset,
               uint64_t file_size, struct frame *out, struct sheaf_error *err);

/* The body of a whole sheaf frame, after its sum has been checked. */
int frame_body(struct sheaf_bytes whole, uint64_t offset,
               enum frame_type type, struct sheaf_bytes *body,
               struct sheaf_error *err);

/* Optional frames (F2.6). Text for people, with the recipe: */
#define FRAME_TEXT "txt"
/* A checkpoint of an archive that was merged into this one: */
#define FRAME_OLD "old"

/* Appends an optional frame of this type of three letters. */
bool frame_optional(struct sheaf_buf *out, const char *type,
                    struct sheaf_bytes body);
/* F2.5 for the body of an optional frame. */
int frame_check_optional(struct sheaf_bytes body, uint64_t offset,
                         struct sheaf_error *err);
/* Whether the frame, which has 12 bytes or more, is of this type. */
bool frame_is_optional(const uint8_t *frame, const char *type);

/* Appends the head of a frame; false when out of memory. */
bool frame_begin(struct sheaf_buf *out, enum frame_type type);
/* Finishes the frame that began at `start` of the buffer: length and sum. */
bool frame_end(struct sheaf_buf *out, size_t start);

/* Flags of the head (F3.2). */
#define HEAD_WORDS UINT32_C(1)
#define HEAD_FLAGS HEAD_WORDS

bool frame_head(struct sheaf_buf *out, uint32_t flags);
/* F3.1 to F3.3. If the head is whole, *flags is what it states, even if that
 * is refused; otherwise it is 0. */
int frame_check_head(const uint8_t *whole, size_t len, uint64_t file_size,
                     uint32_t *flags, struct sheaf_error *err);
bool frame_pad(struct sheaf_buf *out);

#endif
