#include "reseal.h"

#include <stdlib.h>

/* To decompress without checking the checksum, which will be replaced. */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include "format/codec.h"
#include "base/cursor.h"
#include "format/frame.h"
#include "format/group.h"
#include "base/hash.h"
#include "format/table.h"
#include "format/top.h"

#define CONTENT_MAX ((uint64_t)1 << 22)
#define PARITY_SUMS_AT 52

/* ---- XXH64, as the zstd format document wants it, with seed 0 ------------ */

#define PRIME_1 0x9e3779b185ebca87u
#define PRIME_2 0xc2b2ae3d27d4eb4fu
#define PRIME_3 0x165667b19e3779f9u
#define PRIME_4 0x85ebca77c2b2ae63u
#define PRIME_5 0x27d4eb2f165667c5u

static uint64_t
rotate(uint64_t v, unsigned by)
{
    return v << by | v >> (64 - by);
}

static uint64_t
xxh_lane(uint64_t lane, uint64_t word)
{
    return rotate(lane + word * PRIME_2, 31) * PRIME_1;
}

static uint32_t
zstd_checksum(const uint8_t *p, size_t len)
{
    const uint8_t *end = p + len;
    uint64_t h = PRIME_5;

    if (len >= 32) {
        uint64_t lane[4] = { PRIME_1 + PRIME_2, PRIME_2, 0, 0 - PRIME_1 };

        for (; end - p >= 32; p += 32)
            for (unsigned i = 0; i < 4; i++)
                lane[i] = xxh_lane(lane[i], get_le64(p + 8 * i));
        h = rotate(lane[0], 1) + rotate(lane[1], 7) + rotate(lane[2], 12) +
            rotate(lane[3], 18);
        for (unsigned i = 0; i < 4; i++)
            h = (h ^ xxh_lane(0, lane[i])) * PRIME_1 + PRIME_4;
    }
    h += len;
    for (; end - p >= 8; p += 8)
        h = rotate(h ^ xxh_lane(0, get_le64(p)), 27) * PRIME_1 + PRIME_4;
    if (end - p >= 4) {
        h = rotate(h ^ get_le32(p) * PRIME_1, 23) * PRIME_2 + PRIME_3;
        p += 4;
    }
    for (; p < end; p++)
        h = rotate(h ^ *p * PRIME_5, 11) * PRIME_1;
    h = (h ^ h >> 33) * PRIME_2;
    h = (h ^ h >> 29) * PRIME_3;
    return (uint32_t)(h ^ h >> 32);
}

/* ---- Frames -------------------------------------------------------------- */

struct walk {
    uint8_t *data;
    size_t len;
    ZSTD_DCtx *dctx;
    uint8_t *dict; /* decompressed; NULL if none is in force */
    size_t dict_len;
    size_t dict_at; /* of the dictionary frame; 0 if none */
    size_t top_at;
    edit_row *edit; /* or NULL */
    void *arg;
};

/* Decompress whatever the checksum says. NULL if that does not work. */
static uint8_t *
unpack(struct walk *w, const uint8_t *frame, size_t len, size_t *out_len)
{
    unsigned long long size = ZSTD_getFrameContentSize(frame, len);
    uint8_t *out;
    size_t n;

    if (size > CONTENT_MAX) /* also when it is not known */
        return NULL;
    out = malloc((size_t)size + 1);
    if (out == NULL)
        abort();
    n = ZSTD_decompress_usingDict(w->dctx, out, (size_t)size, frame, len,
                                  w->dict, w->dict_len);
    if (ZSTD_isError(n)) {
        free(out);
        return NULL;
    }
    *out_len = n;
    return out;
}

/* The checksum is the last four bytes, when the header says that it's there. */
static void
mend_zstd(struct walk *w, uint8_t *frame, size_t len)
{
    size_t n;
    uint8_t *content;

    if (len < 9 || (frame[4] & 4) == 0)
        return;
    content = unpack(w, frame, len, &n);
    if (content != NULL)
        put_le32(frame + len - 4, zstd_checksum(content, n));
    free(content);
}

static void
take_dict(struct walk *w, size_t at, size_t len)
{
    uint8_t *payload = w->data + at + 8;

    free(w->dict);
    w->dict = NULL;
    w->dict_len = 0;
    mend_zstd(w, payload, len - 8);
    w->dict = unpack(w, payload, len - 8, &w->dict_len);
    w->dict_at = at;
}

static void
mend_par(struct walk *w, uint8_t *body, size_t len)
{
    size_t payload_len;

    if (w->dict_at == 0 || len < PARITY_SUMS_AT)
        return;
    payload_len = get_le32(w->data + w->dict_at + 4);
    if (w->dict != NULL)
        hash_blake2b(w->dict, w->dict_len, body + 20);
    for (size_t i = 0; i * 4096 < payload_len; i++) {
        size_t n = payload_len - i * 4096;

        if (PARITY_SUMS_AT + 8 * (i + 1) > len)
            return;
        hash_check64(w->data + w->dict_at + 8 + i * 4096, n < 4096 ? n : 4096,
                     body + PARITY_SUMS_AT + 8 * i);
    }
}

/* Packs the rows of a page of MAP again after w->edit has changed them. */
static void
edit_page(struct walk *w, const struct table_widths *widths, uint8_t *rows,
          size_t n, uint8_t *page)
{
    struct sheaf_buf packed = { 0 };

    for (size_t k = 0; k < n; k++)
        w->edit(w->arg, rows + k * table_width(TABLE_MAP));
    if (!table_pack(TABLE_MAP, widths, rows, n, &packed))
        abort();
    memcpy(page, packed.data, packed.len);
    sheaf_buf_free(&packed);
}

