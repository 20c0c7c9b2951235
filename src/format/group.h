/*
 * group.h - groups of articles and their columns (format.md F7). Floor 6.
 */
#ifndef SHEAF_FORMAT_GROUP_H
#define SHEAF_FORMAT_GROUP_H

#include "base/base.h"
#include "format/codec.h"
#include "base/hash.h"
#include "format/meta.h"
#include "sheaf.h"

#define GROUP_FIXED 54
#define GROUP_COLUMNS 5
#define GROUP_COLUMNS_MAX (4u << 20)
#define GROUP_VALUE_MAX 1024

enum group_column {
    COLUMN_LENGTH,
    COLUMN_PUBLISHED,
    COLUMN_SECTION,
    COLUMN_ID,
    COLUMN_HEADLINE
};

/* A group that is being put together, or what its frame says. */
struct group {
    uint64_t start;
    uint64_t first;
    uint32_t count;
    uint32_t dict;
    uint64_t last_end;
    int32_t first_day;
    int32_t last_day;
    uint64_t raw;
    uint8_t frames[HASH_CHECK_BYTES];
    /* Only when it is put together; then it must not be moved. */
    struct sheaf_buf columns[GROUP_COLUMNS];
    struct hash_blake sum; /* over the frames so far */
};

/* Empty it, keeping its memory. */
void group_begin(struct group *g, uint64_t start, uint64_t first);
void group_free(struct group *g);
/* An article; `frame_length` is 0 for one in the frame of the one before. */
bool group_add(struct group *g, uint64_t frame_length, uint64_t raw,
               int64_t time, const struct meta *meta);
/* A removed article. */
bool group_add_removed(struct group *g, uint64_t frame_length);
/* The bytes of the articles' frames, in order, before group_close. */
void group_bytes(struct group *g, const void *data, size_t len);
/* All frames have come: g->frames. */
void group_close(struct group *g);
/* The columns one after the other, to be compressed. */
bool group_text(const struct group *g, struct sheaf_buf *out);
/* Append the GRP frame of a closed group; `columns` is the compressed text. */
bool group_encode(const struct group *g, struct sheaf_bytes columns,
                  struct sheaf_buf *out);

/* A GRP frame's body; the columns' frame is at *columns. F7.1 as far as the
 * body alone tells, and F7.3's limit. */
int group_decode(struct sheaf_bytes body, uint64_t offset, struct group *out,
                 struct sheaf_bytes *columns, struct codec_header *header,
                 struct sheaf_error *err);

/* Reading decompressed columns line by line, all five at once. */
struct group_lines {
    struct sheaf_bytes rest[GROUP_COLUMNS];
};
int group_lines_begin(struct group_lines *lines, struct sheaf_bytes text,
                      uint32_t count, uint64_t offset,
                      struct sheaf_error *err);
void group_lines_next(struct group_lines *lines,
                      struct sheaf_bytes out[GROUP_COLUMNS]);
/* The first column: decimal, without leading zeros. */
bool group_length(struct sheaf_bytes line, uint64_t *out);

#endif
