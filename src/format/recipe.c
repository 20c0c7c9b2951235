/*
 * recipe.c - the page of text in an archive (format.md F2.6).
 */
#include "format/recipe.h"

#include "base/buf.h"
#include "base/hash.h"
#include "format/frame.h"

/* The lines of spec/recipe.py. */
static const char *const lines[] = {
#include "format/recipe.inc"
};

/* BLAKE2b of the texts that earlier versions wrote. */
static const uint8_t earlier[]
                            [HASH_BYTES] = {
                                { 0xb6, 0x44, 0xd3, 0x86, 0x3f, 0x90, 0xe6,
                                  0x1c, 0xa2, 0x8b, 0x93, 0x4d, 0x30, 0x5d,
                                  0x85, 0xa8, 0xd7, 0x65, 0x3f, 0xa7, 0x79,
                                  0xc1, 0x95, 0x71, 0xeb, 0x80, 0xbb, 0xe6,
                                  0x17, 0xc4, 0x03, 0x35 }, /* 1.0.0-rc1 */
                            };

bool
recipe_frame(struct sheaf_buf *out)
{
    struct sheaf_buf text = { 0 };
    bool good = true;

    for (size_t i = 0; good && i < COUNT_OF(lines); i++)
        good = buf_add_str(&text, lines[i]);
    good = good && frame_optional(out, FRAME_TEXT, buf_view(&text));
    sheaf_buf_free(&text);
    return good;
}

static bool
is_earlier(const uint8_t *text, size_t len)
{
    uint8_t hash[HASH_BYTES];

    hash_blake2b(text, len, hash);
    for (size_t i = 0; i < COUNT_OF(earlier); i++)
        if (memcmp(hash, earlier[i], HASH_BYTES) == 0)
            return true;
    return false;
}

static bool
is_this(const uint8_t *at, size_t left)
{
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        size_t len = strlen(lines[i]);

        if (len > left || memcmp(at, lines[i], len) != 0)
            return false;
        at += len;
        left -= len;
    }
    return left == 0;
}

bool
recipe_is_frame(struct sheaf_bytes frame)
{
    const uint8_t *text = frame.data + FRAME_HEAD_SIZE;
    size_t len;

    if (frame.len < FRAME_HEAD_SIZE + FRAME_SUM_SIZE ||
        !frame_is_optional(frame.data, FRAME_TEXT))
        return false;
    len = frame.len - FRAME_HEAD_SIZE - FRAME_SUM_SIZE;
    return is_this(text, len) || is_earlier(text, len);
}