/* The sum after each page, and in a MAP the page roots behind them, as far as
 * it can be told where they are. */
static void
mend_table(struct walk *walk, enum table_kind kind, uint8_t *body, size_t len)
{
    uint8_t rows[TABLE_PAGE_ROWS * TABLE_ROW_MAX];
    struct sheaf_bytes all = { body, len };
    struct table_widths w;
    uint8_t *page = body + table_head_bytes(kind);
    size_t count;

    if (table_head(kind, all, 0, &w, &count, NULL) != SHEAF_OK)
        return;
    for (size_t i = 0; i < count; i += TABLE_PAGE_ROWS) {
        size_t n = count - i < TABLE_PAGE_ROWS ? count - i : TABLE_PAGE_ROWS;
        size_t bytes = table_page_bytes(kind, &w, n);
        size_t left = (size_t)table_pages(count) - i / TABLE_PAGE_ROWS;

        hash_check64(page, bytes - 8, page + bytes - 8);
        if (kind == TABLE_MAP &&
            table_unpack(kind, &w, page, n, 0, rows, NULL) == SHEAF_OK) {
            if (walk->edit != NULL)
                edit_page(walk, &w, rows, n, page);
            table_page_root(rows, n, body + len - 32 * left);
        }
        page += bytes;
    }
}

static void
mend_end(struct walk *w, size_t at, uint8_t *body, size_t len)
{
    uint64_t prev;

    if (len != END_SIZE - FRAME_HEAD_SIZE - FRAME_SUM_SIZE)
        return;
    if (w->top_at != 0)
        hash_blake2b(w->data + w->top_at,
                     get_le32(w->data + w->top_at + 4) + 8, body + 20);
    prev = get_be(body + 68, 8); /* the second copy of the end before */
    if (prev != 0 && prev < at && at - prev >= END_SIZE &&
        memcmp(w->data + prev + 8, "END", 3) == 0)
        hash_blake2b(w->data + prev, END_SIZE, body + 76);
}

static void
mend_sheaf(struct walk *w, size_t at, size_t len)
{
    uint8_t *frame = w->data + at;
    uint8_t *body = frame + FRAME_HEAD_SIZE;
    size_t body_len = len - FRAME_HEAD_SIZE - FRAME_SUM_SIZE;
    uint64_t start;

    for (unsigned k = 0; k < TABLE_KINDS; k++)
        if (memcmp(frame + 8, frame_name(table_type(k)), 3) == 0)
            mend_table(w, k, body, body_len);
    if (memcmp(frame + 8, "PAR", 3) == 0)
        mend_par(w, body, body_len);
    if (memcmp(frame + 8, "GRP", 3) == 0 && body_len > GROUP_FIXED) {
        uint8_t *dict = w->dict; /* columns have none */

        w->dict = NULL;
        mend_zstd(w, body + GROUP_FIXED, body_len - GROUP_FIXED);
        w->dict = dict;
        start = get_be(body, 8);
        if (start < at)
            hash_check64(w->data + start, (size_t)(at - start),
                         body + GROUP_FIXED - 8);
    }
    if (memcmp(frame + 8, "END", 3) == 0)
        mend_end(w, at, body, body_len);
    if (memcmp(frame + 8, "TOP", 3) == 0)
        w->top_at = at;
    hash_check64(frame, len - FRAME_SUM_SIZE, frame + len - FRAME_SUM_SIZE);
}

/* Bytes of the frame at `at`, once it has been mended; 0 if it is none. */
static size_t
mend_frame(struct walk *w, size_t at)
{
    uint8_t *frame = w->data + at;
    size_t left = w->len - at;
    uint64_t len;

    if (left < 12)
        return 0;
    if (get_le32(frame) == 0xfd2fb528) {
        if (codec_frame_length(frame, left, at, &len, NULL) != SHEAF_OK)
            return 0;
        mend_zstd(w, frame, (size_t)len);
        return (size_t)len;
    }
    len = (uint64_t)get_le32(frame + 4) + 8;
    if (len > left)
        return 0;
    if (get_le32(frame) == 0x184d2a5d)
        take_dict(w, at, (size_t)len);
    else if (memcmp(frame, FRAME_MAGIC, FRAME_MAGIC_SIZE) == 0 &&
             len >= FRAME_HEAD_SIZE + FRAME_SUM_SIZE)
        mend_sheaf(w, at, (size_t)len);
    else
        return 0;
    return (size_t)len;
}

void
reseal_rows(uint8_t *data, size_t len, edit_row *edit, void *arg)
{
    struct walk w = { .data = data, .len = len, .edit = edit, .arg = arg };
    size_t at = 0;

    if (hash_start(NULL) != SHEAF_OK)
        abort();
    w.dctx = ZSTD_createDCtx();
    if (w.dctx == NULL)
        abort();
    ZSTD_DCtx_setParameter(w.dctx, ZSTD_d_forceIgnoreChecksum,
                           ZSTD_d_ignoreChecksum);
    while (at < len) {
        size_t n = mend_frame(&w, at);

        /* Where a frame is none, go on at the next sheaf frame. */
        if (n == 0)
            n = 1 + codec_find_magic(data + at + 1, len - at - 1);
        at += n;
    }
    free(w.dict);
    ZSTD_freeDCtx(w.dctx);
}

void
reseal(uint8_t *data, size_t len)
{
    reseal_rows(data, len, NULL, NULL);
}
