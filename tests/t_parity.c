/*
 * Parity against spec F5.3: where its fields are, and that it repairs what it
 * promises: any one sector of 4 KiB, at any offset. It cannot repair two
 * damaged pieces in one row, and must report that.
 */
#include "format/parity.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "format/frame.h"
#include "base/hash.h"
#include "tap.h"

#define AT UINT64_C(0x123456789a)
#define RAW "a dictionary, decompressed"
#define ID UINT32_C(40000)
#define FIXED 52u

static const uint32_t sizes[] = { 1, 100, 4095, 4096, 4097, 8192, 50000,
                                  1000000 };

struct kit {
    uint32_t len;
    uint32_t pieces;
    uint32_t rows;
    uint32_t width;
    uint8_t *payload; /* as it should be */
    uint8_t *damaged;
    struct sheaf_buf frame;
};

static void
kit_make(struct kit *k, uint32_t len)
{
    struct sheaf_bytes raw = { (const uint8_t *)RAW, sizeof RAW - 1 };
    uint32_t random = len;

    k->len = len;
    k->pieces = (len + 4095) / 4096;
    k->rows = k->pieces == 1 ? 1 : k->pieces <= 96 ? 2 : (k->pieces + 47) / 48;
    k->width = len < 4096 ? len : 4096;
    k->payload = malloc(len);
    k->damaged = malloc(len);
    k->frame = (struct sheaf_buf){ 0 };
    if (k->payload == NULL || k->damaged == NULL)
        abort();
    for (uint32_t i = 0; i < len; i++) {
        random = random * 1664525u + 1013904223u;
        k->payload[i] = (uint8_t)(random >> 24);
    }
    memcpy(k->damaged, k->payload, len);
    if (!parity_encode(AT, (struct sheaf_bytes){ k->payload, len }, raw, ID,
                    &k->frame))
        abort();
}

static void
kit_free(struct kit *k)
{
    free(k->payload);
    free(k->damaged);
    sheaf_buf_free(&k->frame);
}

static int
repair(struct kit *k, struct sheaf_error *err)
{
    return parity_repair(buf_view(&k->frame), AT + 9, k->damaged, k->len, err);
}

/* Are these bytes made good? `how` is what is done to each. */
static bool
mends(struct kit *k, uint32_t at, uint32_t len, uint8_t how)
{
    uint32_t n = (uint32_t)min_u64(len, k->len - at);
    bool good;

    for (uint32_t i = 0; i < n; i++)
        k->damaged[at + i] = how != 0 ? k->damaged[at + i] ^ how : 0;
    good = repair(k, NULL) == SHEAF_OK &&
           memcmp(k->damaged, k->payload, k->len) == 0;
    memcpy(k->damaged, k->payload, k->len);
    return good;
}

/* ---- The frame ----------------------------------------------------------- */

static void
test_frame(struct kit *k)
{
    struct sheaf_bytes body = { NULL, 0 };
    uint8_t hash[32];
    bool good = true;

    eq_int(frame_body(buf_view(&k->frame), 0, FRAME_PAR, &body, NULL), SHEAF_OK,
           "%u bytes: a PAR frame", k->len);
    eq_int(k->frame.len, parity_bytes(k->len),
           "%u bytes: of the length foretold", k->len);
    eq_int(body.len, FIXED + 8 * k->pieces + k->rows * k->width,
           "%u bytes: %u pieces, %u rows", k->len, k->pieces, k->rows);
    hash_blake2b(RAW, sizeof RAW - 1, hash);
    ok(get_be(body.data, 8) == AT && get_be(body.data + 8, 4) == k->len &&
           get_be(body.data + 12, 4) == sizeof RAW - 1 &&
           get_be(body.data + 16, 4) == ID &&
           memcmp(body.data + 20, hash, 32) == 0,
       "%u bytes: every field in its place", k->len);

    for (uint32_t i = 0; i < k->pieces; i++) {
        uint32_t n = (uint32_t)min_u64(k->len - i * 4096, 4096);

        hash_blake2b(k->payload + i * 4096, n, hash);
        good = good && memcmp(body.data + FIXED + 8 * i, hash, 8) == 0;
    }
    ok(good, "%u bytes: a sum for each piece", k->len);
    for (uint32_t at = 0; at < k->rows * k->width; at++) {
        uint32_t row = at / k->width;
        uint8_t x = 0;

        for (uint32_t i = row * 4096 + at % k->width; i < k->len;
             i += k->rows * 4096)
            x ^= k->payload[i];
        good = good && body.data[FIXED + 8 * k->pieces + at] == x;
    }
    ok(good, "%u bytes: rows of parity", k->len);
}

