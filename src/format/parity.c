/*
 * parity.c - parity over a dictionary's payload.
 */
#include "format/parity.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "format/frame.h"
#include "base/hash.h"
#include "base/mem.h"

#define PARITY_FIXED 52u

uint32_t
parity_pieces(uint32_t payload)
{
    return payload / PARITY_PIECE + (payload % PARITY_PIECE != 0);
}

static uint32_t
row_count(uint32_t pieces)
{
    uint32_t rows = (pieces + 47) / 48;

    return pieces == 1 ? 1 : rows > 2 ? rows : 2;
}

static uint32_t
row_width(uint32_t payload)
{
    return payload < PARITY_PIECE ? payload : PARITY_PIECE;
}

uint32_t
parity_piece_length(uint32_t payload, uint32_t piece)
{
    return (uint32_t)min_u64(payload - piece * PARITY_PIECE, PARITY_PIECE);
}

uint64_t
parity_bytes(uint32_t payload)
{
    uint32_t n = parity_pieces(payload);

    return FRAME_HEAD_SIZE + PARITY_FIXED + 8 * (uint64_t)n +
           (uint64_t)row_count(n) * row_width(payload) + FRAME_SUM_SIZE;
}

static void
xor_into(uint8_t *row, const uint8_t *piece, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++)
        row[i] ^= piece[i];
}

bool
parity_encode(uint64_t offset, struct sheaf_bytes payload,
           struct sheaf_bytes raw, uint32_t id, struct sheaf_buf *out)
{
    uint32_t len = (uint32_t)payload.len;
    uint32_t n = parity_pieces(len);
    uint32_t rows = row_count(n);
    uint32_t width = row_width(len);
    size_t start = out->len;
    uint8_t hash[32];
    uint8_t *parity = NULL;
    bool good;

    assert(len > 0);
    hash_blake2b(raw.data, raw.len, hash);
    good = frame_begin(out, FRAME_PAR) && buf_add_be(out, offset, 8) &&
           buf_add_be(out, len, 4) && buf_add_be(out, raw.len, 4) &&
           buf_add_be(out, id, 4) && buf_add(out, hash, 32);
    parity = mem_new(rows, width);
    good = good && parity != NULL;
    for (uint32_t i = 0; good && i < n; i++) {
        const uint8_t *piece = payload.data + (size_t)i * PARITY_PIECE;
        uint8_t sum[8];

        hash_check64(piece, parity_piece_length(len, i), sum);
        good = buf_add(out, sum, 8);
        xor_into(parity + (size_t)(i % rows) * width, piece,
                 parity_piece_length(len, i));
    }
    good = good && buf_add(out, parity, (size_t)rows * width) &&
           frame_end(out, start);
    mem_free(parity);
    return good;
}

bool
parity_piece_ok(struct sheaf_bytes frame, uint32_t payload_len, uint32_t index,
                const uint8_t *piece)
{
    uint8_t sum[8];

    assert(frame.len == parity_bytes(payload_len));
    hash_check64(piece, parity_piece_length(payload_len, index), sum);
    return memcmp(sum, frame.data + FRAME_HEAD_SIZE + PARITY_FIXED +
                           (size_t)index * 8, sizeof sum) == 0;
}

/* Finds the damaged piece of a row; n if there is none. More than one
 * cannot be repaired. */
static bool
damaged_in_row(const uint8_t *sums, const uint8_t *payload, uint32_t len,
               uint32_t row, uint32_t rows, uint32_t *out)
{
    uint32_t n = parity_pieces(len);

    *out = n;
    for (uint32_t i = row; i < n; i += rows) {
        uint8_t sum[8];

        hash_check64(payload + (size_t)i * PARITY_PIECE,
                     parity_piece_length(len, i), sum);
        if (memcmp(sum, sums + (size_t)i * 8, 8) == 0)
            continue;
        if (*out != n)
            return false;
        *out = i;
    }
    return true;
}

