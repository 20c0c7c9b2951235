/*
 * Tables against spec F8: the computed positions of pages are compared with
 * what a builder writes, on both sides of each border; packed rows with bits
 * that are put together one by one; and a map's root with the plain tree over
 * all of its entries.
 */
#include "format/table.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "format/frame.h"
#include "base/hash.h"
#include "base/mem.h"
#include "log/merkle.h"
#include "tap.h"

#define AT UINT64_C(0x10000)

static const uint64_t counts[] = { 0,     1,     255,   256,   257,
                                   511,   513,   16383, 16384, 16385,
                                   32768, 32769, 40000 };

/* The row with this number: strictly increasing, also by its first 11 bytes.
 * Four in a row share a key, so that a block can begin within one. */
static void
row_of(enum table_kind kind, uint64_t n, uint8_t *out)
{
    struct map_row map = { .leaf = n * 3, .offset = 64 + n * n,
                           .length = 100 + (uint32_t)n % 777 };
    struct dir_row dir = { .first_leaf = n * 256, .offset = 64 + n * 1000,
                           .length = 900, .first_day = (int32_t)n,
                           .last_day = -(int32_t)n };
    uint8_t row[TABLE_ROW_MAX] = { 0 };

    put_be(map.key, n / 4 * (kind == TABLE_URL ? 5 << 20 : 1000003), 6);
    if (kind == TABLE_DIR)
        dir_row_encode(&dir, row);
    else
        map_row_encode(&map, row);
    memcpy(out, row, table_width(kind));
}

static void
build(enum table_kind kind, uint64_t rows, struct table_builder *b,
      struct sheaf_buf *out)
{
    uint8_t row[TABLE_ROW_MAX];

    *b = (struct table_builder){ .kind = kind };
    for (uint64_t n = 0; n < rows; n++) {
        row_of(kind, n, row);
        if (table_add(b, row, out, NULL) != SHEAF_OK)
            abort();
    }
    if (table_finish(b, out, NULL) != SHEAF_OK)
        abort();
}

/* ---- Rows ---------------------------------------------------------------- */

static void
test_rows(void)
{
    struct map_row map = { { 1, 2, 3, 4, 5, 6 }, 0x0a0b0c0d0e, false,
                           0x111213141516, 0x212223 };
    struct map_row largest = { { 255, 255, 255, 255, 255, 255 },
                               (UINT64_C(1) << 39) - 1, true,
                               (UINT64_C(1) << 48) - 1, TABLE_LENGTH_MAX };
    struct dir_row dir = { 0x010203040506, 0x111213141516, 0x21222324,
                           INT32_MIN, -2 };
    struct map_row map_back;
    struct dir_row dir_back;
    uint8_t row[TABLE_ROW_MAX + 1];
    uint8_t key[TABLE_KEY_SIZE];
    uint8_t hash[32];

    memset(row, 0xee, sizeof row);
    map_row_encode(&map, row);
    ok(memcmp(row, "\1\2\3\4\5\6\x14\x16\x18\x1a\x1c"
                   "\x11\x12\x13\x14\x15\x16\x21\x22\x23\xee", 21) == 0,
       "a MAP row of 20 bytes");
    map_row_decode(row, &map_back);
    ok(memcmp(map_back.key, map.key, 6) == 0 && map_back.leaf == map.leaf &&
           !map_back.redaction && map_back.offset == map.offset &&
           map_back.length == map.length,
       "is read back");
    map_row_encode(&largest, row);
    map_row_decode(row, &map_back);
    ok(row[0] == 255 && row[10] == 255 && row[19] == 255 &&
           map_back.leaf == largest.leaf && map_back.redaction &&
           map_back.offset == largest.offset &&
           map_back.length == largest.length,
       "the largest MAP row");

    memset(row, 0xee, sizeof row);
    dir_row_encode(&dir, row);
    ok(memcmp(row, "\1\2\3\4\5\6\x11\x12\x13\x14\x15\x16\x21\x22\x23\x24"
                   "\x80\0\0\0\xff\xff\xff\xfe\xee", 25) == 0,
       "a DIR row of 24 bytes");
    dir_row_decode(row, &dir_back);
    ok(dir_back.first_leaf == dir.first_leaf &&
           dir_back.offset == dir.offset && dir_back.length == dir.length &&
           dir_back.first_day == INT32_MIN && dir_back.last_day == -2,
       "is read back");

    hash_blake2b("an ID", 5, hash);
    table_key((struct sheaf_bytes){ (const uint8_t *)"an ID", 5 }, key);
    eq_mem(key, hash, 6, "a key is the start of a hash");
    table_url_key((struct sheaf_bytes){ (const uint8_t *)"an ID", 5 }, key);
    ok(memcmp(key, hash, 3) == 0 && key[3] == (hash[3] & 0xf0) &&
           key[4] == 0 && key[5] == 0,
       "one of a URL is its first 28 bits");
}

