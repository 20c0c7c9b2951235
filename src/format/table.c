/*
 * table.c - sorted rows in pages, blocks and frames.
 */
#include "format/table.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "format/frame.h"
#include "base/hash.h"
#include "log/merkle.h"

static const uint8_t map_domain[16] = "sheaf/map/v0";

static const struct {
    enum frame_type type;
    uint8_t width;
    uint8_t block_entry;
} shapes[TABLE_KINDS] = {
    [TABLE_MAP] = { FRAME_MAP, 20, 38 },
    [TABLE_URL] = { FRAME_URL, 11, 6 },
    [TABLE_DIR] = { FRAME_DIR, 24, 6 },
};

enum frame_type
table_type(enum table_kind kind)
{
    return shapes[kind].type;
}

size_t
table_width(enum table_kind kind)
{
    return shapes[kind].width;
}

size_t
table_block_entry(enum table_kind kind)
{
    return shapes[kind].block_entry;
}

uint64_t
table_blocks(uint64_t rows)
{
    return rows / TABLE_BLOCK_ROWS + (rows % TABLE_BLOCK_ROWS != 0);
}

uint64_t
table_pages(uint64_t rows)
{
    return rows / TABLE_PAGE_ROWS + (rows % TABLE_PAGE_ROWS != 0);
}

uint64_t
table_block_bytes(enum table_kind kind, uint64_t rows)
{
    uint64_t page = 8 + (kind == TABLE_MAP ? 32u : 0u);

    return FRAME_HEAD_SIZE + FRAME_SUM_SIZE + rows * table_width(kind) +
           table_pages(rows) * page;
}

uint64_t
table_bytes(enum table_kind kind, uint64_t rows)
{
    uint64_t full = rows / TABLE_BLOCK_ROWS;
    uint64_t rest = rows % TABLE_BLOCK_ROWS;

    return full * table_block_bytes(kind, TABLE_BLOCK_ROWS) +
           (rest != 0 ? table_block_bytes(kind, rest) : 0);
}

uint64_t
table_page_at(enum table_kind kind, uint64_t offset, uint64_t page)
{
    const uint64_t per_block = TABLE_BLOCK_ROWS / TABLE_PAGE_ROWS;

    return offset +
           page / per_block * table_block_bytes(kind, TABLE_BLOCK_ROWS) +
           FRAME_HEAD_SIZE +
           page % per_block * (TABLE_PAGE_ROWS * table_width(kind) + 8);
}

uint64_t
table_block_pages(uint64_t rows, uint64_t block)
{
    return table_pages(min_u64(rows - block * TABLE_BLOCK_ROWS,
                               TABLE_BLOCK_ROWS));
}

uint64_t
table_page_roots_at(uint64_t offset, uint64_t rows, uint64_t block)
{
    uint64_t block_rows = min_u64(rows - block * TABLE_BLOCK_ROWS,
                                  TABLE_BLOCK_ROWS);

    return offset + block * table_block_bytes(TABLE_MAP, TABLE_BLOCK_ROWS) +
           table_block_bytes(TABLE_MAP, block_rows) - FRAME_SUM_SIZE -
           table_block_pages(rows, block) * 32;
}

const uint8_t *
table_block_root(const uint8_t *entries, uint64_t block)
{
    return entries + block * table_block_entry(TABLE_MAP) + TABLE_KEY_SIZE;
}

size_t
table_page_rows(uint64_t rows, uint64_t page)
{
    return (size_t)min_u64(rows - page * TABLE_PAGE_ROWS, TABLE_PAGE_ROWS);
}

int
table_check_page(enum table_kind kind, const uint8_t *page, size_t rows,
                 uint64_t offset, struct sheaf_error *err)
{
    size_t len = rows * table_width(kind);
    uint8_t sum[8];

    hash_check64(page, len, sum);
    if (memcmp(sum, page + len, 8) != 0)
        return fail_corrupt(err, offset, "F8.2",
                            "sum of a %s page does not match",
                            frame_name(table_type(kind)));
    return SHEAF_OK;
}

void
table_page_root(const uint8_t *rows, size_t count, uint8_t out[32])
{
    uint8_t entry[sizeof map_domain + TABLE_ENTRY_SIZE];
    uint8_t hashes[TABLE_PAGE_ROWS][32];

    assert(count >= 1 && count <= TABLE_PAGE_ROWS);
    memcpy(entry, map_domain, sizeof map_domain);
    for (size_t i = 0; i < count; i++) {
        memcpy(entry + sizeof map_domain, rows + i * table_width(TABLE_MAP),
               TABLE_ENTRY_SIZE);
        hash_leaf(entry, sizeof entry, hashes[i]);
    }
    merkle_root(hashes[0], count, out);
}

