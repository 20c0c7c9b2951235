/*
 * Blocks of tables. The rows of an accepted page are the same after they were
 * packed with the least widths.
 */
#include "base/buf.h"
#include "base/cursor.h"
#include "base/hash.h"
#include "format/table.h"
#include "fuzz.h"

#define OFFSET ((uint64_t)1 << 40)

/* Gives the page its sum first. */
static void
check_page(enum table_kind kind, const struct table_widths *w, uint8_t *page,
           size_t count)
{
    size_t len = table_page_bytes(kind, w, count);
    uint8_t rows[TABLE_PAGE_ROWS * TABLE_ROW_MAX];
    uint8_t again[TABLE_PAGE_ROWS * TABLE_ROW_MAX];
    struct sheaf_error err = { 0 };
    struct sheaf_buf out = { 0 };
    struct table_widths least;
    int rc;

    hash_check64(page, len - 8, page + len - 8);
    rc = table_unpack(kind, w, page, count, OFFSET, rows, &err);
    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        return;
    }
    least = table_widths_of(kind, rows, count);
    for (unsigned i = 0; kind != TABLE_DIR && i < TABLE_FIELDS; i++)
        MUST_HOLD(least.bits[i] <= w->bits[i]);
    MUST_HOLD(table_pack(kind, &least, rows, count, &out));
    MUST_HOLD(out.len <= len);
    MUST_HOLD(table_unpack(kind, &least, out.data, count, OFFSET, again,
                           NULL) == SHEAF_OK);
    MUST_HOLD(memcmp(rows, again, count * table_width(kind)) == 0);
    sheaf_buf_free(&out);
}

static void
check_block(enum table_kind kind, struct sheaf_bytes body, uint8_t *bytes)
{
    struct sheaf_error err = { 0 };
    struct table_widths w;
    size_t rows;
    int rc = table_head(kind, body, OFFSET, &w, &rows, &err);
    uint8_t *page = bytes + table_head_bytes(kind);

    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        return;
    }
    for (size_t i = 0; i < rows; i += TABLE_PAGE_ROWS) {
        size_t n = min_u64(rows - i, TABLE_PAGE_ROWS);

        check_page(kind, &w, page, n);
        page += table_page_bytes(kind, &w, n);
    }
}

/* A block of the rows and widths that the input begins with, its bytes being
 * those of the input again and again. */
static void
check_made(enum table_kind kind, const uint8_t *data, size_t size)
{
    size_t head = table_head_bytes(kind);
    struct table_widths w = { { 0 } };
    size_t rows = 1 + get_be(data, 2) % 600;
    struct sheaf_buf block = { 0 };
    size_t len;

    for (unsigned i = 0; i + 2 < head; i++)
        w.bits[i] = data[2 + i] % 49;
    len = (size_t)table_block_bytes(kind, &w, rows) - FRAME_HEAD_SIZE -
          FRAME_SUM_SIZE;
    MUST_HOLD(buf_add_be(&block, rows, 2) &&
              buf_add(&block, w.bits, TABLE_FIELDS));
    block.len = head;
    while (block.len < len)
        MUST_HOLD(buf_add(&block, data, min_u64(size, len - block.len)));
    check_block(kind, buf_view(&block), block.data);
    sheaf_buf_free(&block);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = exact_copy(data, size);

    MUST_HOLD(hash_start(NULL) == SHEAF_OK);
    for (enum table_kind kind = 0; kind < TABLE_KINDS; kind++) {
        check_block(kind, (struct sheaf_bytes){ copy, size }, copy);
        memcpy(copy, data, size);
        if (size > 6)
            check_made(kind, copy, size);
    }
    free(copy);
    return 0;
}