static void
test_shapes(void)
{
    static const struct {
        enum table_kind kind;
        const char *type;
        size_t width;
        size_t entry;
        size_t head;
    } rows[] = {
        { TABLE_MAP, "MAP", 20, 42, 6 },
        { TABLE_URL, "URL", 11, 6, 4 },
        { TABLE_DIR, "DIR", 24, 6, 0 },
    };
    const struct table_widths widest = { { 48, 40, 48, 24 } };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct top_table none = { 0 };

        eq_str(frame_name(table_type(rows[i].kind)), rows[i].type, "type");
        eq_int(table_width(rows[i].kind), rows[i].width, "%s: row",
               rows[i].type);
        eq_int(table_block_entry(rows[i].kind), rows[i].entry,
               "%s: entry in a top", rows[i].type);
        eq_int(table_head_bytes(rows[i].kind), rows[i].head, "%s: head",
               rows[i].type);
        eq_int(table_place_blocks(rows[i].kind, &none), 0,
               "%s: no rows, no bytes", rows[i].type);
    }
    eq_int(table_block_bytes(TABLE_MAP, &widest, 16384),
           20 + 6 + 64 * (6 + 256 * 20 + 8 + 32), "the largest block");
    eq_int(table_page_bytes(TABLE_URL, &(struct table_widths){ { 0 } }, 1),
           12, "a row without bits");
}

/* ---- Packing, bit by bit ------------------------------------------------- */

struct bits {
    uint8_t bytes[TABLE_PAGE_ROWS * TABLE_ROW_MAX];
    size_t count;
};

static void
add_bits(struct bits *b, unsigned n, uint64_t v)
{
    while (n-- > 0) {
        if (v >> n & 1)
            b->bytes[b->count / 8] |= (uint8_t)(0x80 >> b->count % 8);
        b->count++;
    }
}

/* A page of rows whose fields have so many bits; the keys go up. */
static void
make_page(enum table_kind kind, const struct table_widths *w, size_t count,
          uint8_t *rows)
{
    unsigned shift = kind == TABLE_URL ? 20 : 0;
    uint64_t key = 5;

    for (size_t n = 0; n < count; n++) {
        uint8_t *row = rows + n * table_width(kind);
        struct map_row r = { .leaf = n };
        uint64_t all[TABLE_FIELDS];

        for (unsigned i = 0; i < TABLE_FIELDS; i++)
            all[i] = (n % 3 == 0 ? UINT64_MAX : n * 77777777) &
                     ((UINT64_C(1) << w->bits[i]) - 1);
        key += n != 0 && n < 6 ? all[FIELD_GAP] >> (n == 3 ? 0 : 5) : 0;
        put_be(r.key, key << shift, 6);
        r.leaf = kind == TABLE_MAP ? all[FIELD_LEAF] >> 1 : all[FIELD_LEAF];
        r.redaction = (all[FIELD_LEAF] & 1) != 0;
        r.offset = all[FIELD_OFFSET];
        r.length = (uint32_t)all[FIELD_LENGTH];
        if (kind == TABLE_MAP)
            map_row_encode(&r, row);
        else
            url_row_encode(r.key, r.leaf, row);
    }
}

