/*
 * buf.c - growable bytes.
 */
#include "base/buf.h"

#include <stdio.h>

#include "base/cursor.h"
#include "base/mem.h"

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
    char text[24];
    int n = snprintf(text, sizeof text, "%llu", (unsigned long long)v);

    return buf_add(buf, text, (size_t)n);
}

void
sheaf_buf_free(struct sheaf_buf *buf)
{
    mem_free(buf->data);
    memset(buf, 0, sizeof *buf);
}
