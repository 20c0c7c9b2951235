/*
 * jsonscan.h - the tokens of JSON, for all its readers.
 *
 * A scan has a position in a text and the first error. Its functions return
 * false after an error; the position is then undefined.
 */
#ifndef SHEAF_BASE_JSONSCAN_H
#define SHEAF_BASE_JSONSCAN_H

#include "base/base.h"
#include "sheaf.h"

struct scan {
    const uint8_t *start;
    const uint8_t *at;
    const uint8_t *end;
    const uint8_t *bad_at;
    const char *why;
    const char *clause;
};

static inline struct scan
scan_over(struct sheaf_bytes text)
{
    struct scan s = { text.data, text.data, text.data + text.len, NULL, NULL,
                      NULL };

    return s;
}

/* For `return scan_refuse(...)`. */
static inline bool
scan_refuse_at(struct scan *s, const uint8_t *at, const char *clause,
               const char *why)
{
    s->bad_at = at;
    s->clause = clause;
    s->why = why;
    return false;
}

static inline bool
scan_refuse(struct scan *s, const char *why)
{
    return scan_refuse_at(s, s->at, "F4.2", why);
}

static inline size_t
scan_left(const struct scan *s)
{
    return (size_t)(s->end - s->at);
}

/* The next byte, or -1 at the end. */
static inline int
scan_peek(const struct scan *s)
{
    return s->at < s->end ? *s->at : -1;
}

static inline bool
scan_take(struct scan *s, char want)
{
    if (scan_peek(s) != want)
        return false;
    s->at++;
    return true;
}

/* Inline, so that the length of a literal is known. */
static inline bool
scan_word(struct scan *s, const char *word)
{
    size_t len = strlen(word);

    if (scan_left(s) < len || memcmp(s->at, word, len) != 0)
        return false;
    s->at += len;
    return true;
}

void scan_space(struct scan *s);

/*
 * How many of the first bytes are printable ASCII (or 7f) except '"' and '\'.
 * Eight bytes at a time, because most text is this. Each term below sets the
 * top bit of a byte if that byte is, in turn: not ASCII, a control, '"', '\'.
 * It does so exactly for the first hit in a word and the bytes before it,
 * since a subtraction borrows only at a hit.
 */
static inline size_t
scan_plain(const uint8_t *p, size_t len)
{
    const uint64_t ones = 0x0101010101010101;
    size_t n = 0;
    uint64_t w;

    for (; len - n >= sizeof w; n += sizeof w) {
        memcpy(&w, p + n, sizeof w);
        w = (w | (w - ones * 0x20) | ((w ^ ones * '"') - ones) |
             ((w ^ ones * '\\') - ones)) &
            ones * 0x80;
        if (w == 0)
            continue;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        return n + (size_t)__builtin_ctzll(w) / 8;
#else
        break;
#endif
    }
    while (n < len && p[n] >= 0x20 && p[n] < 0x80 && p[n] != '"' &&
           p[n] != '\\')
        n++;
    return n;
}

/* In a string: goes to the next '"' or '\', past whole characters that need
 * no escape. Keys of metadata have `ascii` set. */
bool scan_text(struct scan *s, bool ascii);

/*
 * Reads any escape of RFC 8259, from its backslash on. Half a surrogate pair
 * is an error, unless `half` is not NULL: then it is returned, and *half is
 * true.
 */
bool scan_escape(struct scan *s, uint32_t *out, bool *half);

/* The byte that a backslash and `letter` stand for, or -1. */
int scan_unescape(uint8_t letter);

#endif