static void
test_bytes(void)
{
    static const struct {
        uint32_t len;
        uint32_t pieces;
        uint32_t rows;
    } rows[] = {
        { 4096, 1, 1 },
        { 4097, 2, 2 },
        { 96 * 4096, 96, 2 },
        { 96 * 4096 + 1, 97, 3 },
        { 144 * 4096, 144, 3 },
        { 144 * 4096 + 1, 145, 4 },
        { 16 << 20, 4096, 86 },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        eq_int(parity_bytes(rows[i].len),
               20 + FIXED + 8 * rows[i].pieces + 4096 * rows[i].rows,
               "%u pieces have %u rows", rows[i].pieces, rows[i].rows);
    eq_int(parity_bytes(7), 20 + FIXED + 8 + 7,
           "a short piece has a short row");
}

/* ---- Repair -------------------------------------------------------------- */

/* Ranges of a length from every start at or near which something changes;
 * from every start at all where there are few. */
static void
test_ranges(struct kit *k)
{
    static const uint32_t lengths[] = { 1, 2, 100, 4095, 4096 };
    bool good = true;
    uint32_t tried = 0;

    for (uint32_t at = 0; at < k->len; at++) {
        uint32_t edge = at % 4096;
        bool near = edge <= 1 || edge >= 4094 || k->len - at <= 2;

        if (k->len > 100000)
            near = edge == 1 || edge == 4095;
        if (k->len > 10000 && !near && at % (k->len / 64) != 0)
            continue;
        for (size_t i = 0; i < COUNT_OF(lengths); i++) {
            /* The largest has too many edges for all lengths. */
            if (k->len > 100000 && i != 4)
                continue;
            if (k->len <= 10000 && i > 0 && i < 4 && !near && at % 61 != 0)
                continue;
            good = good && mends(k, at, lengths[i], 0xff);
            tried++;
        }
    }
    ok(good, "%u bytes: %u ranges of up to 4,096 bytes made good", k->len,
       tried);
}

static void
test_sectors(struct kit *k)
{
    bool good = true;

    for (uint32_t at = 0; at < k->len; at += 4096)
        good = good && mends(k, at, 4096, 0) && mends(k, at, 4096, 0x01);
    /* Where the payload is not itself aligned, a sector is in two pieces. */
    for (uint32_t at = 0; at + 8 < k->len; at += 4096)
        good = good && mends(k, at + 8, 4096, 0);
    ok(good, "%u bytes: every sector made good, zeroed or not", k->len);
    ok(mends(k, 0, 0, 1), "%u bytes: nothing to repair", k->len);
}

/* Moves the sector that begins at `p` of the file to `q`. */
static void
move_sector(uint8_t *file, size_t p, size_t q, size_t sector)
{
    uint8_t kept[4096];

    memcpy(kept, file + p, sector);
    if (p < q)
        memmove(file + p, file + p + sector, q - p);
    else
        memmove(file + q + sector, file + q, p - q);
    memcpy(file + q, kept, sector);
}

/* A sector stands elsewhere in the payload, which begins where none does. */
static void
test_moved(struct kit *k, size_t sector)
{
    const size_t begin = 2 * 4096 + 1682, len = begin + k->len + 3 * 4096;
    uint8_t *file = malloc(len);
    unsigned tried = 0, good = 0;
    size_t places = 0;
    int32_t shifts[2];
    const size_t step = sector * (k->len / 9 / sector + 1);

    if (file == NULL)
        abort();
    for (size_t p = 3 * 4096; p + sector <= begin + k->len; p += step)
        for (size_t q = 3 * 4096; q + sector <= begin + k->len; q += sector) {
            size_t from = begin - 4096;

            memset(file, 7, len);
            memcpy(file + begin, k->payload, k->len);
            move_sector(file, p, q, sector);
            memcpy(k->damaged, file + begin, k->len);
            tried++;
            good += parity_search(buf_view(&k->frame), k->len,
                                  sheaf_view(file + from, len - from), 4096,
                                  from, &places, k->damaged, shifts) &&
                    repair(k, NULL) == SHEAF_OK &&
                    memcmp(k->damaged, k->payload, k->len) == 0;
        }
    memcpy(k->damaged, k->payload, k->len);
    ok(good == tried, "%u bytes: a sector of %zu elsewhere: %u of %u", k->len,
       sector, good, tried);
    free(file);
}

/* One piece in each row at once is the most there is. */
static void
test_most(struct kit *k)
{
    for (uint32_t row = 0; row < k->rows; row++)
        k->damaged[(size_t)row * 4096] ^= 0x80;
    eq_int(repair(k, NULL), SHEAF_OK, "%u bytes: a piece in each row", k->len);
    ok(memcmp(k->damaged, k->payload, k->len) == 0, "%u bytes: made good",
       k->len);
    memcpy(k->damaged, k->payload, k->len);
}

static void
test_beyond(struct kit *k)
{
    bool good = true;
    uint32_t tried = 0;

    for (uint32_t a = 0; a < k->pieces; a++) {
        for (uint32_t b = a + k->rows; b < k->pieces; b += k->rows) {
            struct sheaf_error err = { 0 };

            if (k->pieces > 50 && b != a + k->rows && b + k->rows < k->pieces)
                continue;
            k->damaged[(size_t)a * 4096] ^= 1;
            k->damaged[(size_t)b * 4096] ^= 1;
            good = good && repair(k, &err) == SHEAF_ECORRUPT &&
                   strcmp(err.clause, "F5.2") == 0;
            memcpy(k->damaged, k->payload, k->len);
            tried++;
        }
    }
    ok(good, "%u bytes: %u pairs in one row are refused", k->len, tried);
    ok((tried > 0) == (k->pieces > k->rows), "%u bytes: where there are any",
       k->len);
}

/* ---- A frame that is wrong ----------------------------------------------- */

/* The right frame, for another payload. */
/* A last piece that is short, and a piece of its row that is damaged behind its
 * length: each can be solved. */
static void
test_short(void)
{
    struct kit k;

    kit_make(&k, 10626);
    k.damaged[8204] ^= 0x3A;
    ok(mends(&k, 3304, 1, 0x65), "short: damaged behind the other's length");
    k.damaged[8204] ^= 0x3A;
    ok(mends(&k, 2434, 1662, 0), "short: up to the end of the piece");
    k.damaged[8204] ^= 0x3A;
    ok(!mends(&k, 2433, 1, 1), "short: but not within it");
    kit_free(&k);
}

static void
test_other(void)
{
    struct sheaf_error err = { 0 };
    struct kit k;

    kit_make(&k, 8192);
    eq_int(parity_repair(buf_view(&k.frame), AT, k.damaged, 8191, &err),
           SHEAF_ECORRUPT, "a payload one byte shorter");
    eq_str(err.clause, "F5.3", "F5.3");
    err = (struct sheaf_error){ 0 };
    eq_int(parity_repair(buf_view(&k.frame), AT, k.damaged, 0, &err),
           SHEAF_ECORRUPT, "no payload");
    eq_str(err.clause, "F5.3", "F5.3");
    ok(memcmp(k.damaged, k.payload, k.len) == 0, "payload untouched");
    kit_free(&k);
}

static void
test_cut(void)
{
    bool good = true;
    struct kit k;

    kit_make(&k, 4097);
    for (size_t len = 0; len < k.frame.len; len++) {
        uint8_t *copy = malloc(len != 0 ? len : 1);

        if (copy == NULL)
            abort();
        memcpy(copy, k.frame.data, len);
        good = good && parity_repair((struct sheaf_bytes){ copy, len }, AT,
                                     k.damaged, k.len, NULL) == SHEAF_ECORRUPT;
        free(copy);
    }
    ok(good, "every truncation is refused");
    kit_free(&k);
}

/* With any byte of the frame damaged, too, a piece is restored: but for the one
 * of its row that is in the way. A frame that is made to match
 * can do no more than name pieces damaged that are not. */
static void
test_both(uint32_t len, uint32_t piece)
{
    size_t restored = 0, row, lost = 0;
    bool good = true;
    struct kit k;

    kit_make(&k, len);
    row = k.frame.len - 8 - (size_t)(k.rows - piece % k.rows) * k.width;
    for (size_t at = 0; at < k.frame.len; at++) {
        const size_t n = k.frame.len;
        int rc;

        memcpy(k.damaged, k.payload, len);
        k.damaged[(size_t)piece * 4096] ^= 1;
        k.frame.data[at] ^= 0x41;
        rc = repair(&k, NULL);
        if (rc == SHEAF_OK && memcmp(k.damaged, k.payload, len) == 0)
            restored++;
        else
            lost += at >= row && at < row + k.width;
        if (at < n - 8) {
            hash_check64(k.frame.data, n - 8, k.frame.data + n - 8);
            rc = repair(&k, NULL);
            good = good && (rc == SHEAF_OK || rc == SHEAF_ECORRUPT);
        }
        k.frame.data[at] ^= 0x41;
        hash_check64(k.frame.data, n - 8, k.frame.data + n - 8);
    }
    ok(good, "every changed byte is refused or does no harm");
    ok(restored + 1 == k.frame.len && lost == 1,
       "%u bytes, piece %u: restored with %zu of %zu bytes of its frame "
       "changed, but for %zu of its row",
       len, piece, restored, k.frame.len, lost);
    kit_free(&k);
}

int
main(void)
{
    if (hash_start(NULL) != SHEAF_OK)
        abort();
    test_bytes();
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct kit k;

        kit_make(&k, sizes[i]);
        test_frame(&k);
        test_sectors(&k);
        test_ranges(&k);
        test_most(&k);
        if (k.len >= 4 * 4096 && k.len < 300000) {
            test_moved(&k, 4096);
            test_moved(&k, 512);
        }
        test_beyond(&k);
        kit_free(&k);
    }
    test_short();
    test_other();
    test_cut();
    test_both(4097, 0);
    test_both(4097, 1);
    test_both(5 * 4096, 2);
    return tap_done();
}