static void
test_packing(void)
{
    static const struct {
        enum table_kind kind;
        struct table_widths w;
        size_t count;
    } cases[] = {
        { TABLE_MAP, { { 0, 0, 0, 0 } }, 1 },
        { TABLE_MAP, { { 0, 1, 1, 1 } }, 1 },
        { TABLE_MAP, { { 46, 40, 48, 24 } }, 256 },
        { TABLE_MAP, { { 37, 14, 23, 13 } }, 256 },
        { TABLE_MAP, { { 7, 3, 9, 10 } }, 11 },
        { TABLE_MAP, { { 0, 40, 0, 0 } }, 100 },
        { TABLE_URL, { { 0, 0 } }, 1 },
        { TABLE_URL, { { 26, 40 } }, 256 },
        { TABLE_URL, { { 13, 5 } }, 77 },
    };

    for (size_t c = 0; c < COUNT_OF(cases); c++) {
        const enum table_kind kind = cases[c].kind;
        const size_t width = table_width(kind);
        const size_t key_bytes = kind == TABLE_URL ? 4 : 6;
        const unsigned shift = kind == TABLE_URL ? 20 : 0;
        uint8_t rows[TABLE_PAGE_ROWS * TABLE_ROW_MAX] = { 0 };
        uint8_t back[TABLE_PAGE_ROWS * TABLE_ROW_MAX];
        struct bits want = { .count = 0 };
        struct sheaf_buf page = { 0 };
        struct table_widths w;
        uint8_t key[8] = { 0 };
        uint64_t before = 0;
        size_t len;

        make_page(kind, &cases[c].w, cases[c].count, rows);
        w = table_widths_of(kind, rows, cases[c].count);
        eq_mem(w.bits, cases[c].w.bits, kind == TABLE_MAP ? 4 : 2,
               "case %zu: the least widths", c);
        for (size_t n = 0; n < cases[c].count; n++) {
            const uint8_t *row = rows + n * width;
            uint64_t k = get_be(row, 6) >> shift;

            add_bits(&want, w.bits[FIELD_GAP], n == 0 ? 0 : k - before);
            add_bits(&want, w.bits[FIELD_LEAF], get_be(row + 6, 5));
            if (kind == TABLE_MAP) {
                add_bits(&want, w.bits[FIELD_OFFSET], get_be(row + 11, 6));
                add_bits(&want, w.bits[FIELD_LENGTH], get_be(row + 17, 3));
            }
            before = k;
        }
        put_be(key, get_be(rows, 6) >> shift, (unsigned)key_bytes);
        ok(table_pack(kind, &w, rows, cases[c].count, &page), "packed");
        len = key_bytes + (want.count + 7) / 8 + 8;
        eq_int(page.len, len, "case %zu: its length", c);
        eq_int(table_page_bytes(kind, &w, cases[c].count), len,
               "case %zu: as computed", c);
        eq_mem(page.data, key, key_bytes, "case %zu: the first key", c);
        eq_mem(page.data + key_bytes, want.bytes, (want.count + 7) / 8,
               "case %zu: the bits", c);
        eq_int(table_unpack(kind, &w, page.data, cases[c].count, AT, back,
                            NULL), SHEAF_OK, "case %zu: unpacked", c);
        eq_mem(back, rows, cases[c].count * width, "case %zu: the rows", c);
        sheaf_buf_free(&page);
    }
}

