/*
 * buf.c - growable bytes.
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/cursor.h"
#include "base/mem.h"
#include "base/number.h"

bool
buf_reserve(struct sheaf_buf *buf, size_t cap)
{
    size_t grown = buf->cap + buf->cap / 2 + 64;
    uint8_t *data;

    if (cap <= buf->cap)
        return true;
    if (grown < cap)
        grown = cap;
    data = mem_resize(buf->data, grown, 1);
    if (data == NULL)
        return false;
    buf->data = data;
    buf->cap = grown;
    return true;
}

bool
buf_add(struct sheaf_buf *buf, const void *data, size_t len)
{
    size_t need;

    if (len == 0)
        return true;
    if (ADD_OVERFLOWS(buf->len, len, &need) || !buf_reserve(buf, need))
        return false;
    memcpy(buf->data + buf->len, data, len);
    buf->len = need;
    return true;
}

bool
buf_add_be(struct sheaf_buf *buf, uint64_t v, unsigned len)
{
    uint8_t bytes[8];

    put_be(bytes, v, len);
    return buf_add(buf, bytes, len);
}

bool
buf_add_str(struct sheaf_buf *buf, const char *text)
{
    return buf_add(buf, text, strlen(text));
}

bool
buf_add_u64_text(struct sheaf_buf *buf, uint64_t v)
{
    char digits[NUMBER_DIGITS_MAX];

    return buf_add(buf, digits, number_print(v, digits));
}

bool
buf_format(struct sheaf_buf *buf, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0 || !buf_reserve(buf, buf->len + (size_t)n + 1))
        return false;
    va_start(args, format);
    vsnprintf((char *)buf->data + buf->len, (size_t)n + 1, format, args);
    va_end(args);
    buf->len += (size_t)n;
    return true;
}

bool
buf_resize(struct sheaf_buf *buf, size_t len)
{
    if (!buf_reserve(buf, len))
        return false;
    buf->len = len;
    return true;
}

bool
buf_end(struct sheaf_buf *buf)
{
    if (!buf_add(buf, "", 1))
        return false;
    buf->len--;
    return true;
}

void
sheaf_buf_free(struct sheaf_buf *buf)
{
    mem_free(buf->data);
    memset(buf, 0, sizeof *buf);
}
