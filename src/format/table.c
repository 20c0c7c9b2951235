/*
 * table.c - sorted rows in pages, blocks and frames.
 */
#include "format/table.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "format/frame.h"
#include "log/merkle.h"

#define SUM_SIZE 8u
#define ROOT_SIZE 32u
#define PAGES_IN_BLOCK (TABLE_BLOCK_ROWS / TABLE_PAGE_ROWS)

static const uint8_t map_domain[16] = "sheaf/map/v1";

/* The key of a page's first row, and a TOP's of a block, is a number of so
 * many bits in so many bytes. A DIR is not packed and has no head. */
static const struct {
    enum frame_type type;
    uint8_t width; /* of a row that is not packed */
    uint8_t key_bytes;
    uint8_t key_bits;
    uint8_t fields;
    uint8_t root;
} shapes[TABLE_KINDS] = {
    [TABLE_MAP] = { FRAME_MAP, 20, 6, 48, TABLE_FIELDS, ROOT_SIZE },
    [TABLE_URL] = { FRAME_URL, 11, 4, TABLE_URL_BITS, 2, 0 },
    [TABLE_DIR] = { FRAME_DIR, 24, 6, 48, 0, 0 },
};

/* Where the fields of a row are when it is not packed. */
static const struct {
    uint8_t at;
    uint8_t bytes;
    uint8_t bits_max; /* of a gap: those of a key */
} fields[TABLE_FIELDS] = {
    [FIELD_GAP] = { 0, 6, 48 },
    [FIELD_LEAF] = { 6, 5, 40 },
    [FIELD_OFFSET] = { 11, 6, 48 },
    [FIELD_LENGTH] = { 17, 3, 24 },
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

/* ---- Rows, pages, blocks ------------------------------------------------- */

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

size_t
table_block_rows(uint64_t rows, uint64_t block)
{
    return (size_t)min_u64(rows - block * TABLE_BLOCK_ROWS, TABLE_BLOCK_ROWS);
}

size_t
table_page_rows(uint64_t rows, uint64_t page)
{
    return (size_t)min_u64(rows - page * TABLE_PAGE_ROWS, TABLE_PAGE_ROWS);
}

uint64_t
table_block_pages(uint64_t rows, uint64_t block)
{
    return table_pages(table_block_rows(rows, block));
}

/* ---- Bytes --------------------------------------------------------------- */

/* The bits of a packed row. */
static unsigned
row_bits(enum table_kind kind, const struct table_widths *w)
{
    unsigned bits = 0;

    for (unsigned i = 0; i < shapes[kind].fields; i++)
        bits += w->bits[i];
    return bits;
}

size_t
table_head_bytes(enum table_kind kind)
{
    return shapes[kind].fields != 0 ? 2u + shapes[kind].fields : 0;
}

size_t
table_page_bytes(enum table_kind kind, const struct table_widths *w,
                 size_t rows)
{
    if (shapes[kind].fields == 0)
        return rows * table_width(kind) + SUM_SIZE;
    return shapes[kind].key_bytes + (rows * row_bits(kind, w) + 7) / 8 +
           SUM_SIZE;
}

uint64_t
table_block_bytes(enum table_kind kind, const struct table_widths *w,
                  size_t rows)
{
    size_t rest = rows % TABLE_PAGE_ROWS;

    return FRAME_HEAD_SIZE + FRAME_SUM_SIZE + table_head_bytes(kind) +
           rows / TABLE_PAGE_ROWS *
               table_page_bytes(kind, w, TABLE_PAGE_ROWS) +
           (rest != 0 ? table_page_bytes(kind, w, rest) : 0) +
           table_pages(rows) * shapes[kind].root;
}

uint64_t
table_place_blocks(enum table_kind kind, struct top_table *t)
{
    uint64_t at = 0;

    for (uint64_t i = 0; i < table_blocks(t->rows); i++) {
        t->blocks[i].start = at;
        at += table_block_bytes(kind, &t->blocks[i].widths,
                                table_block_rows(t->rows, i));
    }
    return at;
}

uint64_t
table_page_at(enum table_kind kind, const struct top_table *t, uint64_t page,
              size_t *len)
{
    const struct table_block *b = &t->blocks[page / PAGES_IN_BLOCK];

    *len = table_page_bytes(kind, &b->widths, table_page_rows(t->rows, page));
    return t->offset + b->start + FRAME_HEAD_SIZE + table_head_bytes(kind) +
           page % PAGES_IN_BLOCK *
               table_page_bytes(kind, &b->widths, TABLE_PAGE_ROWS);
}

uint64_t
table_page_roots_at(const struct top_table *t, uint64_t block)
{
    const struct table_block *b = &t->blocks[block];

    return t->offset + b->start +
           table_block_bytes(TABLE_MAP, &b->widths,
                             table_block_rows(t->rows, block)) -
           FRAME_SUM_SIZE - table_block_pages(t->rows, block) * ROOT_SIZE;
}

/* ---- Widths -------------------------------------------------------------- */

static bool
widths_possible(enum table_kind kind, const struct table_widths *w)
{
    for (unsigned i = 0; i < shapes[kind].fields; i++)
        if (w->bits[i] > fields[i].bits_max)
            return false;
    return shapes[kind].fields == 0 ||
           w->bits[FIELD_GAP] <= shapes[kind].key_bits;
}

size_t
table_block_entry(enum table_kind kind)
{
    return (size_t)shapes[kind].key_bytes + shapes[kind].fields +
           shapes[kind].root;
}

/* A key as it is stored is the number that its bits are. */
static uint64_t
key_number(enum table_kind kind, const uint8_t *key)
{
    return get_be(key, TABLE_KEY_SIZE) >> (48 - shapes[kind].key_bits);
}

static void
put_key(enum table_kind kind, uint64_t number, uint8_t *key)
{
    put_be(key, number << (48 - shapes[kind].key_bits), TABLE_KEY_SIZE);
}

bool
table_block_put(enum table_kind kind, const struct table_block *b,
                struct sheaf_buf *out)
{
    return buf_add_be(out, key_number(kind, b->key), shapes[kind].key_bytes) &&
           buf_add(out, b->widths.bits, shapes[kind].fields) &&
           buf_add(out, b->root, shapes[kind].root);
}

bool
table_block_take(enum table_kind kind, const uint8_t *entry,
                 struct table_block *b)
{
    uint64_t key = get_be(entry, shapes[kind].key_bytes);

    entry += shapes[kind].key_bytes;
    memcpy(b->widths.bits, entry, shapes[kind].fields);
    memcpy(b->root, entry + shapes[kind].fields, shapes[kind].root);
    put_key(kind, key, b->key);
    return key >> shapes[kind].key_bits == 0 &&
           widths_possible(kind, &b->widths);
}

int
table_head(enum table_kind kind, struct sheaf_bytes body, uint64_t offset,
           struct table_widths *w, size_t *rows, struct sheaf_error *err)
{
    struct cursor c = cursor_over(body.data, body.len);

    memset(w, 0, sizeof *w);
    if (shapes[kind].fields == 0) {
        size_t page = TABLE_PAGE_ROWS * table_width(kind) + SUM_SIZE;
        size_t rest = body.len % page;

        *rows = body.len / page * TABLE_PAGE_ROWS +
                (rest > SUM_SIZE ? (rest - SUM_SIZE) / table_width(kind) : 0);
    } else {
        *rows = cursor_u16(&c);
        cursor_copy(&c, w->bits, shapes[kind].fields);
        if (!widths_possible(kind, w))
            return fail_corrupt(err, offset, "F8.7",
                                "a width of the %s block is impossible",
                                frame_name(table_type(kind)));
    }
    if (c.bad || *rows == 0 || *rows > TABLE_BLOCK_ROWS ||
        table_block_bytes(kind, w, *rows) !=
            body.len + FRAME_HEAD_SIZE + FRAME_SUM_SIZE)
        return fail_corrupt(err, offset, "F8.2",
                            "block has an impossible length");
    return SHEAF_OK;
}

/* ---- Packing ------------------------------------------------------------- */

static unsigned
bits_of(uint64_t v)
{
    return v != 0 ? 64 - (unsigned)__builtin_clzll(v) : 0;
}

/* Field number `i` of row number `n` of a page. */
static uint64_t
field_of(enum table_kind kind, const uint8_t *page, size_t n, unsigned i)
{
    const uint8_t *row = page + n * table_width(kind);

    if (i != FIELD_GAP)
        return get_be(row + fields[i].at, fields[i].bytes);
    return n == 0 ? 0
                  : key_number(kind, row) -
                        key_number(kind, row - table_width(kind));
}

struct table_widths
table_widths_of(enum table_kind kind, const uint8_t *rows, size_t count)
{
    struct table_widths w = { { 0 } };
    size_t width = table_width(kind);

    for (size_t n = 0; n < count; n++)
        for (unsigned i = 0; i < shapes[kind].fields; i++) {
            size_t in_page = n % TABLE_PAGE_ROWS;
            uint64_t v = field_of(kind, rows + (n - in_page) * width, in_page,
                                  i);

            w.bits[i] = (uint8_t)max_u64(w.bits[i], bits_of(v));
        }
    return w;
}

/* Writes the `bits` bits of v that begin at bit `at`, where there are zeros. */
static void
put_bits(uint8_t *out, size_t at, unsigned bits, uint64_t v)
{
    while (bits != 0) {
        unsigned room = 8 - at % 8;
        unsigned n = bits < room ? bits : room;
        unsigned part = (unsigned)(v >> (bits - n)) & ((1u << n) - 1);

        out[at / 8] |= (uint8_t)(part << (room - n));
        at += n;
        bits -= n;
    }
}

/* The same back. A page is followed by its sum, so that 8 bytes are there from
 * the first one on. */
static uint64_t
get_bits(const uint8_t *in, size_t at, unsigned bits)
{
    uint64_t word;

    if (bits == 0)
        return 0;
    in += at / 8;
    word = (uint64_t)in[0] << 56 | (uint64_t)in[1] << 48 |
           (uint64_t)in[2] << 40 | (uint64_t)in[3] << 32 |
           (uint64_t)in[4] << 24 | (uint64_t)in[5] << 16 |
           (uint64_t)in[6] << 8 | in[7];
    return word << at % 8 >> (64 - bits);
}

bool
table_pack(enum table_kind kind, const struct table_widths *w,
           const uint8_t *rows, size_t count, struct sheaf_buf *out)
{
    size_t start = out->len;
    size_t len = table_page_bytes(kind, w, count);
    size_t bit = 0;
    uint8_t *page;

    if (!buf_resize(out, start + len))
        return false;
    page = out->data + start;
    memset(page, 0, len);
    if (shapes[kind].fields == 0)
        memcpy(page, rows, len - SUM_SIZE);
    else
        put_be(page, key_number(kind, rows), shapes[kind].key_bytes);
    for (size_t n = 0; n < count; n++)
        for (unsigned i = 0; i < shapes[kind].fields; i++) {
            put_bits(page + shapes[kind].key_bytes, bit, w->bits[i],
                     field_of(kind, rows, n, i));
            bit += w->bits[i];
        }
    hash_check64(page, len - SUM_SIZE, page + len - SUM_SIZE);
    return true;
}

/* The fields of one row; `bits` is the page's. */
static void
unpack_row(enum table_kind kind, const struct table_widths *w,
           const uint8_t *bits, size_t at, uint64_t key, uint8_t *row)
{
    at += w->bits[FIELD_GAP];
    put_key(kind, key, row);
    for (unsigned i = FIELD_LEAF; i < shapes[kind].fields; i++) {
        put_be(row + fields[i].at, get_bits(bits, at, w->bits[i]),
               fields[i].bytes);
        at += w->bits[i];
    }
}

int
table_unpack(enum table_kind kind, const struct table_widths *w,
             const uint8_t *page, size_t rows, uint64_t offset, uint8_t *out,
             struct sheaf_error *err)
{
    size_t len = table_page_bytes(kind, w, rows) - SUM_SIZE;
    const uint8_t *bits = page + shapes[kind].key_bytes;
    unsigned step = row_bits(kind, w);
    uint8_t sum[SUM_SIZE];
    uint64_t key;

    hash_check64(page, len, sum);
    if (memcmp(sum, page + len, SUM_SIZE) != 0)
        return fail_corrupt(err, offset, "F8.2",
                            "sum of a %s page does not match",
                            frame_name(table_type(kind)));
    if (shapes[kind].fields == 0) {
        memcpy(out, page, len);
        return SHEAF_OK;
    }
    /* No sum overflows: 256 gaps are below 2^56. */
    key = get_be(page, shapes[kind].key_bytes);
    for (size_t n = 0; n < rows; n++) {
        key += get_bits(bits, n * step, w->bits[FIELD_GAP]);
        if (key >> shapes[kind].key_bits != 0)
            return fail_corrupt(err, offset, "F8.7",
                                "a key of a %s page is too large",
                                frame_name(table_type(kind)));
        unpack_row(kind, w, bits, n * step, key, out);
        out += table_width(kind);
    }
    return SHEAF_OK;
}

/* ---- Rows ---------------------------------------------------------------- */

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
table_url_key(struct sheaf_bytes url, uint8_t key[TABLE_KEY_SIZE])
{
    table_key(url, key);
    put_key(TABLE_URL, key_number(TABLE_URL, key), key);
}

void
map_row_encode(const struct map_row *row, uint8_t *out)
{
    memcpy(out, row->key, 6);
    put_be(out + 6, row->leaf << 1 | row->redaction, 5);
    put_be(out + 11, row->offset, 6);
    put_be(out + 17, row->length, 3);
}

uint64_t
map_row_leaf(const uint8_t *row, bool *redaction)
{
    uint64_t both = get_be(row + TABLE_KEY_SIZE, 5);

    *redaction = (both & 1) != 0;
    return both >> 1;
}

void
map_row_decode(const uint8_t *in, struct map_row *out)
{
    memcpy(out->key, in, 6);
    out->leaf = map_row_leaf(in, &out->redaction);
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

/* ---- Building ------------------------------------------------------------ */

/* Appends the pages of a block, and in a MAP their roots; sets the block's
 * root. */
static bool
add_pages(const struct table_builder *b, size_t count,
          struct table_block *block, struct sheaf_buf *out)
{
    size_t width = table_width(b->kind);
    uint8_t roots[PAGES_IN_BLOCK][32];
    size_t page = 0;
    bool good = true;

    assert(count >= 1);
    for (size_t row = 0; good && row < count; row += TABLE_PAGE_ROWS, page++) {
        const uint8_t *rows = b->block.data + row * width;
        size_t n = (size_t)min_u64(count - row, TABLE_PAGE_ROWS);

        good = table_pack(b->kind, &block->widths, rows, n, out);
        if (b->kind == TABLE_MAP)
            table_page_root(rows, n, roots[page]);
    }
    if (!good || b->kind != TABLE_MAP)
        return good;
    merkle_root(roots[0], page, block->root);
    return buf_add(out, roots, page * ROOT_SIZE);
}

static int
emit_block(struct table_builder *b, struct sheaf_buf *out,
           struct sheaf_error *err)
{
    size_t count = b->block.len / table_width(b->kind);
    size_t start = out->len;
    size_t number = (size_t)table_blocks(b->rows) - 1;
    struct table_block block = { .start = b->bytes };
    bool good = frame_begin(out, table_type(b->kind));

    block.widths = table_widths_of(b->kind, b->block.data, count);
    memcpy(block.key, b->block.data, TABLE_KEY_SIZE);
    if (good && shapes[b->kind].fields != 0)
        good = buf_add_be(out, count, 2) &&
               buf_add(out, block.widths.bits, shapes[b->kind].fields);
    good = good && add_pages(b, count, &block, out) && frame_end(out, start) &&
           mem_grow(&b->blocks, &b->room, number + 1, sizeof *b->blocks);
    b->block.len = 0;
    if (!good)
        return fail_nomem(err);
    b->bytes += out->len - start;
    b->blocks[number] = block;
    return SHEAF_OK;
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

bool
table_builder_take(struct table_builder *b, struct top_table *out)
{
    if (b->blocks == NULL && (b->blocks = mem_new(0, 1)) == NULL)
        return false;
    out->rows = b->rows;
    out->blocks = b->blocks;
    b->blocks = NULL;
    return true;
}

void
table_builder_free(struct table_builder *b)
{
    sheaf_buf_free(&b->block);
    mem_free(b->blocks);
    b->blocks = NULL;
}

void
table_map_root(const struct top_table *t, uint8_t out[32])
{
    struct merkle_range range;
    uint64_t blocks = table_blocks(t->rows);

    /* Each block but the last is a perfect subtree of 2^14 entries. The
     * last is what is left, and hangs to the right of the others. */
    merkle_range_init(&range);
    for (uint64_t i = 0; i < blocks; i++)
        merkle_range_add(&range, t->blocks[i].root);
    merkle_range_root(&range, out);
}
