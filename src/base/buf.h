/*
 * buf.h - growable bytes, over struct sheaf_buf.
 *
 * A buffer starts as { 0 } and ends with sheaf_buf_free. Functions that can
 * run out of memory return false and leave the buffer as it was.
 */
#ifndef SHEAF_BASE_BUF_H
#define SHEAF_BASE_BUF_H

#include "base/base.h"
#include "sheaf.h"

/* Makes room for at least `cap` bytes in all. */
bool buf_reserve(struct sheaf_buf *buf, size_t cap);
bool buf_add(struct sheaf_buf *buf, const void *data, size_t len);
bool buf_add_be(struct sheaf_buf *buf, uint64_t v, unsigned len);
bool buf_add_str(struct sheaf_buf *buf, const char *text);
bool buf_add_u64_text(struct sheaf_buf *buf, uint64_t v);
bool buf_format(struct sheaf_buf *buf, const char *format, ...)
    PRINTF_LIKE(2, 3);
/* Sets the length to `len`. New bytes are undefined. */
bool buf_resize(struct sheaf_buf *buf, size_t len);
/* Puts a NUL after the bytes, which their length does not count. */
bool buf_end(struct sheaf_buf *buf);

/* The bytes as a string, after buf_end. */
static inline char *
buf_str(const struct sheaf_buf *buf)
{
    return (char *)buf->data;
}

static inline struct sheaf_bytes
buf_view(const struct sheaf_buf *buf)
{
    struct sheaf_bytes b = { buf->data, buf->len };

    return b;
}

static inline bool
bytes_equal(struct sheaf_bytes a, struct sheaf_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool
bytes_is(struct sheaf_bytes b, const char *s)
{
    return bytes_equal(b, sheaf_str(s));
}

/* Takes the bytes up to the next `end` off `rest`, and drops that `end`.
 * Without one it takes everything. */
static inline struct sheaf_bytes
bytes_until(struct sheaf_bytes *rest, char end)
{
    const uint8_t *at = rest->len != 0 ? memchr(rest->data, end, rest->len)
                                       : NULL;
    size_t len = at != NULL ? (size_t)(at - rest->data) : rest->len;
    struct sheaf_bytes taken = sheaf_view(rest->data, len);

    len += at != NULL;
    *rest = sheaf_view(rest->data + len, rest->len - len);
    return taken;
}

/* Order of bytes; a prefix comes first. */
static inline int
bytes_compare(struct sheaf_bytes a, struct sheaf_bytes b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n != 0 ? memcmp(a.data, b.data, n) : 0;

    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

#endif