/* A sum of gaps that leads beyond the largest key. */
static void
test_keys_too_large(void)
{
    static const struct {
        enum table_kind kind;
        uint8_t bits;
    } cases[] = { { TABLE_MAP, 48 }, { TABLE_URL, 28 } };

    for (size_t c = 0; c < COUNT_OF(cases); c++) {
        struct table_widths w = { { cases[c].bits } };
        uint8_t rows[TABLE_PAGE_ROWS * TABLE_ROW_MAX];
        struct sheaf_error err = { 0 };
        uint8_t page[2048];
        size_t len;

        for (size_t n = 1; n <= TABLE_PAGE_ROWS; n += 51) {
            len = table_page_bytes(cases[c].kind, &w, n);
            memset(page, 0xff, sizeof page);
            hash_check64(page, len - 8, page + len - 8);
            err = (struct sheaf_error){ 0 };
            eq_int(table_unpack(cases[c].kind, &w, page, n, AT, rows, &err),
                   SHEAF_ECORRUPT, "%zu rows with the largest gaps", n);
            eq_str(err.clause, "F8.7", "are refused");
        }
    }
}

static void
check_head(enum table_kind kind, const uint8_t *head, size_t len,
           const char *clause, const char *what)
{
    uint8_t body[4096] = { 0 };
    struct sheaf_error err = { 0 };
    struct table_widths w;
    size_t rows = 0;

    memcpy(body, head, table_head_bytes(kind) < len ? table_head_bytes(kind)
                                                    : len);
    eq_int(table_head(kind, (struct sheaf_bytes){ body, len }, AT, &w, &rows,
                      &err), clause[0] == '\0' ? SHEAF_OK : SHEAF_ECORRUPT,
           "%s: code", what);
    eq_str(err.clause, clause, "%s: clause", what);
}

static void
test_heads(void)
{
#define MAP_HEAD(...) TABLE_MAP, (const uint8_t[]){ __VA_ARGS__ }
#define URL_HEAD(...) TABLE_URL, (const uint8_t[]){ __VA_ARGS__ }
    check_head(MAP_HEAD(0, 1, 0, 0, 0, 0), 6 + 6 + 8 + 32, "", "one row");
    check_head(MAP_HEAD(0, 9, 0, 0, 0, 1), 6 + 6 + 2 + 8 + 32, "", "9 bits");
    check_head(MAP_HEAD(0, 9, 0, 0, 0, 1), 6 + 6 + 1 + 8 + 32, "F8.2",
               "a byte less");
    check_head(MAP_HEAD(0, 0, 0, 0, 0, 0), 6, "F8.2", "no rows");
    check_head(MAP_HEAD(0x40, 1, 0, 0, 0, 0), 6 + 64 * (6 + 8 + 32) + 46,
               "F8.2", "16385 rows");
    check_head(MAP_HEAD(0x40, 0, 0, 0, 0, 0), 6 + 64 * (6 + 8 + 32), "",
               "16384 rows");
    check_head(MAP_HEAD(0, 1, 48, 40, 48, 24), 6 + 6 + 20 + 8 + 32, "",
               "the largest widths");
    check_head(MAP_HEAD(0, 1, 49, 0, 0, 0), 100, "F8.7", "a gap of 49");
    check_head(MAP_HEAD(0, 1, 0, 41, 0, 0), 100, "F8.7", "a leaf of 41");
    check_head(MAP_HEAD(0, 1, 0, 0, 49, 0), 100, "F8.7", "an offset of 49");
    check_head(MAP_HEAD(0, 1, 0, 0, 0, 25), 100, "F8.7", "a length of 25");
    check_head(URL_HEAD(0, 1, 28, 40), 4 + 4 + 9 + 8, "", "a URL");
    check_head(URL_HEAD(0, 1, 29, 0), 100, "F8.7", "its gap of 29");
    check_head(URL_HEAD(0, 1, 0, 41), 100, "F8.7", "its leaf of 41");
    check_head(URL_HEAD(0, 1, 0, 0), 3, "F8.2", "cut off");
    check_head(TABLE_DIR, (const uint8_t[]){ 0 }, 24 + 8, "", "a DIR");
    check_head(TABLE_DIR, (const uint8_t[]){ 0 }, 8, "F8.2", "no rows");
    check_head(TABLE_DIR, (const uint8_t[]){ 0 }, 24 + 9, "F8.2",
               "a byte more");
}

