/*
 * Dictionaries and their parity, and bare zstd frames. A payload with damage
 * in one aligned sector of 4 KiB is repaired completely; other damage is
 * repaired or refused, and never gives other bytes. Any bytes may be tried as
 * a frame or a dictionary.
 */
#include "base/buf.h"
#include "format/codec.h"
#include "base/cursor.h"
#include "format/frame.h"
#include "fuzz.h"
#include "base/hash.h"
#include "format/dictframe.h"
#include "format/parity.h"

#define OFFSET ((uint64_t)8192)
#define STRETCH 21 /* a payload has this many bytes for one of the input */

static void
check_bare(struct sheaf_bytes bytes)
{
    struct sheaf_error err = { 0 };
    struct codec_header header;
    struct sheaf_buf out = { 0 };
    uint64_t length;
    int rc = codec_header(bytes.data, bytes.len, OFFSET, &header, &err);

    if (rc != SHEAF_OK)
        check_error(rc, &err);
    else
        MUST_HOLD(header.header_size <= CODEC_HEADER_MAX);
    rc = codec_frame_length(bytes.data, bytes.len, OFFSET, &length, &err);
    if (rc == SHEAF_OK)
        MUST_HOLD(length > 0 && length <= bytes.len);
    else if (rc != SHEAF_END)
        check_error(rc, &err);
    rc = codec_unpack_dict(bytes, OFFSET, &out, &err);
    if (rc != SHEAF_OK)
        check_error(rc, &err);
    else
        MUST_HOLD(out.len <= CODEC_DICT_MAX);
    sheaf_buf_free(&out);
}

/* A parity frame of any content, for any payload. */
static void
check_strange(struct sheaf_bytes body, struct sheaf_bytes payload)
{
    struct sheaf_error err = { 0 };
    struct sheaf_buf frame = { 0 };
    uint8_t *copy = exact_copy(payload.data, payload.len);
    int rc;

    MUST_HOLD(frame_begin(&frame, FRAME_PAR));
    MUST_HOLD(buf_add(&frame, body.data, body.len));
    MUST_HOLD(frame_end(&frame, 0));
    rc = parity_repair(buf_view(&frame), OFFSET, copy, (uint32_t)payload.len,
                    &err);
    if (rc != SHEAF_OK)
        check_error(rc, &err);
    free(copy);
    sheaf_buf_free(&frame);
}

static void
check_damage(struct bits *in)
{
    const unsigned places = 1 + bits_u8(in) % 4;
    struct sheaf_error err = { 0 };
    struct sheaf_buf frame = { 0 };
    const struct sheaf_bytes raw = { (const uint8_t *)"raw", 3 };
    uint8_t at[4][3];
    uint8_t *payload, *damaged;
    size_t len, first = 0;
    bool one_sector = true;
    int rc;

    for (unsigned i = 0; i < places; i++)
        for (unsigned k = 0; k < 3; k++)
            at[i][k] = bits_u8(in);
    len = in->left * STRETCH;
    if (len == 0)
        return;
    payload = malloc(len);
    if (payload == NULL)
        abort();
    for (size_t i = 0; i < len; i++)
        payload[i] = (uint8_t)(in->at[i / STRETCH] + i);
    MUST_HOLD(parity_encode(OFFSET, (struct sheaf_bytes){ payload, len }, raw,
                         40000, &frame));
    MUST_HOLD(frame.len == parity_bytes((uint32_t)len));

    damaged = exact_copy(payload, len);
    for (unsigned i = 0; i < places; i++) {
        size_t place = get_be(at[i], 2) * 7 % len;

        damaged[place] ^= at[i][2];
        if (i == 0)
            first = (OFFSET + DICT_HEAD_SIZE + place) / 4096;
        else if ((OFFSET + DICT_HEAD_SIZE + place) / 4096 != first)
            one_sector = false;
    }
    rc = parity_repair(buf_view(&frame), OFFSET + DICT_HEAD_SIZE + len, damaged,
                    (uint32_t)len, &err);
    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        MUST_HOLD(!one_sector);
    } else {
        MUST_HOLD(memcmp(payload, damaged, len) == 0);
    }
    free(payload);
    free(damaged);
    sheaf_buf_free(&frame);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bits in = { data, size };
    const struct sheaf_bytes all = { data, size };

    if (size > 1 << 18)
        return 0;
    MUST_HOLD(hash_start(NULL) == SHEAF_OK);
    check_bare(all);
    check_strange(all, all);
    if (size > 256)
        check_strange(all, (struct sheaf_bytes){ data, size - 256 });
    check_damage(&in);
    return 0;
}
