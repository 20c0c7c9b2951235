/*
 * recipe.c - the page of text in an archive (format.md F2.6).
 */
#include "format/recipe.h"

#include "base/buf.h"
#include "format/frame.h"

/* The lines of spec/recipe.py. */
static const char *const lines[] = {
#include "format/recipe.inc"
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

bool
recipe_is_frame(struct sheaf_bytes frame)
{
    const uint8_t *at = frame.data + FRAME_HEAD_SIZE;
    size_t left;

    if (frame.len < FRAME_HEAD_SIZE + FRAME_SUM_SIZE ||
        !frame_is_optional(frame.data, FRAME_TEXT))
        return false;
    left = frame.len - FRAME_HEAD_SIZE - FRAME_SUM_SIZE;
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        size_t len = strlen(lines[i]);

        if (len > left || memcmp(at, lines[i], len) != 0)
            return false;
        at += len;
        left -= len;
    }
    return left == 0;
}
