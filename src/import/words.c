/*
 * words.c - the words in a class or id.
 */
#include "import/words.h"

#define NAMES_MAX ((size_t)1000)

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
