/*
 * urlpath.c - the path of a file that another one names by a relative URL.
 */
#include "base/urlpath.h"

#include "base/hex.h"

bool
urlpath_is_relative(struct sheaf_bytes url)
{
    if (url.len == 0 || memchr("/\\#?", url.data[0], 4) != NULL)
        return false;
    for (size_t n = 0; n < url.len; n++) {
        if (url.data[n] == ':')
            return false;
        if (memchr("/?#", url.data[n], 3) != NULL)
            break;
    }
    return true;
}

/* Takes one byte, decoded. */
static char
take_byte(struct sheaf_bytes *url)
{
    uint8_t c = url->data[0];
    size_t n = 1;

    if (c == '%' && url->len > 2) {
        int high = hex_digit(url->data[1]);
        int low = hex_digit(url->data[2]);

        if (high >= 0 && low >= 0) {
            c = (uint8_t)(high * 16 + low);
            n = 3;
        }
    }
    *url = sheaf_view(url->data + n, url->len - n);
    return (char)c;
}

/* Ends the part of the path that begins at `start`; returns the new length.
 * SIZE_MAX: it leads out. */
static size_t
end_part(const char *out, size_t start, size_t len)
{
    size_t n = len - start;

    if (n == 0 || (n == 1 && out[start] == '.'))
        return start > 0 ? start - 1 : 0;
    if (n != 2 || memcmp(out + start, "..", 2) != 0)
        return len;
    if (start == 0)
        return SIZE_MAX;
    for (len = start - 1; len > 0 && out[len - 1] != '/'; len--)
        ;
    return len > 0 ? len - 1 : 0;
}

bool
urlpath_join(const char *from, struct sheaf_bytes url,
             char out[URLPATH_MAX + 1])
{
    const char *slash = strrchr(from, '/');
    size_t len = slash != NULL ? (size_t)(slash - from) : 0;

    if (len > URLPATH_MAX || !urlpath_is_relative(url))
        return false;
    memcpy(out, from, len);
    for (bool more = true; more;) {
        size_t start = len;

        /* A slash before each part but the first. */
        if (len == URLPATH_MAX)
            return false;
        if (len > 0)
            out[start++] = '/';
        len = start;
        for (more = false; url.len > 0 && !more;) {
            char c;

            if (url.data[0] == '?' || url.data[0] == '#')
                break;
            c = take_byte(&url);
            more = c == '/';
            if (c == '\0' || len >= URLPATH_MAX)
                return false;
            if (!more)
                out[len++] = c;
        }
        len = end_part(out, start, len);
        if (len == SIZE_MAX)
            return false;
    }
    out[len] = '\0';
    return len > 0;
}
