/*
 * codec_frame.c - zstd frames as such, without their content: headers, lengths,
 * and what F2.5 and F4.10 ask of their blocks.
 */
#include "format/codec.h"

#include "base/cursor.h"
#include "base/err.h"
#include "format/frame.h"

#define CHECKSUM_SIZE 4
#define FRAME_MAGIC_BYTES 4
/* The frame of a dictionary may have any window that holds a dictionary. */
#define DICT_WINDOW_MAX ((uint64_t)CODEC_DICT_MAX * 8)
#define BLOCK_CONTENT_MAX ((size_t)1 << 17)
#define BLOCK_HEAD ((size_t)3)
#define BLOCK_RLE 1u
#define BLOCK_COMPRESSED 2u
#define BLOCK_RESERVED 3u

static const uint8_t magic[4] = { 0x53, 0x2a, 0x4d, 0x18 };

/* ---- Headers and lengths ------------------------------------------------ */

static int
parse_header(const uint8_t *data, size_t len, uint64_t offset,
             uint64_t window_max, struct codec_header *out,
             struct sheaf_error *err)
{
    static const uint8_t id_sizes[4] = { 0, 1, 2, 4 };
    static const uint8_t content_sizes[4] = { 1, 2, 4, 8 };
    struct cursor c = cursor_over(data, len);
    struct codec_header h = { 0 };
    uint64_t window = 0;
    uint8_t d;

    if (cursor_take(&c, 4) == NULL)
        return fail_corrupt(err, offset, "F4.1", "frame header is cut off");
    d = cursor_u8(&c);
    if ((d & 0x18) != 0)
        return fail_corrupt(err, offset + 4, "F4.1", "reserved bits are set");
    if ((d & 0x04) == 0)
        return fail_corrupt(err, offset + 4, "F4.1", "frame without checksum");
    if ((d & 0x20) == 0) {
        uint8_t w = cursor_u8(&c);
        uint64_t base = (uint64_t)1 << (10 + (w >> 3));

        window = base + base / 8 * (w & 7);
        if (d >> 6 == 0)
            return fail_corrupt(err, offset + 4, "F4.1",
                                "frame without content size");
    }
    for (unsigned i = 0; i < id_sizes[d & 3]; i++)
        h.dict_id |= (uint32_t)cursor_u8(&c) << 8 * i;
    for (unsigned i = 0; i < content_sizes[d >> 6]; i++)
        h.content_size |= (uint64_t)cursor_u8(&c) << 8 * i;
    if (d >> 6 == 1)
        h.content_size += 256;
    if (c.bad)
        return fail_corrupt(err, offset, "F4.1", "frame header is cut off");
    if ((d & 0x20) != 0)
        window = h.content_size;
    if (window > window_max)
        return fail_corrupt(err, offset, "F4.1", "window of more than 8 MiB");
    h.header_size = len - cursor_left(&c);
    h.block_max = (uint32_t)min_u64(window, BLOCK_CONTENT_MAX);
    *out = h;
    return SHEAF_OK;
}

/* The header of a block (RFC 8878, section 3.1.1.2), in 3 bytes. */
struct block {
    bool last;
    unsigned type;
    uint32_t size;   /* as stated */
    uint32_t stored; /* bytes after the header */
};

static struct block
block_decode(const uint8_t *p)
{
    uint32_t b = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
    struct block block = { .last = (b & 1) != 0,
                           .type = b >> 1 & 3,
                           .size = b >> 3 };

    block.stored = block.type == BLOCK_RLE ? 1 : block.size;
    return block;
}

int
codec_header(const uint8_t *data, size_t len, uint64_t offset,
             struct codec_header *out, struct sheaf_error *err)
{
    return parse_header(data, len, offset, CODEC_WINDOW_MAX, out, err);
}

int
codec_dict_header(const uint8_t *data, size_t len, uint64_t offset,
                  struct codec_header *out, struct sheaf_error *err)
{
    return parse_header(data, len, offset, DICT_WINDOW_MAX, out, err);
}

int
codec_frame_length(const uint8_t *data, size_t len, uint64_t offset,
                   uint64_t *out, struct sheaf_error *err)
{
    struct codec_header h;
    uint64_t at;
    int rc;

    if (len <= FRAME_MAGIC_BYTES)
        return SHEAF_END;
    if (len < CODEC_HEADER_MAX) {
        /* The shortest frame has 6 bytes of header, a block of 3 and a
         * checksum of 4. So these bytes may be a whole header, padded here
         * for the parser. */
        uint8_t padded[CODEC_HEADER_MAX] = { 0 };

        memcpy(padded, data, len);
        rc = codec_header(padded, sizeof padded, offset, &h, err);
        if (rc == SHEAF_OK && h.header_size > len)
            return SHEAF_END;
    } else {
        rc = codec_header(data, len, offset, &h, err);
    }
    if (rc != SHEAF_OK)
        return rc;
    at = h.header_size;
    for (;;) {
        struct block b;

        if (at + BLOCK_HEAD > len)
            return SHEAF_END;
        b = block_decode(data + at);
        if (b.type == BLOCK_RESERVED)
            return fail_corrupt(err, offset + at, "F4.10",
                                "reserved type of block");
        /* Some versions of libzstd take it, and some do not. */
        if (b.size > h.block_max)
            return fail_corrupt(err, offset + at, "F4.10",
                                "a block is larger than the frame allows");
        at += BLOCK_HEAD + b.stored;
        if (b.last)
            break;
    }
    at += 4;
    if (at > len)
        return SHEAF_END;
    *out = at;
    return SHEAF_OK;
}

