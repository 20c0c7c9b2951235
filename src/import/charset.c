/*
 * charset.c - bytes of a page or text to UTF-8, as a browser reads them.
 *
 * The order is that of the WHATWG: byte order mark, HTTP header, what the page
 * says, a guess. There is one exception. Crawlers often rewrite pages in UTF-8
 * that go on to name their old charset, and servers name one for all pages. So
 * text that is valid UTF-8 throughout, in too many places for chance, is read
 * as UTF-8, and text that mostly is not is not.
 */
#include "import/charset.h"
#include "import/recode.h"

#include <stdio.h>
#include <strings.h>

#define LABEL_MAX ((size_t)CHARSET_NAME_MAX)
/* This many non-ASCII characters, all valid, are no chance; of a charset with
 * one byte for each, fewer are. */
#define SURELY_UTF8 3
#define SURELY_NOT_1252 1

/* ---- Names ---- */

/* Labels that mean another charset (encoding.spec.whatwg.org), and iconv's
 * names for these; of several labels for one name, the usual one first. "1252"
 * and "utf8" are handled here. */
static const struct {
    const char *label;
    const char *name;
} labels[] = {
    { "utf-8", "utf8" },
    { "utf8", "utf8" },
    { "unicode-1-1-utf-8", "utf8" },
    { "utf-16", "utf8" },
    { "utf-16le", "utf8" },
    { "utf-16be", "utf8" },
    { "unicode", "utf8" },
    { "windows-1252", "1252" },
    { "iso-8859-1", "1252" },
    { "iso8859-1", "1252" },
    { "iso_8859-1", "1252" },
    { "latin1", "1252" },
    { "latin-1", "1252" },
    { "l1", "1252" },
    { "ascii", "1252" },
    { "us-ascii", "1252" },
    { "cp1252", "1252" },
    { "x-cp1252", "1252" },
    { "ansi_x3.4-1968", "1252" },
    { "x-user-defined", "1252" },
    { "iso-8859-9", "CP1254" },
    { "latin5", "CP1254" },
    { "windows-874", "CP874" },
    { "iso-8859-11", "CP874" },
    { "tis-620", "CP874" },
    { "dos-874", "CP874" },
    { "gb18030", "GB18030" },
    { "gb2312", "GB18030" },
    { "gbk", "GB18030" },
    { "x-gbk", "GB18030" },
    { "gb_2312-80", "GB18030" },
    { "chinese", "GB18030" },
    { "big5", "BIG5-HKSCS" },
    { "big5-hkscs", "BIG5-HKSCS" },
    { "x-x-big5", "BIG5-HKSCS" },
    { "cn-big5", "BIG5-HKSCS" },
    { "shift_jis", "CP932" },
    { "shift-jis", "CP932" },
    { "sjis", "CP932" },
    { "x-sjis", "CP932" },
    { "ms_kanji", "CP932" },
    { "windows-31j", "CP932" },
    { "ms932", "CP932" },
    { "euc-jp", "EUC-JP-MS" },
    { "x-euc-jp", "EUC-JP-MS" },
    { "eucjp", "EUC-JP-MS" },
    { "cseucpkdfmtjapanese", "EUC-JP-MS" },
    { "cp51932", "EUC-JP-MS" },
    { "iso-2022-jp", "ISO-2022-JP-3" },
    { "csiso2022jp", "ISO-2022-JP-3" },
    { "iso-2022-jp-ms", "ISO-2022-JP-3" },
    { "cp50220", "ISO-2022-JP-3" },
    { "cp50221", "ISO-2022-JP-3" },
    { "csshiftjis", "CP932" },
    { "euc-kr", "CP949" },
    { "ks_c_5601-1987", "CP949" },
    { "ksc5601", "CP949" },
    { "ks_c_5601-1989", "CP949" },
    { "korean", "CP949" },
    { "windows-949", "CP949" },
    { "iso-8859-8-i", "ISO-8859-8" },
    { "koi8-r", "KOI8-R" },
    { "koi8", "KOI8-R" },
    { "koi", "KOI8-R" },
    { "koi8-u", "KOI8-U" },
    { "ibm866", "CP866" },
    { "cp866", "CP866" },
    { "macintosh", "MACINTOSH" },
    { "x-mac-roman", "MACINTOSH" },
    { "x-mac-cyrillic", "MAC-CYRILLIC" },
};

/* ISO-8859-N and windows-125N, which iconv has by these names. */
static bool
is_numbered(const char *label, char name[LABEL_MAX])
{
    unsigned n;
    char rest;

    if (sscanf(label, "iso-8859-%2u%c", &n, &rest) == 1 && n >= 2 && n <= 16)
        snprintf(name, LABEL_MAX, "ISO-8859-%u", n);
    else if ((sscanf(label, "windows-%4u%c", &n, &rest) == 1 ||
              sscanf(label, "cp%4u%c", &n, &rest) == 1) &&
             n >= 1250 && n <= 1258)
        snprintf(name, LABEL_MAX, "CP%u", n);
    else
        return false;
    return true;
}