void
parity_take(struct sheaf_bytes frame, uint32_t payload_len,
            struct sheaf_bytes from, uint8_t *payload)
{
    for (uint32_t i = 0; i < parity_pieces(payload_len); i++) {
        size_t at = (size_t)i * PARITY_PIECE;
        size_t len = parity_piece_length(payload_len, i);

        if (from.len >= at + len &&
            !parity_piece_ok(frame, payload_len, i, payload + at) &&
            parity_piece_ok(frame, payload_len, i, from.data + at))
            memcpy(payload + at, from.data + at, len);
    }
}

/* ---- A sector elsewhere -------------------------------------------------- */

#define SECTOR 512
#define NOT_FOUND PARITY_NOT_FOUND

/* By so much the bytes between both places are shifted, if a sector was moved
 * of a new disk or an old one. */
static const int32_t moves[] = { 0, -4096, 4096, -SECTOR, SECTOR };

/* The payload as it stands now. */
struct standing {
    struct sheaf_bytes frame, from;
    size_t at;
    uint64_t offset;
    uint32_t payload_len;
    int32_t *shifts; /* of each piece */
};

/* Whether `len` bytes of the payload from `pos` on are there, if they are
 * shifted by so much. */
static bool
is_there(const struct standing *s, size_t pos, size_t len, int32_t shift,
         const uint8_t **out)
{
    int64_t from = (int64_t)(s->at + pos) + shift;

    if (from < 0 || (uint64_t)from + len > s->from.len)
        return false;
    *out = s->from.data + from;
    return true;
}

/* Looks for a whole piece. */
static void
search_whole(struct standing *s, uint32_t i, uint8_t *piece)
{
    const size_t len = parity_piece_length(s->payload_len, i);
    const uint8_t *p;

    for (size_t k = 0; k < COUNT_OF(moves); k++) {
        if (!is_there(s, (size_t)i * PARITY_PIECE, len, moves[k], &p) ||
            !parity_piece_ok(s->frame, s->payload_len, i, p))
            continue;
        memcpy(piece, p, len);
        s->shifts[i] = moves[k];
        return;
    }
}

/* Looks for a piece into which a sector was inserted: its end is shifted by
 * more than its beginning. */
static bool
search_torn(struct standing *s, uint32_t i, int32_t before, int32_t after,
            uint8_t *piece)
{
    const size_t pos = (size_t)i * PARITY_PIECE;
    const size_t len = parity_piece_length(s->payload_len, i);
    uint8_t joined[PARITY_PIECE];
    const uint8_t *head, *tail;
    size_t k;

    if (after <= before || !is_there(s, pos, len, before, &head) ||
        !is_there(s, pos, len, after, &tail))
        return false;
    k = SECTOR -
        (size_t)((s->offset + (uint64_t)(head - s->from.data)) % SECTOR);
    for (; k < len; k += SECTOR) {
        memcpy(joined, head, k);
        memcpy(joined + k, tail + k, len - k);
        if (!parity_piece_ok(s->frame, s->payload_len, i, joined))
            continue;
        memcpy(piece, joined, len);
        return true;
    }
    return false;
}

/* The beginning is shifted as the piece before, and the end as the one after.
 * If one of these was not found, that is tried by each shift there can be. */
static void
search_joint(struct standing *s, uint32_t i, uint8_t *piece)
{
    const uint32_t n = parity_pieces(s->payload_len);
    const int32_t before = i > 0 ? s->shifts[i - 1] : 0;
    const int32_t after = i + 1 < n ? s->shifts[i + 1] : 0;

    if (before == NOT_FOUND && after == NOT_FOUND)
        return;
    for (size_t k = 0; k < COUNT_OF(moves); k++) {
        bool found = search_torn(s, i, before != NOT_FOUND ? before : moves[k],
                                 after != NOT_FOUND ? after : moves[k], piece);

        if (found || (before != NOT_FOUND && after != NOT_FOUND))
            return;
    }
}

