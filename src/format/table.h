/*
 * table.h - sorted rows in pages, blocks and frames (format.md F8).
 *
 * Only arithmetic and bytes; reading and writing are elsewhere.
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
#define TABLE_ENTRY_SIZE 11u /* key and leaf: an entry of the map's tree */
#define TABLE_ROW_MAX 24u
#define TABLE_PAGE_MAX (TABLE_PAGE_ROWS * TABLE_ROW_MAX + 8)
#define TABLE_LENGTH_MAX 0xffffffu

enum frame_type table_type(enum table_kind kind);
size_t table_width(enum table_kind kind);
/* The bytes that a TOP has for each block: the first key, and in a MAP the
 * root. */
size_t table_block_entry(enum table_kind kind);

uint64_t table_blocks(uint64_t rows);
uint64_t table_pages(uint64_t rows);
/* The length of a block's frame with this many rows, and of a whole table. */
uint64_t table_block_bytes(enum table_kind kind, uint64_t rows);
uint64_t table_bytes(enum table_kind kind, uint64_t rows);
/* The offset of page number `page` of a table that begins at `offset`, its
 * length with the sum, and its rows. */
uint64_t table_page_at(enum table_kind kind, uint64_t offset, uint64_t page);
size_t table_page_rows(uint64_t rows, uint64_t page);

/* F8.2: checks the sum after a page's rows. */
int table_check_page(enum table_kind kind, const uint8_t *page, size_t rows,
                     uint64_t offset, struct sheaf_error *err);
/* The pages in one block of a table of so many rows; and the offset of the
 * page roots of a MAP block, in a table that begins at `offset`. */
uint64_t table_block_pages(uint64_t rows, uint64_t block);
uint64_t table_page_roots_at(uint64_t offset, uint64_t rows, uint64_t block);
/* The root of a block of MAP, in the TOP's entries of the blocks. */
const uint8_t *table_block_root(const uint8_t *entries, uint64_t block);
void table_page_root(const uint8_t *rows, size_t count, uint8_t out[32]);

struct map_row {
    uint8_t key[TABLE_KEY_SIZE];
    uint64_t leaf;
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
void map_row_encode(const struct map_row *row, uint8_t *out);
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
    struct sheaf_buf block;   /* rows of the block that is not full */
    struct sheaf_buf entries; /* the TOP's entries of the blocks */
    uint8_t last[TABLE_ROW_MAX];
};
/* Adds a row; when a block is full, appends its frame to `out`. */
int table_add(struct table_builder *b, const uint8_t *row,
              struct sheaf_buf *out, struct sheaf_error *err);
/* Appends the last frame, unless nothing is left. */
int table_finish(struct table_builder *b, struct sheaf_buf *out,
                 struct sheaf_error *err);
void table_builder_free(struct table_builder *b);
/* The root over the roots of the blocks, in their TOP entries. */
void table_map_root(const uint8_t *entries, uint64_t rows, uint8_t out[32]);

#endif
