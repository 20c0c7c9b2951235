/*
 * Top and end records. An accepted record encodes to the same bytes.
 *
 * The roots in a top are corrected first. Otherwise a mutation would stop at
 * F11.2, and the code behind it would not be reached.
 */
#include "base/buf.h"
#include "base/cursor.h"
#include "format/frame.h"
#include "fuzz.h"
#include "base/hash.h"
#include "format/top.h"

#define OFFSET ((uint64_t)1 << 40)
#define ROOT_AT 8
#define FIXED 86     /* bytes before origin_len */
#define KEY_SIZE 16  /* bytes for each key change */
#define DICT_SIZE 28 /* and for each dictionary */

/* `count` nodes of a top, for top_root. */
static bool
take_nodes(struct cursor *c, struct top_node *nodes, size_t count)
{
    for (size_t i = 0; i < count && !c->bad; i++) {
        nodes[i].offset = cursor_u64(c);
        cursor_copy(c, nodes[i].root, 32);
    }
    return !c->bad;
}

static void
mend_run(struct cursor *c, uint64_t size)
{
    uint64_t first = cursor_u64(c);
    uint8_t *root;

    cursor_take(c, 8);
    root = (uint8_t *)(uintptr_t)cursor_take(c, 32);
    for (unsigned k = 0; k < TABLE_KINDS; k++) {
        const uint8_t *entries;
        uint64_t rows;

        cursor_take(c, 8);
        rows = cursor_u64(c);
        if (c->bad || table_blocks(rows) > cursor_left(c))
            return;
        entries = cursor_take(c, table_blocks(rows) * table_block_entry(k));
        if (k == TABLE_MAP && root != NULL && entries != NULL)
            table_map_root(entries, rows, root);
    }
    if (first > size / TILE_LEAVES * TILE_LEAVES)
        cursor_take(c, 8);
}

/* Roots as F11.2 wants them, as far as the body can be read at all. */
static void
mend(uint8_t *body, size_t len)
{
    struct cursor c = cursor_over(body, len);
    struct top *t = calloc(1, sizeof *t);
    unsigned runs;

    if (t == NULL)
        abort();
    t->size = cursor_u64(&c);
    cursor_take(&c, FIXED - 8);
    cursor_take(&c, cursor_u16(&c));
    cursor_take(&c, cursor_u32(&c));
    cursor_take(&c, (size_t)cursor_u8(&c) * KEY_SIZE);
    cursor_take(&c, (size_t)cursor_u16(&c) * DICT_SIZE);
    t->slab_count = cursor_u32(&c);
    if (!c.bad && t->slab_count <= cursor_left(&c) / 40 &&
        t->slab_count == t->size / SLAB_LEAVES) {
        t->slabs = calloc(t->slab_count + 1u, sizeof *t->slabs);
        if (t->slabs == NULL)
            abort();
        take_nodes(&c, t->slabs, t->slab_count);
        t->tile_count = cursor_u16(&c);
        if (t->tile_count == (t->size % SLAB_LEAVES + 255) / TILE_LEAVES &&
            take_nodes(&c, t->tiles, t->tile_count)) {
            top_root(t, body + ROOT_AT);
            runs = cursor_u8(&c);
            for (unsigned i = 0; i < runs && !c.bad; i++)
                mend_run(&c, t->size);
        }
        free(t->slabs);
    }
    free(t);
}

static void
check_top(struct sheaf_bytes body)
{
    struct sheaf_error err = { 0 };
    struct sheaf_buf out = { 0 };
    struct top *t = calloc(1, sizeof *t);
    int rc;

    if (t == NULL)
        abort();
    rc = top_decode(body, OFFSET, t, &err);
    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        free(t);
        return;
    }
    MUST_HOLD(top_encode(t, &out));
    MUST_HOLD(bytes_equal(body, buf_view(&out)));
    sheaf_buf_free(&out);
    top_free(t);
    free(t);
}

/* `frame` gets a head and a sum. */
static void
check_end(uint8_t frame[END_SIZE])
{
    struct sheaf_error err = { 0 };
    struct sheaf_buf out = { 0 };
    struct end end;
    int rc;

    memcpy(frame, FRAME_MAGIC, FRAME_MAGIC_SIZE);
    put_le32(frame + 4, END_SIZE - 8);
    memcpy(frame + 8, "END", 4);
    hash_check64(frame, END_SIZE - 8, frame + END_SIZE - 8);
    rc = end_decode(frame, get_be(frame + FRAME_HEAD_SIZE, 8), &end, &err);
    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        return;
    }
    MUST_HOLD(end_encode(&end, &out));
    MUST_HOLD(out.len == END_SIZE && memcmp(out.data, frame, END_SIZE) == 0);
    sheaf_buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = exact_copy(data, size);

    MUST_HOLD(hash_start(NULL) == SHEAF_OK);
    check_top((struct sheaf_bytes){ copy, size });
    mend(copy, size);
    check_top((struct sheaf_bytes){ copy, size });
    if (size >= END_SIZE)
        check_end(copy);
    free(copy);
    return 0;
}