void
table_key(struct sheaf_bytes text, uint8_t key[TABLE_KEY_SIZE])
{
    uint8_t hash[32];

    hash_blake2b(text.data, text.len, hash);
    memcpy(key, hash, TABLE_KEY_SIZE);
}

void
map_row_encode(const struct map_row *row, uint8_t *out)
{
    memcpy(out, row->key, 6);
    put_be(out + 6, row->leaf, 5);
    put_be(out + 11, row->offset, 6);
    put_be(out + 17, row->length, 3);
}

void
map_row_decode(const uint8_t *in, struct map_row *out)
{
    memcpy(out->key, in, 6);
    out->leaf = get_be(in + 6, 5);
    out->offset = get_be(in + 11, 6);
    out->length = (uint32_t)get_be(in + 17, 3);
}

void
url_row_encode(const uint8_t key[TABLE_KEY_SIZE], uint64_t leaf, uint8_t *out)
{
    memcpy(out, key, TABLE_KEY_SIZE);
    put_be(out + TABLE_KEY_SIZE, leaf, 5);
}

uint64_t
url_row_leaf(const uint8_t *in)
{
    return get_be(in + TABLE_KEY_SIZE, 5);
}

void
dir_row_encode(const struct dir_row *row, uint8_t *out)
{
    put_be(out, row->first_leaf, 6);
    put_be(out + 6, row->offset, 6);
    put_be(out + 12, row->length, 4);
    put_be(out + 16, (uint32_t)row->first_day, 4);
    put_be(out + 20, (uint32_t)row->last_day, 4);
}

void
dir_row_decode(const uint8_t *in, struct dir_row *out)
{
    out->first_leaf = get_be(in, 6);
    out->offset = get_be(in + 6, 6);
    out->length = (uint32_t)get_be(in + 12, 4);
    out->first_day = (int32_t)get_be(in + 16, 4);
    out->last_day = (int32_t)get_be(in + 20, 4);
}

static int
emit_block(struct table_builder *b, struct sheaf_buf *out,
           struct sheaf_error *err)
{
    size_t width = table_width(b->kind);
    size_t count = b->block.len / width;
    size_t start = out->len;
    uint8_t roots[TABLE_BLOCK_ROWS / TABLE_PAGE_ROWS][32];
    uint8_t sum[8];
    size_t page = 0;
    bool good = frame_begin(out, table_type(b->kind)) &&
                buf_add(&b->entries, b->block.data, TABLE_KEY_SIZE);

    for (size_t row = 0; good && row < count; row += TABLE_PAGE_ROWS, page++) {
        const uint8_t *rows = b->block.data + row * width;
        size_t n = min_u64(count - row, TABLE_PAGE_ROWS);

        hash_check64(rows, n * width, sum);
        good = buf_add(out, rows, n * width) && buf_add(out, sum, 8);
        if (b->kind == TABLE_MAP)
            table_page_root(rows, n, roots[page]);
    }
    if (b->kind == TABLE_MAP) {
        uint8_t root[32];

        merkle_root(roots[0], page, root);
        good = good && buf_add(out, roots, page * 32) &&
               buf_add(&b->entries, root, 32);
    }
    b->block.len = 0;
    return good && frame_end(out, start) ? SHEAF_OK : fail_nomem(err);
}

int
table_add(struct table_builder *b, const uint8_t *row, struct sheaf_buf *out,
          struct sheaf_error *err)
{
    size_t width = table_width(b->kind);

    assert(b->rows == 0 || memcmp(b->last, row, width) < 0);
    if (!buf_add(&b->block, row, width))
        return fail_nomem(err);
    memcpy(b->last, row, width);
    b->rows++;
    return b->block.len == TABLE_BLOCK_ROWS * width ? emit_block(b, out, err)
                                                    : SHEAF_OK;
}

int
table_finish(struct table_builder *b, struct sheaf_buf *out,
             struct sheaf_error *err)
{
    return b->block.len != 0 ? emit_block(b, out, err) : SHEAF_OK;
}

void
table_builder_free(struct table_builder *b)
{
    sheaf_buf_free(&b->block);
    sheaf_buf_free(&b->entries);
}

void
table_map_root(const uint8_t *entries, uint64_t rows, uint8_t out[32])
{
    struct merkle_range range;
    uint64_t blocks = table_blocks(rows);
    const size_t width = table_block_entry(TABLE_MAP);

    /* Each block but the last is a perfect subtree of 2^14 entries. The
     * last is what is left, and hangs to the right of the others. */
    merkle_range_init(&range);
    for (uint64_t i = 0; i + 1 < blocks; i++)
        merkle_range_add(&range, entries + i * width + TABLE_KEY_SIZE);
    if (blocks != 0)
        merkle_range_add(&range,
                         entries + (blocks - 1) * width + TABLE_KEY_SIZE);
    merkle_range_root(&range, out);
}