static bool
find_name(struct text label, char name[LABEL_MAX])
{
    char low[LABEL_MAX];
    size_t n = 0;

    label = text_trim(label);
    if (label.len == 0 || label.len >= sizeof low)
        return false;
    for (; n < label.len; n++)
        low[n] = label.data[n] >= 'A' && label.data[n] <= 'Z'
                     ? (char)(label.data[n] + 32)
                     : label.data[n];
    low[n] = '\0';
    for (size_t i = 0; i < COUNT_OF(labels); i++) {
        if (strcmp(low, labels[i].label) == 0) {
            snprintf(name, LABEL_MAX, "%s", labels[i].name);
            return true;
        }
    }
    return is_numbered(low, name);
}

bool
charset_name(struct text label, char name[CHARSET_NAME_MAX])
{
    if (!find_name(label, name))
        return false;
    if (strcmp(name, "utf8") == 0)
        snprintf(name, LABEL_MAX, "UTF-8");
    else if (strcmp(name, "1252") == 0)
        snprintf(name, LABEL_MAX, "WINDOWS-1252");
    return true;
}

bool
charset_any_name(struct text label, char name[CHARSET_NAME_MAX])
{
    label = text_trim(label);
    if (charset_name(label, name))
        return true;
    if (label.len == 0 || label.len >= CHARSET_NAME_MAX)
        return false;
    for (size_t i = 0; i < label.len; i++) {
        name[i] = label.data[i];
        /* A '/' would begin an option of iconv's. */
        if (name[i] <= ' ' || name[i] == '/' || (unsigned char)name[i] >= 0x7F)
            return false;
    }
    name[label.len] = '\0';
    return recode_knows(name);
}

/* The charset of pages in this language that name none. */
static const char *
name_by_language(struct text lang)
{
    static const struct {
        const char *lang;
        const char *name;
    } usual[] = {
        { "zh-tw", "BIG5-HKSCS" }, { "zh-hk", "BIG5-HKSCS" },
        { "zh", "GB18030" },       { "ja", "CP932" },
        { "ko", "CP949" },         { "ru", "CP1251" },
        { "uk", "CP1251" },        { "be", "CP1251" },
        { "bg", "CP1251" },        { "mk", "CP1251" },
        { "sr", "CP1251" },        { "el", "CP1253" },
        { "tr", "CP1254" },        { "az", "CP1254" },
        { "he", "CP1255" },        { "ar", "CP1256" },
        { "fa", "CP1256" },        { "et", "CP1257" },
        { "lt", "CP1257" },        { "lv", "CP1257" },
        { "vi", "CP1258" },        { "th", "CP874" },
        { "pl", "ISO-8859-2" },    { "cs", "CP1250" },
        { "hu", "ISO-8859-2" },    { "sk", "CP1250" },
        { "sl", "ISO-8859-2" },    { "hr", "CP1250" },
    };

    for (size_t i = 0; i < COUNT_OF(usual); i++)
        if (text_begins(lang, usual[i].lang))
            return usual[i].name;
    return "1252";
}

/* ---- Characters ---- */

unsigned
charset_1252(unsigned byte)
{
    static const unsigned short high[32] = {
        0x20AC, 0x81,   0x201A, 0x192,  0x201E, 0x2026, 0x2020, 0x2021,
        0x2C6,  0x2030, 0x160,  0x2039, 0x152,  0x8D,   0x17D,  0x8F,
        0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
        0x2DC,  0x2122, 0x161,  0x203A, 0x153,  0x9D,   0x17E,  0x178,
    };

    return byte >= 0x80 && byte < 0xA0 ? high[byte - 0x80] : byte;
}

void
charset_add(struct sheaf_buf *b, unsigned long c)
{
    uint8_t s[UTF8_MAX];

    if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
        c = 0xFFFD;
    buf_add(b, s, utf8_put(s, (uint32_t)c));
}

/* Counts of non-ASCII characters in UTF-8, and of bytes that are not UTF-8. */
struct utf8_count {
    size_t good, bad, nuls;
};

/* The length of ASCII without NULs at `p`, in whole words. */
static size_t
ascii_len(const unsigned char *p, size_t len)
{
    const uint64_t ones = UINT64_MAX / 255;
    size_t n = 0;

    for (; n + 8 <= len; n += 8) {
        uint64_t word;

        memcpy(&word, p + n, 8);
        if (((word | (word - ones)) & 0x80 * ones) != 0)
            break;
    }
    return n;
}

