/*
 * Tables against spec F8: the computed positions of rows are compared with the
 * pages that a builder writes, on both sides of each border; and a map's root
 * with the plain tree over all of its entries.
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
    struct map_row map = { .leaf = n * 3, .offset = 64 + n, .length = 100 };
    struct dir_row dir = { .first_leaf = n * 256, .offset = 64 + n * 1000,
                           .length = 900, .first_day = (int32_t)n,
                           .last_day = -(int32_t)n };
    uint8_t row[TABLE_ROW_MAX] = { 0 };

    put_be(map.key, n / 4 * 1000003, 6);
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
    struct map_row map = { { 1, 2, 3, 4, 5, 6 }, 0x0a0b0c0d0e, 0x111213141516,
                           0x212223 };
    struct map_row largest = { { 255, 255, 255, 255, 255, 255 },
                               (UINT64_C(1) << 40) - 1,
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
    ok(memcmp(row, "\1\2\3\4\5\6\x0a\x0b\x0c\x0d\x0e"
                   "\x11\x12\x13\x14\x15\x16\x21\x22\x23\xee", 21) == 0,
       "a MAP row of 20 bytes");
    map_row_decode(row, &map_back);
    ok(memcmp(map_back.key, map.key, 6) == 0 && map_back.leaf == map.leaf &&
           map_back.offset == map.offset && map_back.length == map.length,
       "is read back");
    map_row_encode(&largest, row);
    map_row_decode(row, &map_back);
    ok(row[0] == 255 && row[19] == 255 && map_back.leaf == largest.leaf &&
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
}

static void
test_shapes(void)
{
    static const struct {
        enum table_kind kind;
        const char *type;
        size_t width;
        size_t entry;
    } rows[] = {
        { TABLE_MAP, "MAP", 20, 38 },
        { TABLE_URL, "URL", 11, 6 },
        { TABLE_DIR, "DIR", 24, 6 },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        eq_str(frame_name(table_type(rows[i].kind)), rows[i].type, "type");
        eq_int(table_width(rows[i].kind), rows[i].width, "%s: row",
               rows[i].type);
        eq_int(table_block_entry(rows[i].kind), rows[i].entry,
               "%s: entry in a top", rows[i].type);
        eq_int(table_bytes(rows[i].kind, 0), 0, "%s: no rows, no bytes",
               rows[i].type);
    }
    ok(table_bytes(TABLE_MAP, UINT64_C(1) << 40) ==
           (UINT64_C(1) << 26) * (20 + 16384 * 20 + 64 * 40),
       "as many rows as there can be leaves");
}

/* ---- Arithmetic against bytes -------------------------------------------- */

static void
test_block(enum table_kind kind, const struct table_builder *b,
           struct sheaf_bytes out, uint64_t rows, uint64_t block,
           uint64_t *at)
{
    uint64_t n = min_u64(rows - block * TABLE_BLOCK_ROWS, TABLE_BLOCK_ROWS);
    uint64_t len = table_block_bytes(kind, n);
    uint64_t pages = (n + 255) / 256;
    const uint8_t *frame = out.data + *at;
    const uint8_t *entry = b->entries.data + block * table_block_entry(kind);
    struct sheaf_bytes body = { NULL, 0 };
    uint8_t row[TABLE_ROW_MAX];
    bool good = true;

    if (len > out.len - *at) {
        ok(false, "%s of %llu: a block that is not there",
           frame_name(table_type(kind)), (unsigned long long)rows);
        return;
    }
    eq_int(frame_body((struct sheaf_bytes){ frame, len }, AT + *at,
                      table_type(kind), &body, NULL), SHEAF_OK,
           "%s of %llu rows: block %llu has that length",
           frame_name(table_type(kind)), (unsigned long long)rows,
           (unsigned long long)block);
    row_of(kind, block * TABLE_BLOCK_ROWS, row);
    good = memcmp(entry, row, TABLE_KEY_SIZE) == 0;
    for (uint64_t p = 0; kind == TABLE_MAP && p < pages; p++) {
        uint64_t page = block * 64 + p;
        uint8_t root[32];

        table_page_root(out.data + table_page_at(kind, 0, page),
                        table_page_rows(rows, page), root);
        good = good && memcmp(frame + len - FRAME_SUM_SIZE - (pages - p) * 32,
                              root, 32) == 0;
    }
    ok(good, "%s of %llu rows: block %llu has its key and page roots",
       frame_name(table_type(kind)), (unsigned long long)rows,
       (unsigned long long)block);
    *at += len;
}

