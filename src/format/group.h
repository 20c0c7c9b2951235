/*
 * group.h - groups of articles and their columns (format.md F7).
 */
#ifndef SHEAF_FORMAT_GROUP_H
#define SHEAF_FORMAT_GROUP_H

#include "base/base.h"
#include "format/codec.h"
#include "base/hash.h"
#include "format/meta.h"
#include "sheaf.h"

#define GROUP_FIXED 54
#define GROUP_COLUMNS 6
#define GROUP_LINES_MAX (16u << 10) /* bytes of columns for an article */
#define GROUP_COLUMNS_MAX (256 * GROUP_LINES_MAX)
#define GROUP_VALUE_MAX 1024

enum group_column {
    COLUMN_LENGTH,
    COLUMN_PUBLISHED,
    COLUMN_SECTION,
    COLUMN_ID,
    COLUMN_REV,
    COLUMN_HEADLINE
};

/* A group that is being built, or a decoded one. */
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
    /* Only while it is built; it must not be moved then. */
    struct sheaf_buf columns[GROUP_COLUMNS];
    size_t headline_at; /* where the last line of its column begins */
    struct hash_blake sum; /* of the frames so far */
};

/* Empties it and keeps its memory. */
void group_begin(struct group *g, uint64_t start, uint64_t first);
void group_free(struct group *g);
/* What a column has of a member, which is a JSON string or NULL: its inside,
 * unless that is too long. An ID is never too long. */
struct sheaf_bytes group_value(struct sheaf_bytes string);
/* Adds an article; `frame_length` is 0 for one in the frame of the one
 * before. */
bool group_add(struct group *g, uint64_t frame_length, uint64_t raw,
               int64_t time, const struct meta *meta);
/* Adds a removed article. */
bool group_add_removed(struct group *g, uint64_t frame_length);
/* Adds the bytes of the articles' frames, in order, before group_close. */
void group_bytes(struct group *g, const void *data, size_t len);
/* All frames were added: computes g->frames. */
void group_close(struct group *g);
/* Appends the columns one after the other, to be compressed. */
bool group_text(const struct group *g, struct sheaf_buf *out);
/* Appends the GRP frame of a closed group; `columns` is the compressed
 * text. */
bool group_encode(const struct group *g, struct sheaf_bytes columns,
                  struct sheaf_buf *out);

/* Decodes the fields before the columns. Checks F7.1 as far as they allow. */
int group_decode_fixed(struct sheaf_bytes body, uint64_t offset,
                       struct group *out, struct sheaf_error *err);
/* Decodes the body of a GRP frame; *columns is the frame of the columns.
 * Checks F7.1 as far as the body allows, and the limit of F7.3. */
int group_decode(struct sheaf_bytes body, uint64_t offset, struct group *out,
                 struct sheaf_bytes *columns, struct codec_header *header,
                 struct sheaf_error *err);

/* The limit of F7.3, for `size` bytes of columns of `count` articles. */
int group_check_size(uint32_t count, uint64_t size, uint64_t offset,
                     struct sheaf_error *err);

/* Reads decompressed columns line by line, all at once. */
struct group_lines {
    struct sheaf_bytes rest[GROUP_COLUMNS];
};
int group_lines_begin(struct group_lines *lines, struct sheaf_bytes text,
                      uint32_t count, uint64_t offset,
                      struct sheaf_error *err);
void group_lines_next(struct group_lines *lines,
                      struct sheaf_bytes out[GROUP_COLUMNS]);
/* Parses a line of a column with numbers: decimal, without leading zeros. */
bool group_number(struct sheaf_bytes line, uint64_t *out);

#endif