/* ---- Arithmetic against bytes -------------------------------------------- */

static void
test_block(enum table_kind kind, const struct top_table *t,
           struct sheaf_bytes out, uint64_t block, uint64_t *at)
{
    const struct table_block *entry = &t->blocks[block];
    size_t rows = table_block_rows(t->rows, block);
    uint64_t len = table_block_bytes(kind, &entry->widths, rows);
    uint64_t pages = (rows + 255) / 256;
    const uint8_t *frame = out.data + *at;
    struct sheaf_bytes body = { NULL, 0 };
    struct table_widths w;
    uint8_t row[TABLE_ROW_MAX];
    size_t stated = 0;

    eq_int(entry->start, *at, "block %llu begins where the one before ends",
           (unsigned long long)block);
    if (len > out.len - *at) {
        ok(false, "%s of %llu: a block that is not there",
           frame_name(table_type(kind)), (unsigned long long)t->rows);
        return;
    }
    eq_int(frame_body((struct sheaf_bytes){ frame, len }, AT + *at,
                      table_type(kind), &body, NULL), SHEAF_OK,
           "%s of %llu rows: block %llu has that length",
           frame_name(table_type(kind)), (unsigned long long)t->rows,
           (unsigned long long)block);
    eq_int(table_head(kind, body, AT, &w, &stated, NULL), SHEAF_OK, "a head");
    ok(stated == rows && memcmp(&w, &entry->widths, sizeof w) == 0,
       "that says what the top says");
    row_of(kind, block * TABLE_BLOCK_ROWS, row);
    eq_mem(entry->key, row, TABLE_KEY_SIZE, "its first key");
    if (kind == TABLE_MAP)
        eq_int(table_page_roots_at(t, block),
               AT + *at + len - FRAME_SUM_SIZE - pages * 32, "its page roots");
    *at += len;
}

/* Whether all rows are on the pages, and in a MAP give the page roots. */
static bool
pages_good(enum table_kind kind, const struct top_table *t,
           struct sheaf_bytes out)
{
    uint64_t row = 0;

    for (uint64_t page = 0; page < table_pages(t->rows); page++) {
        const struct table_block *b = &t->blocks[page / 64];
        uint8_t rows[TABLE_PAGE_ROWS * TABLE_ROW_MAX], want[TABLE_ROW_MAX];
        size_t n = table_page_rows(t->rows, page), len;
        uint64_t place = table_page_at(kind, t, page, &len);
        uint8_t root[32];

        if (place - AT + len > out.len ||
            table_unpack(kind, &b->widths, out.data + (place - AT), n, place,
                         rows, NULL) != SHEAF_OK)
            return false;
        for (size_t i = 0; i < n; i++, row++) {
            row_of(kind, row, want);
            if (memcmp(rows + i * table_width(kind), want,
                       table_width(kind)) != 0)
                return false;
        }
        table_page_root(rows, n, root);
        if (kind == TABLE_MAP &&
            memcmp(out.data + (table_page_roots_at(t, page / 64) - AT) +
                       page % 64 * 32, root, 32) != 0)
            return false;
    }
    return row == t->rows;
}

static void
test_table(enum table_kind kind, uint64_t rows)
{
    struct table_builder b;
    struct top_table t = { .offset = AT };
    struct sheaf_buf out = { 0 };
    uint64_t at = 0;

    build(kind, rows, &b, &out);
    eq_int(b.rows, rows, "its rows");
    ok(table_builder_take(&b, &t) && t.rows == rows, "they are taken");
    for (uint64_t block = 0; block < table_blocks(rows); block++)
        test_block(kind, &t, buf_view(&out), block, &at);
    eq_int(at, out.len, "and nothing after them");
    eq_int(table_place_blocks(kind, &t), out.len, "%s of %llu rows: all bytes",
           frame_name(table_type(kind)), (unsigned long long)rows);
    eq_int(table_blocks(rows), (rows + 16383) / 16384, "its blocks");
    eq_int(table_pages(rows), (rows + 255) / 256, "its pages");
    ok(pages_good(kind, &t, buf_view(&out)),
       "%s of %llu rows: every row is where it should be",
       frame_name(table_type(kind)), (unsigned long long)rows);
    mem_free(t.blocks);
    table_builder_free(&b);
    sheaf_buf_free(&out);
}

