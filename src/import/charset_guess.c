/*
 * charset_guess.c - the charset of text that names none, by its bytes.
 *
 * libuchardet knows how often letters follow each other. Of Latin scripts it
 * is often wrong, since few of their bytes differ; so it is asked only about
 * others, in whose words most bytes are not ASCII.
 */
#include <strings.h>
#include <uchardet.h>

#include "import/charset.h"

/* Bytes that are examined, and bytes that are not ASCII, in words. */
#define GUESS_LOOK ((size_t)256 * KIB)
#define HIGH_MIN 10
/* Shorter words may be marks, such as dashes and quotes. */
#define WORD_MIN 3

/* What libuchardet calls them, iconv's names, and a script. */
static const struct {
    const char *label;
    const char *name;
    char script;
} known[] = {
    /* KOI8-U has letters in the place of lines that nobody draws. */
    { "WINDOWS-1251", "CP1251", 'c' }, { "KOI8-R", "KOI8-U", 'c' },
    { "KOI8-U", "KOI8-U", 'c' },       { "ISO-8859-5", "ISO-8859-5", 'c' },
    { "IBM866", "CP866", 'c' },        { "IBM855", "CP855", 'c' },
    /* Only capital letters differ, and few pages are of such a machine. */
    { "MAC-CYRILLIC", "CP1251", 'c' },
    { "SHIFT_JIS", "CP932", 'j' },     { "EUC-JP", "EUC-JP-MS", 'j' },
    { "GB18030", "GB18030", 'z' },     { "BIG5", "BIG5-HKSCS", 'z' },
    { "EUC-KR", "CP949", 'k' },        { "UHC", "CP949", 'k' },
    { "WINDOWS-1253", "CP1253", 'g' }, { "ISO-8859-7", "ISO-8859-7", 'g' },
    { "WINDOWS-1255", "CP1255", 'h' }, { "ISO-8859-8", "ISO-8859-8", 'h' },
    { "WINDOWS-1256", "CP1256", 'a' }, { "ISO-8859-6", "ISO-8859-6", 'a' },
    { "TIS-620", "CP874", 't' },       { "ISO-8859-11", "CP874", 't' },
};

static char
script_of(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (strcmp(known[i].name, name) == 0)
            return known[i].script;
    return '\0';
}

/* Appends the text between the tags. */
static void
without_tags(struct text t, struct sheaf_buf *out)
{
    while (t.len > 0) {
        const char *open = memchr(t.data, '<', t.len);
        size_t n = open != NULL ? (size_t)(open - t.data) : t.len;

        buf_add(out, t.data, n);
        buf_add_str(out, " ");
        t = text_from(t.data + n, t.len - n);
        open = t.len > 0 ? memchr(t.data, '>', t.len) : NULL;
        n = open != NULL ? (size_t)(open - t.data) + 1 : t.len;
        t = text_from(t.data + n, t.len - n);
    }
}

/* Whether most bytes of words that are not all ASCII are not ASCII. */
static bool
is_foreign(struct text t)
{
    size_t high = 0, all = 0;

    for (size_t i = 0; i < t.len; i++) {
        size_t from = i, own = 0;

        for (; i < t.len; i++) {
            unsigned char c = (unsigned char)t.data[i];

            if (c < '@' || c == 0x7F)
                break;
            own += c >= 0x80;
        }
        if (own > 0 && i - from >= WORD_MIN) {
            high += own;
            all += i - from;
        }
    }
    return high >= HIGH_MIN && high > all / 2;
}

/* Bytes that ISO-8859-N has for nothing, and windows-125N for characters. */
static bool
has_windows(struct text t)
{
    size_t i = 0;

    while (i < t.len && ((unsigned char)t.data[i] & 0xE0) != 0x80)
        i++;
    return i < t.len;
}

/* Asks libuchardet; NULL: it does not know, or another script is usual. */
static const char *
ask(struct text t, char script)
{
    uchardet_t u = uchardet_new();
    const char *label, *name = NULL;

    if (u == NULL || uchardet_handle_data(u, t.data, t.len) != 0)
        die(EXIT_LIMIT, NULL, "the importer is out of memory");
    uchardet_data_end(u);
    label = uchardet_get_charset(u);
    for (size_t i = 0; i < COUNT_OF(known) && name == NULL; i++)
        if (strcasecmp(label, known[i].label) == 0 &&
            (script == '\0' || known[i].script == script))
            name = known[i].name;
    uchardet_delete(u);
    return name;
}

const char *
charset_guess(struct text bytes, const char *usual)
{
    struct sheaf_buf text = { 0 };
    const char *name = NULL;

    if (bytes.len > GUESS_LOOK)
        bytes.len = GUESS_LOOK;
    without_tags(bytes, &text);
    if (strcmp(usual, "CP1250") == 0 || strcmp(usual, "ISO-8859-2") == 0)
        name = has_windows(text_of_buf(&text)) ? "CP1250" : "ISO-8859-2";
    else if (is_foreign(text_of_buf(&text)))
        name = ask(text_of_buf(&text), script_of(usual));
    sheaf_buf_free(&text);
    return name != NULL ? name : usual;
}
