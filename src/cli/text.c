/*
 * text.c - growable bytes, UTF-8, and JSON strings.
 */
#include "cli/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static bool
reserve(struct text *t, size_t cap)
{
    char *data;

    if (cap <= t->cap)
        return true;
    if (cap < 256)
        cap = 256;
    if (t->cap <= SIZE_MAX / 2 && cap < t->cap * 2)
        cap = t->cap * 2;
    data = realloc(t->data, cap);
    if (data == NULL)
        return false;
    t->data = data;
    t->cap = cap;
    return true;
}

bool
text_add(struct text *t, const void *data, size_t len)
{
    size_t need;

    if (ADD_OVERFLOWS(t->len, len, &need) || !reserve(t, need))
        return false;
    if (len != 0)
        memcpy(t->data + t->len, data, len);
    t->len = need;
    return true;
}

bool
text_add_str(struct text *t, const char *s)
{
    return text_add(t, s, strlen(s));
}

bool
text_format(struct text *t, const char *format, ...)
{
    va_list args;
    char *s = NULL;
    bool good;
    int n;

    va_start(args, format);
    n = vasprintf(&s, format, args);
    va_end(args);
    if (n < 0)
        return false;
    good = text_add(t, s, (size_t)n);
    free(s);
    return good;
}

bool
text_resize(struct text *t, size_t len)
{
    if (!reserve(t, len))
        return false;
    t->len = len;
    return true;
}

bool
text_end(struct text *t)
{
    if (!text_add(t, "", 1))
        return false;
    t->len--;
    return true;
}

void
text_free(struct text *t)
{
    free(t->data);
    memset(t, 0, sizeof *t);
}

bool
bytes_is(struct sheaf_bytes b, const char *s)
{
    return b.len == strlen(s) && memcmp(b.data, s, b.len) == 0;
}

static uint8_t
lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static bool
same_nocase(const uint8_t *a, const uint8_t *b, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

bool
bytes_is_nocase(struct sheaf_bytes a, struct sheaf_bytes b)
{
    return a.len == b.len &&
           (a.len == 0 || same_nocase(a.data, b.data, a.len));
}

bool
bytes_has_nocase(struct sheaf_bytes hay, struct sheaf_bytes needle)
{
    if (needle.len == 0)
        return true;
    for (size_t at = 0; at < hay.len && hay.len - at >= needle.len; at++)
        if (same_nocase(hay.data + at, needle.data, needle.len))
            return true;
    return false;
}

/* Bytes of a character that begins with `first`; 0 if none does. */
static size_t
utf8_length(uint8_t first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return 2;
    if (first >= 0xE0 && first <= 0xEF)
        return 3;
    return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

size_t
utf8_next(const uint8_t *p, size_t left, uint32_t *code)
{
    static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
    static const uint8_t mask[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };
    size_t len = utf8_length(p[0]);
    uint32_t c;

    if (len == 0 || len > left)
        return 0;
    c = p[0] & mask[len];
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3Fu);
    }
    if (c < smallest[len] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return 0;
    *code = c;
    return len;
}

void
utf8_feed(struct utf8_check *c, const void *data, size_t len)
{
    const uint8_t *p = data;
    uint32_t code;
    size_t n;

    while (c->count > 0 && len > 0 && !c->bad) {
        c->kept[c->count++] = *p++;
        len--;
        if (c->count == utf8_length(c->kept[0])) {
            c->bad = utf8_next(c->kept, c->count, &code) == 0;
            c->count = 0;
        }
    }
    while (len > 0 && !c->bad) {
        n = utf8_next(p, len, &code);
        if (n == 0 && utf8_length(p[0]) > len) {
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

/* ---- JSON strings -------------------------------------------------------- */

static bool
add_code(struct text *t, uint32_t c)
{
    uint8_t b[4];
    size_t len;

    if (c < 0x80) {
        b[0] = (uint8_t)c;
        len = 1;
    } else if (c < 0x800) {
        b[0] = (uint8_t)(0xC0 | c >> 6);
        b[1] = (uint8_t)(0x80 | (c & 0x3F));
        len = 2;
    } else if (c < 0x10000) {
        b[0] = (uint8_t)(0xE0 | c >> 12);
        b[1] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
        b[2] = (uint8_t)(0x80 | (c & 0x3F));
        len = 3;
    } else {
        b[0] = (uint8_t)(0xF0 | c >> 18);
        b[1] = (uint8_t)(0x80 | (c >> 12 & 0x3F));
        b[2] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
        b[3] = (uint8_t)(0x80 | (c & 0x3F));
        len = 4;
    }
    return text_add(t, b, len);
}

/* The four digits after \u; false if they are not there. */
static bool
hex4(const uint8_t *p, size_t left, uint32_t *out)
{
    uint32_t v = 0;

    if (left < 4)
        return false;
    for (size_t i = 0; i < 4; i++) {
        uint8_t c = lower(p[i]);

        if (c >= '0' && c <= '9')
            v = v << 4 | (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            v = v << 4 | (uint32_t)(c - 'a' + 10);
        else
            return false;
    }
    *out = v;
    return true;
}

/* Takes \uXXXX, or two of them that are one character, from `p`. Gives its
 * length, or 0 if it is no character. */
static size_t
unescape_code(const uint8_t *p, size_t left, uint32_t *out)
{
    uint32_t high, low;

    if (left < 2 || !hex4(p + 2, left - 2, &high))
        return 0;
    if (high < 0xD800 || high > 0xDFFF) {
        *out = high;
        return 6;
    }
    if (high > 0xDBFF || left < 12 || p[6] != '\\' || p[7] != 'u' ||
        !hex4(p + 8, left - 8, &low) || low < 0xDC00 || low > 0xDFFF)
        return 0;
    *out = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    return 12;
}

bool
text_unescape(struct text *t, struct sheaf_bytes string)
{
    static const char names[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";
    size_t start = t->len;
    bool good = true;

    for (size_t i = 0; i < string.len && good;) {
        const uint8_t *p = string.data + i;
        size_t left = string.len - i;
        const uint8_t *end = memchr(p, '\\', left);
        const char *name;
        uint32_t code;
        size_t n;

        n = end != NULL ? (size_t)(end - p) : left;
        if (n > 0) {
            good = text_add(t, p, n);
            i += n;
            continue;
        }
        name = left > 1 && p[1] != '\0' ? strchr(names, p[1]) : NULL;
        if (name != NULL) {
            good = text_add(t, values + (name - names), 1);
            i += 2;
        } else if (left > 1 && p[1] == 'u' &&
                   (n = unescape_code(p, left, &code)) > 0) {
            good = add_code(t, code);
            i += n;
        } else {
            good = text_add(t, p, 1);
            i++;
        }
    }
    if (!good)
        t->len = start;
    return good;
}
