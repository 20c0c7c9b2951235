/*
 * text.c - views of text.
 */
#include "import/import.h"

#include <strings.h>

bool
text_is_ascii(struct text t)
{
    for (size_t i = 0; i < t.len; i++)
        if ((unsigned char)t.data[i] >= 0x80 || t.data[i] == '\0')
            return false;
    return true;
}

bool
text_ends(struct text t, const char *suffix)
{
    size_t n = strlen(suffix);

    return t.len >= n && strncasecmp(t.data + t.len - n, suffix, n) == 0;
}

bool
text_begins(struct text t, const char *prefix)
{
    size_t n = strlen(prefix);

    return t.len >= n && strncasecmp(t.data, prefix, n) == 0;
}

/* The length of the white space at `p`: that of ASCII, and that with which
 * pages in Chinese and from word processors begin. */
static size_t
space_at(const char *p, size_t left)
{
    if (left >= 1 && strchr(" \t\n\v\f\r", *p) != NULL && *p != '\0')
        return 1;
    if (left >= 2 && memcmp(p, "\xC2\xA0", 2) == 0)
        return 2;
    if (left >= 3 && (memcmp(p, "\xE3\x80\x80", 3) == 0 ||
                      memcmp(p, "\xEF\xBB\xBF", 3) == 0))
        return 3;
    return 0;
}

struct text
text_trim_start(struct text t)
{
    size_t n;

    while ((n = space_at(t.data, t.len)) != 0) {
        t.data += n;
        t.len -= n;
    }
    return t;
}

struct text
text_trim(struct text t)
{
    size_t n;

    t = text_trim_start(t);
    for (n = 1; n <= 3 && n <= t.len;) {
        if (space_at(t.data + t.len - n, n) == n) {
            t.len -= n;
            n = 1;
        } else {
            n++;
        }
    }
    return t;
}

bool
text_is_blank(struct text t)
{
    const uint8_t *p = (const uint8_t *)t.data;

    while (t.len > 0) {
        uint32_t c;
        size_t n = utf8_next(p, t.len, &c);

        if (n == 0 || (c > ' ' && c < 0x80) ||
            (c > 0xA0 && c != 0xAD && c != 0x34F && c != 0x3000 &&
             c != 0xFEFF && (c < 0x2000 || c > 0x200F) &&
             (c < 0x2028 || c > 0x202F) && (c < 0x205F || c > 0x206F)))
            return false;
        p += n;
        t.len -= n;
    }
    return true;
}

struct text
text_after_slash(const char *path)
{
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;

    return text_of(path == NULL ? "" : slash != NULL ? slash + 1 : path);
}

struct text
text_cut(struct text t, size_t max)
{
    if (t.len <= max)
        return t;
    while (max > 0 && ((unsigned char)t.data[max] & 0xC0) == 0x80)
        max--;
    t.len = max;
    return t;
}

bool
text_item(struct text *rest, char mark, struct text *item)
{
    const char *end;
    size_t n;

    if (rest->len == 0)
        return false;
    end = memchr(rest->data, mark, rest->len);
    n = end != NULL ? (size_t)(end - rest->data) : rest->len;
    *item = text_from(rest->data, n);
    n += end != NULL;
    rest->data += n;
    rest->len -= n;
    return true;
}

bool
text_line(struct text *rest, struct text *line)
{
    if (!text_item(rest, '\n', line))
        return false;
    if (line->len > 0 && line->data[line->len - 1] == '\r')
        line->len--;
    return true;
}

struct text
text_first_line(struct text body)
{
    struct text line;

    while (text_line(&body, &line)) {
        line = text_trim(line);
        if (line.len > 0)
            return text_trim(text_cut(line, FIRST_LINE_MAX));
    }
    return text_from(body.data, 0);
}