static void
test_table(enum table_kind kind, uint64_t rows)
{
    struct table_builder b;
    struct sheaf_buf out = { 0 };
    uint64_t at = 0;
    uint64_t row = 0;
    bool good = true;

    build(kind, rows, &b, &out);
    eq_int(out.len, table_bytes(kind, rows), "%s of %llu rows: all bytes",
           frame_name(table_type(kind)), (unsigned long long)rows);
    eq_int(b.entries.len, table_blocks(rows) * table_block_entry(kind),
           "%s of %llu rows: entries for the top", frame_name(table_type(kind)),
           (unsigned long long)rows);
    eq_int(table_blocks(rows), (rows + 16383) / 16384, "its blocks");
    eq_int(table_pages(rows), (rows + 255) / 256, "its pages");
    eq_int(b.rows, rows, "its rows");
    for (uint64_t block = 0; block < table_blocks(rows); block++)
        test_block(kind, &b, buf_view(&out), rows, block, &at);
    eq_int(at, out.len, "and nothing after them");

    for (uint64_t page = 0; page < table_pages(rows); page++) {
        uint64_t place = table_page_at(kind, AT, page);
        size_t n = table_page_rows(rows, page);
        const uint8_t *bytes = out.data + (place - AT);

        if (place - AT + n * table_width(kind) + 8 > out.len) {
            good = false;
            break;
        }
        good = good && table_check_page(kind, bytes, n, place, NULL) ==
                           SHEAF_OK;
        for (size_t i = 0; i < n; i++, row++) {
            uint8_t want[TABLE_ROW_MAX];

            row_of(kind, row, want);
            good = good && memcmp(bytes + i * table_width(kind), want,
                                  table_width(kind)) == 0;
        }
    }
    ok(good && row == rows, "%s of %llu rows: every row is where it should be",
       frame_name(table_type(kind)), (unsigned long long)rows);
    table_builder_free(&b);
    sheaf_buf_free(&out);
}

/* ---- Roots --------------------------------------------------------------- */

/* What F8 says, without pages and blocks. */
static void
plain_root(uint64_t rows, uint8_t out[32])
{
    uint8_t *hashes = malloc(rows != 0 ? (size_t)rows * 32 : 1);
    uint8_t entry[16 + 11] = "sheaf/map/v0";
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
        struct sheaf_buf out = { 0 };
        uint8_t want[32];
        uint8_t got[32];

        build(TABLE_MAP, counts[i], &b, &out);
        plain_root(counts[i], want);
        memset(got, 0, sizeof got);
        table_map_root(b.entries.data, counts[i], got);
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
    struct table_builder b;
    struct sheaf_buf out = { 0 };
    struct sheaf_error err = { 0 };
    size_t len = 3 * table_width(kind) + 8;
    uint8_t *page = malloc(len);
    bool good = true;

    if (page == NULL)
        abort();
    build(kind, 3, &b, &out);
    memcpy(page, out.data + FRAME_HEAD_SIZE, len);
    eq_int(table_check_page(kind, page, 3, AT, &err), SHEAF_OK, "%s: a page",
           frame_name(table_type(kind)));
    eq_int(err.code, 0, "%s: no error on success",
           frame_name(table_type(kind)));
    for (size_t i = 0; i < 255 * len; i++) {
        page[i / 255] ^= (uint8_t)(i % 255 + 1);
        err = (struct sheaf_error){ 0 };
        good = good &&
               table_check_page(kind, page, 3, AT, &err) == SHEAF_ECORRUPT &&
               strcmp(err.clause, "F8.2") == 0 && err.offset == AT;
        page[i / 255] ^= (uint8_t)(i % 255 + 1);
    }
    ok(good, "%s: every changed byte of a page breaks F8.2",
       frame_name(table_type(kind)));
    good = table_check_page(kind, page, 2, AT, NULL) == SHEAF_ECORRUPT &&
           table_check_page(kind, page, 1, AT, NULL) == SHEAF_ECORRUPT;
    ok(good, "%s: a page with fewer rows, too", frame_name(table_type(kind)));
    free(page);
    table_builder_free(&b);
    sheaf_buf_free(&out);
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