static bool
same_entry(const struct table_block *a, const struct table_block *b)
{
    return a->start == b->start && memcmp(a->key, b->key, sizeof a->key) == 0 &&
           memcmp(a->root, b->root, sizeof a->root) == 0 &&
           memcmp(&a->widths, &b->widths, sizeof a->widths) == 0;
}

/* What a TOP has for a block, and back. */
static void
test_entries(void)
{
    struct table_block map = { 0, "\1\2\3\4\5\6", "a root of a block",
                               { { 48, 40, 48, 24 } } };
    struct table_block url = { 0, "\xff\xff\xff\xf0", "", { { 28, 40 } } };
    struct table_block back = { 0 };
    struct sheaf_buf out = { 0 };

    ok(table_block_put(TABLE_MAP, &map, &out) && out.len == 42 &&
           memcmp(out.data, "\1\2\3\4\5\6\x30\x28\x30\x18"
                            "a root of a block", 27) == 0,
       "an entry of MAP");
    ok(table_block_take(TABLE_MAP, out.data, &back) &&
           same_entry(&back, &map), "is read back");
    out.data[9]++;
    ok(!table_block_take(TABLE_MAP, out.data, &back), "a length of 25 bits");
    out.len = 0;
    back = (struct table_block){ 0 };
    ok(table_block_put(TABLE_URL, &url, &out) && out.len == 6 &&
           memcmp(out.data, "\x0f\xff\xff\xff\x1c\x28", 6) == 0,
       "an entry of URL");
    ok(table_block_take(TABLE_URL, out.data, &back) &&
           same_entry(&back, &url), "is read back");
    out.data[0]++;
    ok(!table_block_take(TABLE_URL, out.data, &back), "a key of 29 bits");
    sheaf_buf_free(&out);
}

/* ---- Roots --------------------------------------------------------------- */

/* What F8 says, without pages and blocks. */
static void
plain_root(uint64_t rows, uint8_t out[32])
{
    uint8_t *hashes = malloc(rows != 0 ? (size_t)rows * 32 : 1);
    uint8_t entry[16 + 11] = "sheaf/map/v1";
    uint8_t row[TABLE_ROW_MAX];

    if (hashes == NULL)
        abort();
    for (uint64_t n = 0; n < rows; n++) {
        row_of(TABLE_MAP, n, row);
        memcpy(entry + 16, row, 11);
        hash_leaf(entry, sizeof entry, hashes + n * 32);
    }
    merkle_root(hashes, rows, out);
    free(hashes);
}

static void
test_roots(void)
{
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct table_builder b;
        struct top_table t = { .rows = 0 };
        struct sheaf_buf out = { 0 };
        uint8_t want[32];
        uint8_t got[32];

        build(TABLE_MAP, counts[i], &b, &out);
        plain_root(counts[i], want);
        memset(got, 0, sizeof got);
        ok(table_builder_take(&b, &t), "taken");
        table_map_root(&t, got);
        mem_free(t.blocks);
        eq_mem(got, want, 32, "map root of %llu rows",
               (unsigned long long)counts[i]);
        table_builder_free(&b);
        sheaf_buf_free(&out);
    }
}

