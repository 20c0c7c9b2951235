/*
 * words.c - the words in a class or id, and letters in lower case.
 */
#include "import/words.h"

#define NAMES_MAX ((size_t)1000)
/* So many words in small letters, up to a full stop, are a sentence. */
#define SENTENCE_WORDS ((size_t)3)

static bool
is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool
is_lower(char c)
{
    return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

/* "articleBody main" as "-article-body-main-". */
static size_t
split(struct text t, char out[2 * NAMES_MAX + 2])
{
    size_t n = 0;
    char before = '\0';

    out[n++] = '-';
    for (size_t i = 0; i < t.len && i < NAMES_MAX; i++) {
        char c = t.data[i];
        bool letter = is_lower(c) || is_upper(c);

        if (is_upper(c) && is_lower(before) && out[n - 1] != '-')
            out[n++] = '-';
        if (letter)
            out[n++] = is_upper(c) ? (char)(c + 32) : c;
        else if (out[n - 1] != '-')
            out[n++] = '-';
        before = c;
    }
    if (out[n - 1] != '-')
        out[n++] = '-';
    out[n] = '\0';
    return n;
}

/* The character at the start of `t` and its length. */
static size_t
decode(struct text t, unsigned *c)
{
    const unsigned char *p = (const unsigned char *)t.data;
    size_t n = utf8_len(p, t.len);

    if (n == 2)
        *c = (p[0] & 0x1FU) << 6 | (p[1] & 0x3FU);
    else
        *c = p[0];
    return n == 0 ? 1 : n;
}

static unsigned
lower(unsigned c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7) ||
        (c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F))
        return c + 0x20;
    if (c >= 0x400 && c <= 0x40F)
        return c + 0x50;
    if ((c >= 0x100 && c <= 0x137) || (c >= 0x14A && c <= 0x177))
        return c | 1;
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E))
        return c + (c & 1);
    return c;
}

size_t
text_lower(struct text t, char *out, size_t cap)
{
    size_t len = 0;

    while (t.len > 0) {
        unsigned c;
        size_t n = decode(t, &c);

        if (len + n >= cap)
            break;
        if (n == 2) {
            c = lower(c);
            out[len] = (char)(0xC0 | c >> 6);
            out[len + 1] = (char)(0x80 | (c & 0x3F));
        } else {
            memcpy(out + len, t.data, n);
            if (n == 1)
                out[len] = (char)lower(c);
        }
        len += n;
        t = text_from(t.data + n, t.len - n);
    }
    out[len] = '\0';
    return len;
}

bool
words_begin(struct text t, const char *start)
{
    char low[64];
    size_t n = strlen(start);

    assert(n < sizeof low);
    return t.len >= n &&
           text_lower(text_from(t.data, n), low, sizeof low) == n &&
           memcmp(low, start, n) == 0;
}

bool
words_any(struct text names, const char *list)
{
    char words[2 * NAMES_MAX + 3];
    char wanted[64];

    if (names.len == 0)
        return false;
    split(names, words);
    while (*(list += strspn(list, " ")) != '\0') {
        size_t n = strcspn(list, " ");
        bool open = list[n - 1] == '*';
        size_t len = n - open;

        assert(len + 3 <= sizeof wanted);
        wanted[0] = '-';
        memcpy(wanted + 1, list, len);
        wanted[len + 1] = open ? '\0' : '-';
        wanted[len + 2] = '\0';
        if (strstr(words, wanted) != NULL)
            return true;
        list += n;
    }
    return false;
}

size_t
words_count(struct text t)
{
    size_t n = 0;
    bool in = false;

    for (size_t i = 0; i < t.len; i++) {
        bool space = (unsigned char)t.data[i] <= ' ';

        n += !space && !in;
        in = !space;
    }
    return n;
}

/* Words of two letters or more, in small letters of ASCII. */
static size_t
count_small(struct text t)
{
    size_t count = 0;

    for (size_t i = 0; i + 1 < t.len; i++)
        count += t.data[i] >= 'a' && t.data[i] <= 'z' &&
                 t.data[i + 1] >= 'a' && t.data[i + 1] <= 'z' &&
                 (i == 0 || t.data[i - 1] == ' ');
    return count;
}

bool
words_tell(struct text t)
{
    return (text_ends(t, ".") || text_ends(t, "!") || text_ends(t, "?")) &&
           count_small(t) >= SENTENCE_WORDS;
}