/* Takes all pieces that are shifted by so much, if piece number `i` is. */
static void
search_like(struct standing *s, uint32_t i, int64_t shift, uint8_t *payload)
{
    const uint32_t n = parity_pieces(s->payload_len);
    const uint8_t *p;
    size_t len = parity_piece_length(s->payload_len, i);

    if (s->shifts[i] != NOT_FOUND ||
        !is_there(s, (size_t)i * PARITY_PIECE, len, (int32_t)shift, &p) ||
        !parity_piece_ok(s->frame, s->payload_len, i, p))
        return;
    for (uint32_t k = 0; k < n; k++) {
        const size_t pos = (size_t)k * PARITY_PIECE;

        len = parity_piece_length(s->payload_len, k);
        if (s->shifts[k] != NOT_FOUND ||
            !is_there(s, pos, len, (int32_t)shift, &p) ||
            !parity_piece_ok(s->frame, s->payload_len, k, p))
            continue;
        memcpy(payload + pos, p, len);
        s->shifts[k] = (int32_t)shift;
    }
}

/* The payload begins as a frame does, and another frame follows it: tries it
 * wherever one begins. */
static void
search_frames(struct standing *s, uint8_t *payload, size_t *places)
{
    const uint32_t last = parity_pieces(s->payload_len) - 1;
    const int64_t begin = (int64_t)s->at;
    const int64_t end = begin + s->payload_len;

    for (size_t at = 0; *places != 0; at++) {
        if (s->shifts[0] != NOT_FOUND && s->shifts[last] != NOT_FOUND)
            break;
        at += frame_find(s->from.data + at, s->from.len - at);
        if (at == s->from.len)
            break;
        search_like(s, 0, (int64_t)at - begin, payload);
        search_like(s, last, (int64_t)at - end, payload);
        *places -= 1;
    }
}

bool
parity_search(struct sheaf_bytes frame, uint32_t payload_len,
              struct sheaf_bytes from, size_t at, uint64_t offset,
              size_t *places, uint8_t *payload, int32_t shifts[2])
{
    const uint32_t n = parity_pieces(payload_len);
    struct standing s = { frame,  from,        at,
                          offset, payload_len, mem_new(n, sizeof *s.shifts) };

    if (s.shifts == NULL)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        uint8_t *piece = payload + (size_t)i * PARITY_PIECE;

        s.shifts[i] = parity_piece_ok(frame, payload_len, i, piece)
                          ? 0
                          : NOT_FOUND;
        if (s.shifts[i] == NOT_FOUND)
            search_whole(&s, i, piece);
    }
    search_frames(&s, payload, places);
    for (uint32_t i = 0; i < n; i++)
        if (s.shifts[i] == NOT_FOUND)
            search_joint(&s, i, payload + (size_t)i * PARITY_PIECE);
    shifts[0] = s.shifts[0];
    shifts[1] = s.shifts[n - 1];
    mem_free(s.shifts);
    return true;
}

int
parity_repair(struct sheaf_bytes frame, uint64_t offset, uint8_t *payload,
           uint32_t payload_len, struct sheaf_error *err)
{
    uint32_t n = parity_pieces(payload_len);
    uint32_t rows = row_count(n);
    uint32_t width = row_width(payload_len);
    struct sheaf_bytes body;
    const uint8_t *sums;
    const uint8_t *parity;
    int rc = frame_body(frame, offset, FRAME_PAR, &body, err);

    if (rc != SHEAF_OK)
        return rc;
    if (payload_len == 0 || frame.len != parity_bytes(payload_len) ||
        get_be(body.data + 8, 4) != payload_len)
        return fail_corrupt(err, offset, "F5.3",
                            "parity of another dictionary");
    sums = body.data + PARITY_FIXED;
    parity = sums + (size_t)n * 8;
    for (uint32_t row = 0; row < rows; row++) {
        uint8_t mended[PARITY_PIECE];
        uint32_t bad;

        if (!damaged_in_row(sums, payload, payload_len, row, rows, &bad))
            return fail_corrupt(err, offset, "F5.2",
                                "dictionary is damaged beyond its parity");
        if (bad == n)
            continue;
        memcpy(mended, parity + (size_t)row * width, width);
        for (uint32_t i = row; i < n; i += rows) {
            if (i != bad)
                xor_into(mended, payload + (size_t)i * PARITY_PIECE,
                         parity_piece_length(payload_len, i));
        }
        memcpy(payload + (size_t)bad * PARITY_PIECE, mended,
               parity_piece_length(payload_len, bad));
    }
    return SHEAF_OK;
}