uint64_t
codec_length_max(uint64_t content_size)
{
    /* Five bytes for two, if everything else failed; see until_border. */
    return content_size * 3 + 1024;
}

void
codec_rename_dict(uint8_t *frame, const struct codec_header *h, uint32_t id)
{
    static const unsigned widths[4] = { 0, 1, 2, 4 };
    unsigned width = widths[frame[4] & 3];
    size_t at = (frame[4] & 0x20) != 0 ? 5 : 6;

    assert(at + width <= h->header_size);
    for (unsigned i = 0; i < width; i++)
        frame[at + i] = (uint8_t)(id >> 8 * i);
}

/* ---- What blocks must and must not have ---------------------------------- */

size_t
codec_find_magic(const uint8_t *data, size_t len)
{
    const size_t back = sizeof magic - 1;
    const uint8_t *const end = data + len;
    const uint8_t *p;

    if (len < sizeof magic)
        return len;
    /* The last byte is a control character, which is rare in text. memchr
     * looks at many bytes at a time, and memmem at one. */
    for (p = data + back; p < end; p++) {
        p = memchr(p, magic[back], (size_t)(end - p));
        if (p == NULL)
            break;
        if (memcmp(p - back, magic, back) == 0)
            return (size_t)(p - data) - back;
    }
    return len;
}

bool
codec_hides_magic(const uint8_t *frame, size_t len)
{
    struct codec_header h;
    size_t blocks;

    if (codec_dict_header(frame, len, 0, &h, NULL) != SHEAF_OK ||
        len < h.header_size + CHECKSUM_SIZE)
        return false;
    blocks = len - h.header_size - CHECKSUM_SIZE;
    return codec_find_magic(frame + h.header_size, blocks) < blocks;
}

/* The length of the literals section of a compressed block (RFC 8878,
 * section 3.1.1.3.1); more than `len` if it is incomplete. */
static size_t
literals_length(const uint8_t *p, size_t len)
{
    unsigned type = p[0] & 3;
    unsigned format = p[0] >> 2 & 3;
    uint64_t bits = 0;

    for (size_t i = 0; i < 5 && i < len; i++)
        bits |= (uint64_t)p[i] << 8 * i;
    if (type < 2) {
        size_t head = format == 1 ? 2 : format == 3 ? 3 : 1;
        size_t size = (size_t)(format == 1   ? bits >> 4 & 0xfff
                               : format == 3 ? bits >> 4 & 0xfffff
                                             : bits >> 3 & 0x1f);

        return head + (type == 0 ? size : 1);
    }
    if (format < 2)
        return 3 + (size_t)(bits >> 14 & 0x3ff);
    if (format == 2)
        return 4 + (size_t)(bits >> 18 & 0x3fff);
    return 5 + (size_t)(bits >> 22 & 0x3ffff);
}

static bool
block_is_canonical(const uint8_t *p, size_t len)
{
    size_t at;

    if (len == 0)
        return true;
    at = literals_length(p, len);
    if (at >= len || p[at] == 0)
        return true;
    at += p[at] < 128 ? 1 : p[at] < 255 ? 2 : 3;
    return at >= len || (p[at] & 3) == 0;
}

size_t
codec_block(const uint8_t *data, size_t len, bool *last, bool *canonical)
{
    struct block b;

    if (len < BLOCK_HEAD)
        return 0;
    b = block_decode(data);
    if (b.stored > len - BLOCK_HEAD)
        return 0;
    *last = b.last;
    *canonical = b.type != BLOCK_COMPRESSED ||
                 block_is_canonical(data + BLOCK_HEAD, b.stored);
    return BLOCK_HEAD + b.stored;
}

bool
codec_is_canonical(const uint8_t *frame, size_t len)
{
    struct codec_header h;
    bool last = false;
    bool canonical = true;
    size_t at;

    if (codec_dict_header(frame, len, 0, &h, NULL) != SHEAF_OK)
        return false;
    for (at = h.header_size; canonical && !last;) {
        size_t n = codec_block(frame + at, len - at, &last, &canonical);

        if (n == 0 || block_decode(frame + at).size > h.block_max)
            return false;
        at += n;
    }
    return canonical;
}
