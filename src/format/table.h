/*
 * table.h - sorted rows in pages, blocks and frames (format.md F8).
 *
 * Only arithmetic and bytes; reading and writing are elsewhere. A page is
 * packed in the file. Everywhere else it is rows of equal width.
 */
#ifndef SHEAF_FORMAT_TABLE_H
#define SHEAF_FORMAT_TABLE_H

#include "base/base.h"
#include "format/frame.h"
#include "sheaf.h"

enum table_kind { TABLE_MAP, TABLE_URL, TABLE_DIR, TABLE_KINDS };

#define TABLE_PAGE_ROWS 256u
#define TABLE_BLOCK_ROWS 16384u
#define TABLE_KEY_SIZE 6u
#define TABLE_URL_BITS 28u
#define TABLE_ENTRY_SIZE 11u /* key and leaf: an entry of the map's tree */
#define TABLE_ROW_MAX 24u
#define TABLE_LENGTH_MAX 0xffffffu

/* The bits of each field in the packed rows of a block of MAP or URL. A URL
 * has only the first two. */
enum table_field {
    FIELD_GAP, /* from the key of the row before */
    FIELD_LEAF,
    FIELD_OFFSET,
    FIELD_LENGTH,
    TABLE_FIELDS
};
struct table_widths {
    uint8_t bits[TABLE_FIELDS];
};

/* What a TOP says of a block, and what follows from that. */
struct table_block {
    uint64_t start; /* where its frame begins, from the table's offset on */
    uint8_t key[TABLE_KEY_SIZE]; /* of its first row */
    uint8_t root[32];            /* of a MAP */
    struct table_widths widths;
};

struct top_table {
    uint64_t offset;
    uint64_t rows;
    struct table_block *blocks; /* table_blocks(rows) */
};

enum frame_type table_type(enum table_kind kind);
/* The bytes of a row when it is not packed. */
size_t table_width(enum table_kind kind);

uint64_t table_blocks(uint64_t rows);
uint64_t table_pages(uint64_t rows);
size_t table_block_rows(uint64_t rows, uint64_t block);
size_t table_page_rows(uint64_t rows, uint64_t page);

/* The bytes that a TOP has for each block. table_block_take returns false if
 * a width is impossible; it leaves `start` alone. */
size_t table_block_entry(enum table_kind kind);
bool table_block_put(enum table_kind kind, const struct table_block *b,
                     struct sheaf_buf *out);
bool table_block_take(enum table_kind kind, const uint8_t *entry,
                      struct table_block *b);
/* The length of a block's frame with this many rows. */
uint64_t table_block_bytes(enum table_kind kind, const struct table_widths *w,
                           size_t rows);
/* Sets where each block starts. Returns the bytes of the whole table. */
uint64_t table_place_blocks(enum table_kind kind, struct top_table *t);
/* The offset of a page, and its length with the sum. */
uint64_t table_page_at(enum table_kind kind, const struct top_table *t,
                       uint64_t page, size_t *len);
/* Page roots of a block of MAP: their number, and where they are. */
uint64_t table_block_pages(uint64_t rows, uint64_t block);
uint64_t table_page_roots_at(const struct top_table *t, uint64_t block);

/* The head of a block, in the body of its frame: checks F8.7 as far as it
 * limits widths, and F8.2 for the length. */
int table_head(enum table_kind kind, struct sheaf_bytes body, uint64_t offset,
               struct table_widths *w, size_t *rows, struct sheaf_error *err);
/* The bytes of the head, and of a page with its sum. */
size_t table_head_bytes(enum table_kind kind);
size_t table_page_bytes(enum table_kind kind, const struct table_widths *w,
                        size_t rows);
/* Checks the sum of a page and unpacks its rows to `out`. */
int table_unpack(enum table_kind kind, const struct table_widths *w,
                 const uint8_t *page, size_t rows, uint64_t offset,
                 uint8_t *out, struct sheaf_error *err);
/* The least widths for these rows of a block; and one page packed. */
struct table_widths table_widths_of(enum table_kind kind, const uint8_t *rows,
                                    size_t count);
bool table_pack(enum table_kind kind, const struct table_widths *w,
                const uint8_t *rows, size_t count, struct sheaf_buf *out);
void table_page_root(const uint8_t *rows, size_t count, uint8_t out[32]);

struct map_row {
    uint8_t key[TABLE_KEY_SIZE];
    uint64_t leaf;
    bool redaction; /* not an article; part of what the map commits to */
    uint64_t offset;
    uint32_t length; /* TABLE_LENGTH_MAX if it is that or more */
};
struct dir_row {
    uint64_t first_leaf;
    uint64_t offset;
    uint32_t length;
    int32_t first_day;
    int32_t last_day;
};
void table_key(struct sheaf_bytes text, uint8_t key[TABLE_KEY_SIZE]);
/* A key in URL has TABLE_URL_BITS; those after them are 0. */
void table_url_key(struct sheaf_bytes url, uint8_t key[TABLE_KEY_SIZE]);
void map_row_encode(const struct map_row *row, uint8_t *out);
/* The leaf of a row of MAP, or of its first TABLE_ENTRY_SIZE bytes. */
uint64_t map_row_leaf(const uint8_t *row, bool *redaction);
void map_row_decode(const uint8_t *in, struct map_row *out);
/* A row of URL: a key and a leaf. */
void url_row_encode(const uint8_t key[TABLE_KEY_SIZE], uint64_t leaf,
                    uint8_t *out);
uint64_t url_row_leaf(const uint8_t *in);
void dir_row_encode(const struct dir_row *row, uint8_t *out);
void dir_row_decode(const uint8_t *in, struct dir_row *out);

/* Builds a table: rows go in in order, frames come out. Initialise with {
 * kind }. */
struct table_builder {
    enum table_kind kind;
    uint64_t rows;
    uint64_t bytes;         /* of the blocks that are full */
    struct sheaf_buf block; /* rows of the block that is not full */
    struct table_block *blocks;
    size_t room;            /* for so many */
    uint8_t last[TABLE_ROW_MAX];
};
/* Adds a row; when a block is full, appends its frame to `out`. */
int table_add(struct table_builder *b, const uint8_t *row,
              struct sheaf_buf *out, struct sheaf_error *err);
/* Appends the last frame, unless nothing is left. */
int table_finish(struct table_builder *b, struct sheaf_buf *out,
                 struct sheaf_error *err);
/* Moves what the TOP says of the table to `out`, all but its offset. False:
 * out of memory. */
bool table_builder_take(struct table_builder *b, struct top_table *out);
void table_builder_free(struct table_builder *b);
/* The root over the roots of the blocks. */
void table_map_root(const struct top_table *t, uint8_t out[32]);

#endif
