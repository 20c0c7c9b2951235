/*
 * table.h - sorted rows in pages, blocks and frames (format.md F8). Floor 5.
 *
 * Arithmetic and bytes only: whoever reads or writes does it elsewhere.
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
#define TABLE_ENTRY_SIZE 11u /* key and leaf: what the map's tree is over */
#define TABLE_ROW_MAX 24u
#define TABLE_PAGE_MAX (TABLE_PAGE_ROWS * TABLE_ROW_MAX + 8)
#define TABLE_LENGTH_MAX 0xffffffu

enum frame_type table_type(enum table_kind kind);
size_t table_width(enum table_kind kind);
/* Bytes that a TOP has for each block: first key, and the root in a MAP. */
size_t table_block_entry(enum table_kind kind);

uint64_t table_blocks(uint64_t rows);
uint64_t table_pages(uint64_t rows);
/* Bytes of a block's frame with this many rows, and of a whole table. */
uint64_t table_block_bytes(enum table_kind kind, uint64_t rows);
uint64_t table_bytes(enum table_kind kind, uint64_t rows);
/* Where page number `page` of a table that begins at `offset` is, with its
 * sum, and how many rows it has. */
uint64_t table_page_at(enum table_kind kind, uint64_t offset, uint64_t page);
size_t table_page_rows(uint64_t rows, uint64_t page);

/* F8.2: the sum behind a page's rows. */
int table_check_page(enum table_kind kind, const uint8_t *page, size_t rows,
                     uint64_t offset, struct sheaf_error *err);
/* Pages in one block of a table of so many rows; and where the roots of a
 * block of MAP stand, if the table begins at `offset`. */
uint64_t table_block_pages(uint64_t rows, uint64_t block);
uint64_t table_page_roots_at(uint64_t offset, uint64_t rows, uint64_t block);
void table_page_root(const uint8_t *rows, size_t count, uint8_t out[32]);

struct map_row {
    uint8_t key[TABLE_KEY_SIZE];
    uint64_t leaf;
    uint64_t offset;
    uint32_t length; /* TABLE_LENGTH_MAX if that or more */
};
struct dir_row {
    uint64_t first_leaf;
    uint64_t offset;
    uint32_t length;
    int32_t first_day;
    int32_t last_day;
};
void table_key(struct sheaf_bytes text, uint8_t key[TABLE_KEY_SIZE]);
void map_row_encode(const struct map_row *row, uint8_t *out);
void map_row_decode(const uint8_t *in, struct map_row *out);
/* A row of URL: a key and a leaf. */
void url_row_encode(const uint8_t key[TABLE_KEY_SIZE], uint64_t leaf,
                    uint8_t *out);
uint64_t url_row_leaf(const uint8_t *in);
void dir_row_encode(const struct dir_row *row, uint8_t *out);
void dir_row_decode(const uint8_t *in, struct dir_row *out);

/* Rows, in order, on their way to frames. Starts as { kind }. */
struct table_builder {
    enum table_kind kind;
    uint64_t rows;
    struct sheaf_buf block;   /* rows of the block that is not full */
    struct sheaf_buf entries; /* what the TOP says of each block */
    uint8_t last[TABLE_ROW_MAX];
};
/* Take a row; when a block is full its frame is appended to `out`. */
int table_add(struct table_builder *b, const uint8_t *row,
              struct sheaf_buf *out, struct sheaf_error *err);
/* The last frame, unless there is nothing left. */
int table_finish(struct table_builder *b, struct sheaf_buf *out,
                 struct sheaf_error *err);
void table_builder_free(struct table_builder *b);
/* The root over the blocks' roots, in their TOP entries. */
void table_map_root(const uint8_t *entries, uint64_t rows, uint8_t out[32]);

#endif
