/*
 * recode.c - text from other character sets to UTF-8, by iconv.
 */
#include "import/recode.h"

#include <errno.h>
#include <iconv.h>

#include "import/japanese.h"

#define NOT_THERE "\xEF\xBF\xBD" /* U+FFFD */

bool
recode_knows(const char *charset)
{
    iconv_t cd = iconv_open("UTF-8", charset);

    if (cd == (iconv_t)-1)
        return false;
    iconv_close(cd);
    return true;
}

static _Noreturn void
die_unknown(const char *charset)
{
    die(EXIT_FAILED, NULL, "unknown character set '%s'", charset);
}

/* Converts as much of `from` as possible to `to`, and returns iconv's errno.
 * At the end of the text comes what iconv has kept back: the last letter in
 * charsets with accents of their own, such as windows-1258. */
static int
step(iconv_t cd, struct text *from, char **to, size_t *room)
{
    char *p = (char *)(uintptr_t)from->data;
    size_t left = from->len;
    bool end = left == 0;
    int sys = iconv(cd, end ? NULL : &p, &left, to, room) == (size_t)-1 ? errno
                                                                        : 0;

    *from = text_from(p, left);
    return sys;
}

static void
convert_all(iconv_t cd, struct text t, struct sheaf_buf *out, size_t *bad)
{
    bool end = false;

    while (!end) {
        bool last = t.len == 0;
        char *to;
        size_t room;
        int sys;

        buf_reserve(out, out->len + t.len + 64);
        to = (char *)out->data + out->len;
        room = out->cap - out->len;
        sys = step(cd, &t, &to, &room);
        out->len = out->cap - room;
        if (t.len > 0 && (sys == EILSEQ || sys == EINVAL)) {
            buf_add_str(out, NOT_THERE);
            t = text_from(t.data + 1, t.len - 1);
            ++*bad;
        }
        end = last && sys != E2BIG;
    }
}

bool
recode_known(const char *charset, struct text t, struct sheaf_buf *out,
             size_t *bad)
{
    struct sheaf_buf shifted = { 0 };
    iconv_t cd = (iconv_t)-1;

    *bad = 0;
    if (japanese_shift(charset, t, &shifted))
        cd = iconv_open("UTF-8", "CP932");
    if (cd != (iconv_t)-1)
        t = text_of_buf(&shifted);
    else
        cd = iconv_open("UTF-8", charset);
    if (cd != (iconv_t)-1) {
        convert_all(cd, t, out, bad);
        iconv_close(cd);
    }
    sheaf_buf_free(&shifted);
    return cd != (iconv_t)-1;
}

void
recode(const char *charset, struct text t, struct sheaf_buf *out)
{
    size_t bad;

    if (!recode_known(charset, t, out, &bad))
        die_unknown(charset);
}

/* Writes a replacement character, if there is room, and skips a unit. */
static void
skip_bad(struct recoder *r, struct text t, char **to, size_t *room)
{
    size_t unit = t.len < r->unit ? t.len : r->unit;

    if (*room < 3)
        return;
    memcpy(*to, NOT_THERE, 3);
    *to += 3;
    *room -= 3;
    input_take(r->from, unit);
}

/* Converts at least one character to `to`, which has room for it; 0 at the
 * end. */
static size_t
convert(struct recoder *r, char *to, size_t cap)
{
    size_t room = cap;

    assert(cap >= RECODE_ROOM);
    while (room == cap) {
        struct text t = input_peek(r->from, 4), left = t;
        int sys = step(r->cd, &left, &to, &room);

        if (t.len == 0 && room == cap) {
            if (input_failed(r->from))
                input_fail(&r->in, r->from->wrong_code, "%s", r->from->wrong);
            return 0;
        }
        input_take(r->from, t.len - left.len);
        if (sys == EILSEQ || (sys == EINVAL && left.len == t.len))
            skip_bad(r, left, &to, &room);
    }
    return cap - room;
}