static struct utf8_count
count_utf8(struct text t)
{
    const unsigned char *p = (const unsigned char *)t.data;
    struct utf8_count count = { 0, 0, 0 };

    for (size_t i = 0; i < t.len;) {
        size_t n;

        i += ascii_len(p + i, t.len - i);
        if (i == t.len)
            break;
        if (p[i] < 0x80) {
            count.nuls += p[i++] == '\0';
            continue;
        }
        n = utf8_len(p + i, t.len - i);
        count.good += n != 0;
        count.bad += n == 0;
        i += n != 0 ? n : 1;
    }
    return count;
}

/* ---- Decoding ---- */

static void
decode_utf8(struct text t, struct sheaf_buf *out)
{
    const unsigned char *p = (const unsigned char *)t.data;
    size_t from = 0;

    for (size_t i = 0; i <= t.len;) {
        size_t n = i < t.len ? utf8_len(p + i, t.len - i) : 0;

        if (n != 0 && p[i] != '\0') {
            i += n;
            continue;
        }
        buf_add(out, t.data + from, i - from);
        if (i < t.len && p[i] != '\0')
            charset_add(out, 0xFFFD);
        from = ++i;
    }
}

static void
decode_1252(struct text t, struct sheaf_buf *out)
{
    for (size_t i = 0; i < t.len; i++)
        if (t.data[i] != '\0')
            charset_add(out, charset_1252((unsigned char)t.data[i]));
}

static void
decode_utf16(struct text t, bool big, struct sheaf_buf *out)
{
    for (size_t i = 0; i + 1 < t.len; i += 2) {
        const unsigned char *p = (const unsigned char *)t.data + i;
        unsigned long c = big ? p[0] * 256UL + p[1] : p[1] * 256UL + p[0];
        unsigned long low = 0;

        if (c >= 0xD800 && c < 0xDC00 && i + 3 < t.len)
            low = big ? p[2] * 256UL + p[3] : p[3] * 256UL + p[2];
        if (low >= 0xDC00 && low < 0xE000) {
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            i += 2;
        }
        if (c != 0)
            charset_add(out, c);
    }
}

static bool
is_iso_2022_jp(struct text t)
{
    for (size_t i = 0; i + 2 < t.len; i++)
        if (t.data[i] == 0x1B && t.data[i + 1] == '$' &&
            (t.data[i + 2] == 'B' || t.data[i + 2] == '@'))
            return true;
    return false;
}

/* Whether bytes that are said to be in `name` can be only UTF-8. */
static bool
is_surely_utf8(struct utf8_count count, const char *name)
{
    return count.bad == 0 &&
           count.good >=
               (strcmp(name, "1252") == 0 ? SURELY_NOT_1252 : SURELY_UTF8);
}

/* Whether the label may be that of these bytes: `name` is what they are. */
static bool
is_named(struct text label, struct utf8_count count, char name[LABEL_MAX])
{
    if (!find_name(label, name))
        return false;
    if (is_surely_utf8(count, name))
        snprintf(name, LABEL_MAX, "utf8");
    return strcmp(name, "utf8") != 0 || count.bad <= count.good;
}

/* Decides the charset of these bytes. */
static void
choose(struct text t, struct utf8_count count,
       const struct charset_hints *hints, char name[LABEL_MAX])
{
    if (is_named(hints->http, count, name) ||
        is_named(hints->meta, count, name))
        return;
    if (count.good + count.bad == 0)
        snprintf(name, LABEL_MAX, "%s",
                 is_iso_2022_jp(t) ? "ISO-2022-JP-3" : "utf8");
    else if (count.bad <= count.good / 4)
        snprintf(name, LABEL_MAX, "utf8");
    else
        snprintf(name, LABEL_MAX, "%s",
                 charset_guess(t, name_by_language(hints->lang)));
}

/* UTF-16 is recognised by its byte order mark, or by its first two
 * characters, which are ASCII. */
static bool
is_utf16(struct text t, bool *big)
{
    const unsigned char *p = (const unsigned char *)t.data;

    if (t.len < 4)
        return false;
    *big = p[0] == 0xFE || p[0] == 0;
    return (p[0] == 0xFF && p[1] == 0xFE) || (p[0] == 0xFE && p[1] == 0xFF) ||
           (p[0] == '<' && p[1] == 0 && p[2] != 0 && p[3] == 0) ||
           (p[0] == 0 && p[1] == '<' && p[2] == 0 && p[3] != 0);
}

struct text
charset_decode(struct text t, struct charset_hints hints,
               struct sheaf_buf *room)
{
    struct utf8_count count;
    char name[LABEL_MAX];
    bool big = false, marked = false;
    size_t bad;

