/*
 * relocate.c - moves the offsets in an archive along with its frames.
 */
#include "relocate.h"

#include <string.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "format/codec.h"
#include "format/frame.h"
#include "format/table.h"
#include "format/top.h"
#include "reseal.h"

#define DIR_ROW 24

struct move {
    uint64_t at;
    int64_t by;
};

static uint64_t
moved(const struct move *m, uint64_t offset)
{
    uint64_t from = m->by < 0 ? m->at - (uint64_t)m->by : m->at;

    return offset >= from ? offset + (uint64_t)m->by : offset;
}

static void
move_field(const struct move *m, uint8_t *field, unsigned width)
{
    put_be(field, moved(m, get_be(field, width)), width);
}

static void
move_row(void *arg, uint8_t *row)
{
    move_field(arg, row + TABLE_ENTRY_SIZE, 6);
}

/* Rows in pages, each with its sum. */
static void
move_dir(const struct move *m, uint8_t *body, size_t len)
{
    const size_t page = TABLE_PAGE_ROWS * DIR_ROW;

    for (size_t at = 0; at + DIR_ROW <= len; at += DIR_ROW) {
        if (at % (page + FRAME_SUM_SIZE) == page)
            at += FRAME_SUM_SIZE;
        if (at + DIR_ROW + FRAME_SUM_SIZE <= len)
            move_field(m, body + at + 6, 6);
    }
}

static void
move_top(const struct move *m, uint8_t *body, size_t len)
{
    struct sheaf_buf out = { 0 };
    struct top t = { 0 };

    if (top_decode(sheaf_view(body, len), UINT64_MAX, NULL, &t, NULL) !=
        SHEAF_OK)
        return;
    t.seal = moved(m, t.seal);
    for (uint32_t i = 0; i < t.key_count; i++)
        t.keys[i].offset = moved(m, t.keys[i].offset);
    for (uint32_t i = 0; i < t.dict_count; i++) {
        t.dicts[i].offset = moved(m, t.dicts[i].offset);
        t.dicts[i].par = moved(m, t.dicts[i].par);
    }
    for (uint32_t i = 0; i < t.slab_count; i++)
        t.slabs[i].offset = moved(m, t.slabs[i].offset);
    for (uint32_t i = 0; i < t.tile_count; i++)
        t.tiles[i].offset = moved(m, t.tiles[i].offset);
    for (uint32_t i = 0; i < t.run_count; i++) {
        t.runs[i].piece = moved(m, t.runs[i].piece);
        for (unsigned k = 0; k < TABLE_KINDS; k++)
            t.runs[i].tables[k].offset = moved(m, t.runs[i].tables[k].offset);
    }
    if (top_encode(&t, NULL, &out) && out.len == len)
        memcpy(body, out.data, len);
    sheaf_buf_free(&out);
    top_free(&t);
}

static void
move_end(const struct move *m, uint8_t *body)
{
    static const uint8_t fields[] = { 0, 8, 60, 68 };
    uint64_t start = get_be(body + 52, 8);

    for (size_t i = 0; i < sizeof fields; i++)
        move_field(m, body + fields[i], 8);
    /* What was put in where a generation begins is its first frame. */
    if (start != m->at)
        move_field(m, body + 52, 8);
}

static void
move_frame(const struct move *m, uint8_t *frame, size_t len)
{
    uint8_t *body = frame + FRAME_HEAD_SIZE;
    size_t body_len = len - FRAME_HEAD_SIZE - FRAME_SUM_SIZE;

    switch (frame_type_at(frame, len)) {
    case FRAME_END:
        if (len == END_SIZE)
            move_end(m, body);
        break;
    case FRAME_TOP: move_top(m, body, body_len); break;
    case FRAME_DIR: move_dir(m, body, body_len); break;
    case FRAME_GRP:
        if (body_len >= 30) {
            move_field(m, body, 8);
            move_field(m, body + 22, 8);
        }
        break;
    case FRAME_PAR:
    case FRAME_REV:
        if (body_len >= 8)
            move_field(m, body, 8);
        break;
    default: break;
    }
}

void
relocate(uint8_t *data, size_t len, uint64_t at, int64_t by)
{
    struct move m = { at, by };
    size_t next = (size_t)at;

    while (next + FRAME_HEAD_SIZE + FRAME_SUM_SIZE <= len) {
        uint64_t n = (uint64_t)get_le32(data + next + 4) + 8;

        if (frame_type_at(data + next, len - next) == FRAME_ZSTD) {
            if (codec_frame_length(data + next, len - next, next, &n, NULL) !=
                SHEAF_OK)
                break;
        } else if (n > len - next || n < FRAME_HEAD_SIZE + FRAME_SUM_SIZE) {
            break;
        } else {
            move_frame(&m, data + next, (size_t)n);
        }
        next += (size_t)n;
    }
    reseal_rows(data, len, move_row, &m);
}
