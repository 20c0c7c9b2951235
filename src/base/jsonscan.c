/*
 * jsonscan.c - the tokens of JSON, for all its readers.
 */
#include "base/jsonscan.h"

#include "base/hex.h"
#include "base/utf8.h"

bool
scan_word(struct scan *s, const char *word)
{
    size_t len = strlen(word);

    if (scan_left(s) < len || memcmp(s->at, word, len) != 0)
        return false;
    s->at += len;
    return true;
}

/*
 * Eight bytes at a time, because most text is this. Each term below sets the
 * top bit of a byte if that byte is, in turn: not ASCII, a control, '"', '\'.
 * It does so exactly for the first hit in a word and the bytes before it,
 * since a subtraction borrows only at a hit.
 */
size_t
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

bool
scan_text(struct scan *s, bool ascii)
{
    for (;;) {
        s->at += scan_plain(s->at, scan_left(s));
        if (s->at == s->end)
            return scan_refuse(s, "string does not end");
        if (*s->at == '"' || *s->at == '\\')
            return true;
        if (*s->at < 0x20)
            return scan_refuse(s, "control character in a string");
        if (ascii)
            return scan_refuse(s, "key is not ASCII");
        while (s->at < s->end && *s->at >= 0x80) {
            size_t n = utf8_len(s->at, scan_left(s));

            if (n == 0)
                return scan_refuse(s, "text is not UTF-8");
            s->at += n;
        }
    }
}

void
scan_space(struct scan *s)
{
    int c = scan_peek(s);

    while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        s->at++;
        c = scan_peek(s);
    }
}

/* Includes '/', which only loose JSON escapes. */
int
scan_unescape(uint8_t letter)
{
    switch (letter) {
    case '"':  return '"';
    case '\\': return '\\';
    case '/':  return '/';
    case 'b':  return '\b';
    case 't':  return '\t';
    case 'n':  return '\n';
    case 'f':  return '\f';
    case 'r':  return '\r';
    }
    return -1;
}

/* The four digits of \uXXXX, at the cursor's 'u'. */
static bool
scan_unit(struct scan *s, uint32_t *out)
{
    uint32_t unit = 0;

    if (scan_left(s) < 5 || *s->at != 'u')
        return false;
    for (int i = 1; i < 5; i++) {
        int digit = hex_digit(s->at[i]);

        if (digit < 0)
            return false;
        unit = unit << 4 | (uint32_t)digit;
    }
    s->at += 5;
    *out = unit;
    return true;
}

/* The second half of a surrogate pair; the cursor stays if there is none. */
static bool
scan_low(struct scan *s, uint32_t *low)
{
    const uint8_t *start = s->at;

    if (scan_take(s, '\\') && scan_unit(s, low) && *low >= 0xDC00 &&
        *low < 0xE000)
        return true;
    s->at = start;
    return false;
}

bool
scan_escape(struct scan *s, uint32_t *out, bool *half)
{
    const uint8_t *start = s->at;
    uint32_t c, low;
    int letter;

    s->at++;
    letter = s->at < s->end ? scan_unescape(*s->at) : -1;
    if (letter >= 0) {
        s->at++;
        *out = (uint32_t)letter;
        return true;
    }
    if (!scan_unit(s, &c))
        return scan_refuse_at(s, start, "F4.2", "bad escape");
    if (c >= 0xD800 && c < 0xDC00 && scan_low(s, &low))
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    else if (c >= 0xD800 && c < 0xE000 && half == NULL)
        return scan_refuse_at(s, start, "F4.2", "lone surrogate");
    else if (c >= 0xD800 && c < 0xE000)
        *half = true;
    *out = c;
    return true;
}