    room->len = 0;
    if (is_utf16(t, &big)) {
        marked = t.data[0] != '<' && t.data[1] != '<';
        t.data += marked ? 2 : 0;
        t.len -= marked ? 2 : 0;
        decode_utf16(t, big, room);
        return text_of_buf(room);
    }
    while (t.len >= 3 && memcmp(t.data, "\xEF\xBB\xBF", 3) == 0) {
        t = text_from(t.data + 3, t.len - 3);
        marked = true;
    }
    count = count_utf8(t);
    if (marked)
        snprintf(name, sizeof name, "utf8");
    else
        choose(t, count, &hints, name);
    if (strcmp(name, "utf8") == 0) {
        if (count.bad == 0 && count.nuls == 0)
            return t;
        decode_utf8(t, room);
    } else if (strcmp(name, "1252") == 0 ||
               !recode_known(name, t, room, &bad)) {
        decode_1252(t, room);
    } else if (count.nuls != 0) {
        struct sheaf_buf clean = { 0 };

        decode_utf8(text_of_buf(room), &clean);
        sheaf_buf_free(room);
        *room = clean;
    }
    return text_of_buf(room);
}

/* In a page that could be read so far, UTF-16 means UTF-8; mail and text mean
 * it. */
static bool
names_utf16(struct text label, char name[LABEL_MAX])
{
    label = text_trim(label);
    if (!text_begins(label, "utf-16") && !text_begins(label, "unicode"))
        return false;
    snprintf(name, LABEL_MAX, "UTF-16%s",
             text_ends(label, "le")   ? "LE"
             : text_ends(label, "be") ? "BE"
                                      : "");
    return label.len <= 8;
}

bool
charset_read(struct text t, struct text label, struct sheaf_buf *room,
             struct text *out)
{
    struct charset_hints hints = { .http = label };
    struct sheaf_buf converted = { 0 };
    char name[LABEL_MAX];
    size_t bad;

    if (text_is(label, CHARSET_MIXED))
        hints.http = label = text_of("utf-8");
    if (!names_utf16(label, name) && charset_name(label, name)) {
        *out = charset_decode(t, hints, room);
        return true;
    }
    if (!names_utf16(label, name) && !charset_any_name(label, name))
        return false;
    if (!recode_known(name, t, &converted, &bad))
        return false;
    hints.http = text_from("utf-8", 5);
    *out = charset_decode(text_of_buf(&converted), hints, room);
    if (out->data != (const char *)room->data) {
        room->len = 0;
        buf_add(room, out->data, out->len);
        *out = text_of_buf(room);
    }
    sheaf_buf_free(&converted);
    return true;
}

/* ---- Guessing ---- */

size_t
charset_control(struct text t)
{
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.data[i];

        if ((c < ' ' && (c == '\0' ||
                         strchr("\t\n\v\f\r\x1A\x1B", c) == NULL)) ||
            c == 0x7F)
            return i;
    }
    return t.len;
}

/* Whether it may be windows-1252: it has a character for all bytes, and words
 * in the languages that it is for are mostly ASCII. */
static bool
fits_1252(struct text t)
{
    size_t ascii = 0, other = 0;

    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.data[i];

        if (c >= 0x80 && c < 0xA0 && charset_1252(c) == c)
            return false;
        ascii += (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        other += c >= 0x80;
    }
    return other <= ascii;
}

/* The usual label of a charset that iconv has by this name. */
static void
put_label(const char *name, char label[CHARSET_NAME_MAX])
{
    size_t n = strlen(name);

    for (size_t i = 0; i < COUNT_OF(labels); i++) {
        if (strcmp(labels[i].name, name) == 0) {
            snprintf(label, CHARSET_NAME_MAX, "%s", labels[i].label);
            return;
        }
    }
    for (size_t i = 0; i <= n; i++)
        label[i] = (char)(name[i] | (name[i] >= 'A' && name[i] <= 'Z') << 5);
    if (strncmp(name, "CP125", 5) == 0)
        snprintf(label, CHARSET_NAME_MAX, "windows-%s", name + 2);
}

enum charset_found
charset_of_text(struct text t, char label[CHARSET_NAME_MAX])
{
    static const struct charset_hints none = { .http = { "", 0 } };
    const char *utf16 = recode_utf16(t);
    struct utf8_count count;
    char name[LABEL_MAX];

    if (utf16 != NULL) {
        put_label(utf16, label);
        return CHARSET_SURE;
    }
    if (charset_control(t) != t.len)
        return CHARSET_NONE;
    count = count_utf8(t);
    choose(t, count, &none, name);
    put_label(name, label);
    if (count.bad == 0)
        return CHARSET_SURE;
    /* Other charsets have few bytes that are UTF-8 by chance. */
    if (strcmp(name, "utf8") == 0 ||
        (strcmp(name, "1252") == 0 && count.good > count.bad))
        snprintf(label, CHARSET_NAME_MAX, CHARSET_MIXED);
    else if (strcmp(name, "1252") == 0 && !fits_1252(t))
        return CHARSET_UNKNOWN;
    return CHARSET_GUESSED;
}
