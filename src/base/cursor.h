/*
 * cursor.h - bounded reading and writing of the format's integers.
 *
 * Sheaf's own integers are big-endian; the two at the start of a frame are
 * zstd's, and little-endian (format.md F1.2).
 *
 * A cursor never moves past its end. The first read that would do so sets
 * `bad`, and from then on every read gives zero, so a decoder takes all its
 * fields and asks once, at the end, whether they were there.
 */
#ifndef SHEAF_BASE_CURSOR_H
#define SHEAF_BASE_CURSOR_H

#include "base/base.h"

struct cursor {
    const uint8_t *at;
    const uint8_t *end;
    bool bad;
};

static inline struct cursor
cursor_over(const void *data, size_t len)
{
    struct cursor c = { data, (const uint8_t *)data + len, false };

    return c;
}

static inline size_t
cursor_left(const struct cursor *c)
{
    return c->bad ? 0 : (size_t)(c->end - c->at);
}

/* Everything was read, and nothing beyond the end. */
static inline bool
cursor_done(const struct cursor *c)
{
    return !c->bad && c->at == c->end;
}

/* The next `len` bytes, or NULL (and `bad`) if there are fewer. */
static inline const uint8_t *
cursor_take(struct cursor *c, size_t len)
{
    const uint8_t *p = c->at;

    if (c->bad || (size_t)(c->end - c->at) < len) {
        c->bad = true;
        return NULL;
    }
    c->at += len;
    return p;
}

/* The next line, without its line feed. NULL if no line ends in a line
 * feed; nothing is taken then. */
static inline const uint8_t *
cursor_line(struct cursor *c, size_t *len)
{
    size_t left = cursor_left(c);
    const uint8_t *end = left != 0 ? memchr(c->at, '\n', left) : NULL;

    if (end == NULL)
        return NULL;
    *len = (size_t)(end - c->at);
    return cursor_take(c, *len + 1);
}

static inline void
cursor_copy(struct cursor *c, void *out, size_t len)
{
    const uint8_t *p = cursor_take(c, len);

    if (p != NULL)
        memcpy(out, p, len);
    else
        memset(out, 0, len);
}

static inline uint64_t
get_be(const uint8_t *p, unsigned len)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < len; i++)
        v = v << 8 | p[i];
    return v;
}

static inline void
put_be(uint8_t *p, uint64_t v, unsigned len)
{
    for (unsigned i = len; i > 0; i--, v >>= 8)
        p[i - 1] = (uint8_t)v;
}

static inline uint32_t
get_le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

static inline uint64_t
get_le64(const uint8_t *p)
{
    return get_le32(p) | (uint64_t)get_le32(p + 4) << 32;
}

static inline void
put_le32(uint8_t *p, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++, v >>= 8)
        p[i] = (uint8_t)v;
}

/* A big-endian integer of 1 to 8 bytes. */
static inline uint64_t
cursor_be(struct cursor *c, unsigned len)
{
    const uint8_t *p = cursor_take(c, len);

    return p != NULL ? get_be(p, len) : 0;
}

static inline uint8_t
cursor_u8(struct cursor *c)
{
    return (uint8_t)cursor_be(c, 1);
}

static inline uint16_t
cursor_u16(struct cursor *c)
{
    return (uint16_t)cursor_be(c, 2);
}

static inline uint32_t
cursor_u32(struct cursor *c)
{
    return (uint32_t)cursor_be(c, 4);
}

static inline uint64_t
cursor_u64(struct cursor *c)
{
    return cursor_be(c, 8);
}

#endif
