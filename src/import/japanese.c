/*
 * japanese.c - ISO-2022-JP and EUC-JP as Shift_JIS.
 *
 * All three number the same characters by row and cell. Windows has more of
 * them than the standard: circled digits, and names as in the register of
 * families. Programs write these in all three, and browsers read them; iconv
 * has them in CP932 only, which is Shift_JIS.
 */
#include "import/japanese.h"

#define ESCAPE '\x1B'
/* What is no character in Shift_JIS. */
#define NONE "\xFF"

/* Appends the character, whose row and cell are counted from 0x21; returns its
 * bytes. */
static size_t
add_pair(unsigned row, unsigned cell, struct sheaf_buf *out)
{
    unsigned first = (row - 0x21) / 2 + 0x81;
    unsigned second = row % 2 != 0 ? cell + 0x1F : cell + 0x7E;
    char pair[2];

    if (row < 0x21 || row > 0x7E || cell < 0x21 || cell > 0x7E) {
        buf_add_str(out, NONE);
        return 1;
    }
    if (first > 0x9F)
        first += 0x40;
    if (row % 2 != 0 && second >= 0x7F)
        second++;
    pair[0] = (char)first;
    pair[1] = (char)second;
    buf_add(out, pair, 2);
    return 2;
}

/* ---- EUC-JP ---- */

static bool
shift_euc(struct text t, struct sheaf_buf *out)
{
    for (size_t i = 0; i < t.len;) {
        const unsigned char *p = (const unsigned char *)t.data + i;
        unsigned next = i + 1 < t.len ? p[1] : 0;

        if (p[0] == 0x8F)
            return false; /* three bytes: a set of its own */
        if (p[0] < 0x80) {
            buf_add(out, p, 1);
            i++;
        } else if (p[0] == 0x8E && next > 0xA0 && next < 0xE0) {
            buf_add(out, p + 1, 1);
            i += 2;
        } else {
            i += add_pair(p[0] ^ 0x80U, next ^ 0x80U, out);
        }
    }
    return true;
}

/* ---- ISO-2022-JP ---- */

enum set { ASCII, ROMAN, KANA, PAIRS, OTHER };

/* The set that an escape sequence of three bytes begins. */
static enum set
set_of(struct text t)
{
    if (text_begins(t, "\x1B(B"))
        return ASCII;
    if (text_begins(t, "\x1B(J"))
        return ROMAN;
    if (text_begins(t, "\x1B(I"))
        return KANA;
    return text_begins(t, "\x1B$B") || text_begins(t, "\x1B$@") ? PAIRS
                                                                : OTHER;
}

/* Appends the character at `t`; returns its bytes, 0 if Shift_JIS has none. */
static size_t
shift_one(enum set set, struct text t, struct sheaf_buf *out)
{
    unsigned char c = (unsigned char)t.data[0];

    if (set == PAIRS && c > ' ')
        return add_pair(c, t.len > 1 ? (unsigned char)t.data[1] : 0, out);
    if (set == ROMAN && (c == '\\' || c == '~'))
        return 0;
    if (c >= 0x80 || (set == KANA && c > 0x5F))
        c = (unsigned char)NONE[0];
    else if (set == KANA && c > ' ')
        c |= 0x80;
    buf_add(out, &c, 1);
    return 1;
}

static bool
shift_iso(struct text t, struct sheaf_buf *out)
{
    enum set set = ASCII;

    while (t.len > 0) {
        size_t n = 3;

        if (t.data[0] == ESCAPE)
            set = set_of(t);
        else
            n = shift_one(set, t, out);
        if (set == OTHER || n == 0)
            return false;
        if (t.data[0] == '\n')
            set = ASCII; /* a line ends so, whatever its characters were */
        t = text_from(t.data + n, t.len - n);
    }
    return true;
}

bool
japanese_shift(const char *charset, struct text t, struct sheaf_buf *out)
{
    if (strncmp(charset, "ISO-2022-JP", 11) == 0)
        return shift_iso(t, out);
    return strncmp(charset, "EUC-JP", 6) == 0 && shift_euc(t, out);
}
