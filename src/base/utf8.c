/*
 * utf8.c - UTF-8: checking it, and characters from and to bytes.
 */
#include "base/utf8.h"

static bool
is_tail(uint8_t b)
{
    return (b & 0xC0) == 0x80;
}

size_t
utf8_len(const uint8_t *p, size_t left)
{
    uint8_t b = p[0];

    if (b < 0x80)
        return 1;
    if (b < 0xC2)
        return 0;
    if (b < 0xE0)
        return left >= 2 && is_tail(p[1]) ? 2 : 0;
    if (b < 0xF0) {
        if (left < 3 || !is_tail(p[1]) || !is_tail(p[2]) ||
            (b == 0xE0 && p[1] < 0xA0) || (b == 0xED && p[1] >= 0xA0))
            return 0;
        return 3;
    }
    if (b > 0xF4 || left < 4 || !is_tail(p[1]) || !is_tail(p[2]) ||
        !is_tail(p[3]) || (b == 0xF0 && p[1] < 0x90) ||
        (b == 0xF4 && p[1] >= 0x90))
        return 0;
    return 4;
}

size_t
utf8_next(const uint8_t *p, size_t left, uint32_t *code)
{
    static const uint8_t mask[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };
    size_t len = utf8_len(p, left);
    uint32_t c = p[0] & mask[len];

    for (size_t i = 1; i < len; i++)
        c = c << 6 | (p[i] & 0x3Fu);
    if (len != 0)
        *code = c;
    return len;
}

size_t
utf8_put(uint8_t out[UTF8_MAX], uint32_t code)
{
    if (code < 0x80) {
        out[0] = (uint8_t)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (uint8_t)(0xC0 | code >> 6);
        out[1] = (uint8_t)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (uint8_t)(0xE0 | code >> 12);
        out[1] = (uint8_t)(0x80 | (code >> 6 & 0x3F));
        out[2] = (uint8_t)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (uint8_t)(0xF0 | code >> 18);
    out[1] = (uint8_t)(0x80 | (code >> 12 & 0x3F));
    out[2] = (uint8_t)(0x80 | (code >> 6 & 0x3F));
    out[3] = (uint8_t)(0x80 | (code & 0x3F));
    return 4;
}

bool
utf8_valid(struct sheaf_bytes text)
{
    size_t at = 0;

    while (at < text.len) {
        size_t n = utf8_len(text.data + at, text.len - at);

        if (n == 0)
            return false;
        at += n;
    }
    return true;
}

/* Length of a character that begins with the byte `first`; 0 if none does. */
static size_t
announced(uint8_t first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xC2 || first > 0xF4)
        return 0;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

void
utf8_feed(struct utf8_check *c, const void *data, size_t len)
{
    const uint8_t *p = data;

    while (c->count > 0 && len > 0 && !c->bad) {
        c->kept[c->count++] = *p++;
        len--;
        if (c->count == announced(c->kept[0])) {
            c->bad = utf8_len(c->kept, c->count) == 0;
            c->count = 0;
        }
    }
    while (len > 0 && !c->bad) {
        size_t n = utf8_len(p, len);

        if (n == 0 && announced(p[0]) > len) {
            memcpy(c->kept, p, len);
            c->count = len;
            return;
        }
        c->bad = n == 0;
        p += n;
        len -= n;
    }
}

bool
utf8_good(const struct utf8_check *c)
{
    return !c->bad && c->count == 0;
}
