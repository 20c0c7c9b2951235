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
/* Bytes in which a damaged piece and its damaged row may differ. */
#define CHOSEN_MAX 8

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

/* ---- Repair -------------------------------------------------------------- */

bool
parity_is_whole(struct sheaf_bytes frame)
{
    struct sheaf_bytes body;

    return frame_body(frame, 0, FRAME_PAR, &body, NULL) == SHEAF_OK;
}

/* A row, and the pieces that it covers. */
struct row {
    struct sheaf_bytes frame;
    uint8_t *payload;
    uint32_t payload_len;
    uint32_t first, step; /* of the pieces */
};

/* What the row says piece `bad` is, if all others are right. */
static void
solve(const struct row *r, uint32_t bad, uint8_t mended[PARITY_PIECE])
{
    const uint32_t n = parity_pieces(r->payload_len);
    const uint32_t width = row_width(r->payload_len);

    memcpy(mended,
           r->frame.data + FRAME_HEAD_SIZE + PARITY_FIXED + 8 * (size_t)n +
               (size_t)r->first * width,
           width);
    for (uint32_t i = r->first; i < n; i += r->step)
        if (i != bad)
            xor_into(mended, r->payload + (size_t)i * PARITY_PIECE,
                     parity_piece_length(r->payload_len, i));
}

/* Where row and piece differ in a few bytes, some may be damaged in one of them
 * and some in the other: tries each choice. */
static bool
choose_bytes(const struct row *r, uint32_t bad, const uint8_t *piece,
             uint8_t mended[PARITY_PIECE])
{
    const uint32_t len = parity_piece_length(r->payload_len, bad);
    uint32_t at[CHOSEN_MAX], count = 0;
    uint8_t by[CHOSEN_MAX];

    for (uint32_t i = 0; i < len; i++) {
        if (mended[i] == piece[i])
            continue;
        if (count == CHOSEN_MAX)
            return false;
        by[count] = mended[i] ^ piece[i];
        at[count++] = i;
    }
    /* In a Gray code, one byte changes from each choice to the next. */
    for (uint32_t k = 1; k >> count == 0; k++) {
        uint32_t bit = 0;

        while ((k >> bit & 1) == 0)
            bit++;
        mended[at[bit]] ^= by[bit];
        if (parity_piece_ok(r->frame, r->payload_len, bad, mended))
            return true;
    }
    return false;
}

/* Solves each damaged piece of a row; true: all of them are right by their sums
 * now. The last piece may be short, and be solved although another is damaged
 * behind its length: that one can be solved then. */
static bool
solve_row(const struct row *r, uint32_t *bad, uint32_t *count)
{
    const uint32_t n = parity_pieces(r->payload_len);
    uint8_t mended[PARITY_PIECE];
    bool again;

    do {
        again = false;
        *count = 0;
        for (uint32_t i = r->first; i < n; i += r->step) {
            uint8_t *piece = r->payload + (size_t)i * PARITY_PIECE;

            if (parity_piece_ok(r->frame, r->payload_len, i, piece))
                continue;
            solve(r, i, mended);
            if (parity_piece_ok(r->frame, r->payload_len, i, mended)) {
                memcpy(piece, mended, parity_piece_length(r->payload_len, i));
                again = true;
            } else {
                *bad = i;
                ++*count;
            }
        }
    } while (again && *count != 0);
    return *count == 0;
}

/* Restores the one damaged piece of a row. Where the frame is damaged too, the
 * sum of a piece may be wrong, and not the piece. */
static bool
mend_row(const struct row *r, bool whole)
{
    uint8_t mended[PARITY_PIECE];
    uint32_t bad = 0, count;
    uint8_t *piece;

    if (solve_row(r, &bad, &count))
        return true;
    if (count != 1 || whole)
        return false;
    piece = r->payload + (size_t)bad * PARITY_PIECE;
    solve(r, bad, mended);
    if (!choose_bytes(r, bad, piece, mended))
        solve(r, bad, mended);
    memcpy(piece, mended, parity_piece_length(r->payload_len, bad));
    return true;
}

int
parity_repair(struct sheaf_bytes frame, uint64_t offset, uint8_t *payload,
              uint32_t payload_len, struct sheaf_error *err)
{
    const uint32_t rows = row_count(parity_pieces(payload_len));
    const bool whole = parity_is_whole(frame);

    if (payload_len == 0 || frame.len != parity_bytes(payload_len) ||
        (whole && get_be(frame.data + FRAME_HEAD_SIZE + 8, 4) != payload_len))
        return fail_corrupt(err, offset, "F5.3",
                            "parity of another dictionary");
    for (uint32_t first = 0; first < rows; first++) {
        const struct row r = { frame, payload, payload_len, first, rows };

        if (!mend_row(&r, whole))
            return fail_corrupt(err, offset, "F5.2",
                                "dictionary is damaged beyond its parity");
    }
    return SHEAF_OK;
}