static size_t
read_recoded(struct input *in, void *buffer, size_t cap)
{
    struct recoder *r = in->ctx;
    size_t n;

    if (r->held_at == r->held_len && cap >= RECODE_ROOM)
        return convert(r, buffer, cap);
    if (r->held_at == r->held_len) {
        r->held_at = 0;
        r->held_len = convert(r, r->held, RECODE_ROOM);
    }
    n = r->held_len - r->held_at < cap ? r->held_len - r->held_at : cap;
    memcpy(buffer, r->held + r->held_at, n);
    r->held_at += n;
    return n;
}

void
recode_open(struct recoder *r, const char *charset, struct input *from)
{
    memset(r, 0, sizeof *r);
    r->from = from;
    r->cd = iconv_open("UTF-8", charset);
    if (r->cd == (iconv_t)-1)
        die_unknown(charset);
    r->unit = strncmp(charset, "UTF-16", 6) == 0   ? 2
              : strncmp(charset, "UTF-32", 6) == 0 ? 4
                                                   : 1;
    r->in.read = read_recoded;
    r->in.ctx = r;
    r->in.size = UNKNOWN_SIZE;
    r->in.fd = -1;
}

void
recode_close(struct recoder *r)
{
    if (input_failed(&r->in) && !input_failed(r->from))
        input_fail(r->from, r->in.wrong_code, "%s", r->in.wrong);
    input_free(&r->in);
    iconv_close(r->cd);
}

/* Whether most pairs of bytes are two characters of ASCII, or it is UTF-8 with
 * others: such text may have a NUL in it. */
static bool
reads_as_bytes(struct text t)
{
    size_t two = 0;
    bool high = false;

    for (size_t i = 0; i + 1 < t.len; i += 2)
        two += t.data[i] >= ' ' && t.data[i] < 0x7F && t.data[i + 1] >= ' ' &&
               t.data[i + 1] < 0x7F;
    for (size_t i = 0; i < t.len; i++)
        high = high || (unsigned char)t.data[i] >= 0x80;
    return two > t.len / 4 || (high && text_is_utf8(text_cut(t, LOOK_MAX - 4)));
}

/* Whether these may be characters in UTF-16: no control characters, no halves,
 * none that is private, no line end or space with its bytes the other way
 * round. `ascii` counts those of ASCII. */
static bool
reads_as_utf16(struct text t, bool big, size_t *ascii)
{
    const unsigned char *p = (const unsigned char *)t.data;
    bool half = false;

    for (size_t i = 0; i + 1 < t.len; i += 2) {
        unsigned c = big ? p[i] * 256U + p[i + 1] : p[i + 1] * 256U + p[i];
        bool second = c >= 0xDC00 && c < 0xE000;

        if (c == 0 || (c < ' ' && strchr("\t\n\f\r", (int)c) == NULL) ||
            (c >= 0x7F && c < 0xA0) || (c >= 0xE000 && c < 0xF900) ||
            c == 0x0A00 || c == 0x0D00 || c == 0x2000 || c >= 0xFFFE ||
            half != second)
            return false;
        half = c >= 0xD800 && c < 0xDC00;
        *ascii += c < 0x80;
    }
    return !half || t.len >= LOOK_MAX;
}

const char *
recode_utf16(struct text start)
{
    size_t little = 0, big = 0;

    if (start.len >= 2 && memcmp(start.data, "\xFF\xFE", 2) == 0)
        return "UTF-16LE";
    if (start.len >= 2 && memcmp(start.data, "\xFE\xFF", 2) == 0)
        return "UTF-16BE";
    if (start.len < 4 || start.len % 2 != 0 ||
        memchr(start.data, '\0', start.len) == NULL || reads_as_bytes(start))
        return NULL;
    if (!reads_as_utf16(start, false, &little))
        little = 0;
    if (!reads_as_utf16(start, true, &big))
        big = 0;
    if (little == big || (little > big ? little : big) < start.len / 100)
        return NULL;
    return little > big ? "UTF-16LE" : "UTF-16BE";
}
