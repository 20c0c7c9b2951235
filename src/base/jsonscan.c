/*
 * jsonscan.c - the tokens of JSON, for all its readers.
 */
#include "base/jsonscan.h"

#include "base/hex.h"
#include "base/utf8.h"

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