/* Offset and length of an article are no part of the map. */
static void
test_page_root(void)
{
    uint8_t rows[2 * 20];
    uint8_t first[32];
    uint8_t again[32];
    bool good = true;

    row_of(TABLE_MAP, 0, rows);
    row_of(TABLE_MAP, 1, rows + 20);
    table_page_root(rows, 2, first);
    for (size_t at = 0; at < sizeof rows; at++) {
        rows[at] ^= 1;
        table_page_root(rows, 2, again);
        good = good && (memcmp(first, again, 32) == 0) == (at % 20 >= 11);
        rows[at] ^= 1;
    }
    ok(good, "a page root is over key and leaf only");
}

/* ---- Damage -------------------------------------------------------------- */

static void
test_damaged(enum table_kind kind)
{
    uint8_t row[3 * TABLE_ROW_MAX], out[3 * TABLE_ROW_MAX];
    struct sheaf_buf page = { 0 };
    struct sheaf_error err = { 0 };
    struct table_widths w;
    bool good = true;

    for (size_t i = 0; i < 3; i++)
        row_of(kind, i * 5, row + i * table_width(kind));
    w = table_widths_of(kind, row, 3);
    if (!table_pack(kind, &w, row, 3, &page))
        abort();
    eq_int(table_unpack(kind, &w, page.data, 3, AT, out, &err), SHEAF_OK,
           "%s: a page", frame_name(table_type(kind)));
    eq_int(err.code, 0, "%s: no error on success",
           frame_name(table_type(kind)));
    for (size_t i = 0; i < 255 * page.len; i++) {
        page.data[i / 255] ^= (uint8_t)(i % 255 + 1);
        err = (struct sheaf_error){ 0 };
        good = good &&
               table_unpack(kind, &w, page.data, 3, AT, out, &err) ==
                   SHEAF_ECORRUPT &&
               strcmp(err.clause, "F8.2") == 0 && err.offset == AT;
        page.data[i / 255] ^= (uint8_t)(i % 255 + 1);
    }
    ok(good, "%s: every changed byte of a page breaks F8.2",
       frame_name(table_type(kind)));
    good = table_unpack(kind, &w, page.data, 2, AT, out, NULL) ==
               SHEAF_ECORRUPT &&
           table_unpack(kind, &w, page.data, 1, AT, out, NULL) ==
               SHEAF_ECORRUPT;
    ok(good, "%s: a page with fewer rows, too", frame_name(table_type(kind)));
    sheaf_buf_free(&page);
}

/* Each allocation fails in turn, over a block's border. */
static void
test_faults(void)
{
    long live = mem_live();
    long n;

    for (n = 0; n < 1000; n++) {
        struct table_builder b = { .kind = TABLE_MAP };
        struct sheaf_buf out = { 0 };
        struct sheaf_error err = { 0 };
        uint8_t row[TABLE_ROW_MAX];
        int rc = SHEAF_OK;

        mem_fail_after(n);
        for (uint64_t i = 0; rc == SHEAF_OK && i < 16500; i++) {
            row_of(TABLE_MAP, i, row);
            rc = table_add(&b, row, &out, &err);
        }
        if (rc == SHEAF_OK)
            rc = table_finish(&b, &out, &err);
        mem_fail_after(-1);
        table_builder_free(&b);
        sheaf_buf_free(&out);
        if (rc == SHEAF_OK)
            break;
        if (rc != SHEAF_ENOMEM || err.code != rc || mem_live() != live) {
            ok(false, "allocation %ld: fails with SHEAF_ENOMEM, no leak", n);
            break;
        }
    }
    ok(n > 10 && n < 1000, "%ld allocations can fail, and do no harm", n);
    eq_int(mem_live(), live, "all given back");
}

int
main(void)
{
    if (hash_start(NULL) != SHEAF_OK)
        abort();
    test_rows();
    test_shapes();
    test_packing();
    test_keys_too_large();
    test_heads();
    test_entries();
    for (enum table_kind kind = 0; kind < TABLE_KINDS; kind++) {
        for (size_t i = 0; i < COUNT_OF(counts); i++)
            test_table(kind, counts[i]);
        test_damaged(kind);
    }
    test_roots();
    test_page_root();
    test_faults();
    return tap_done();
}
