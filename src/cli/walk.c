/*
 * walk.c - taking apart the metadata of an article.
 */
#include "cli/walk.h"

static bool
begins(struct sheaf_bytes b, char c)
{
    return b.len > 0 && b.data[0] == (uint8_t)c;
}

static struct sheaf_bytes
skip(struct sheaf_bytes b, size_t len)
{
    return bytes_of(b.data + len, b.len - len);
}

/* The length of the string at the start of `b`, quotes and all. */
static size_t
string_length(struct sheaf_bytes b)
{
    size_t i = 1;

    while (i < b.len && b.data[i] != '"')
        i += b.data[i] == '\\' ? 2 : 1;
    return i < b.len ? i + 1 : b.len;
}

static size_t
value_length(struct sheaf_bytes b)
{
    size_t depth = 0;
    size_t i = 0;

    while (i < b.len) {
        uint8_t c = b.data[i];

        if (c == '"') {
            i += string_length(skip(b, i));
        } else if (c == '{' || c == '[') {
            depth++;
            i++;
        } else if (c == '}' || c == ']') {
            if (depth == 0)
                break;
            depth--;
            i++;
        } else if (depth == 0 && c == ',') {
            break;
        } else {
            i++;
            continue;
        }
        if (depth == 0)
            break;
    }
    return i;
}

bool
walk_is_object(struct sheaf_bytes value)
{
    return begins(value, '{');
}

bool
walk_is_array(struct sheaf_bytes value)
{
    return begins(value, '[');
}

struct walk
walk_over(struct sheaf_bytes value)
{
    struct walk w = { bytes_of(NULL, 0), walk_is_object(value) };

    if (w.object || walk_is_array(value))
        w.rest = skip(value, 1);
    return w;
}

bool
walk_next(struct walk *w, struct sheaf_bytes *key, struct sheaf_bytes *value)
{
    struct sheaf_bytes rest = w->rest;
    size_t len;

    if (begins(rest, ','))
        rest = skip(rest, 1);
    *key = bytes_of(NULL, 0);
    if (w->object) {
        if (!begins(rest, '"'))
            return false;
        len = string_length(rest);
        if (len < 2)
            return false;
        *key = bytes_of(rest.data + 1, len - 2);
        rest = skip(rest, len);
        if (!begins(rest, ':'))
            return false;
        rest = skip(rest, 1);
    }
    len = value_length(rest);
    if (len == 0)
        return false;
    *value = bytes_of(rest.data, len);
    w->rest = skip(rest, len);
    return true;
}

bool
walk_member(struct sheaf_bytes object, const char *key,
            struct sheaf_bytes *value)
{
    struct walk w = walk_over(object);
    struct sheaf_bytes k;

    while (w.object && walk_next(&w, &k, value))
        if (bytes_is(k, key))
            return true;
    *value = bytes_of(NULL, 0);
    return false;
}

bool
walk_string(struct sheaf_bytes value, struct sheaf_bytes *inside)
{
    if (!begins(value, '"') || value.len < 2)
        return false;
    *inside = bytes_of(value.data + 1, value.len - 2);
    return true;
}

bool
walk_text(struct sheaf_bytes object, const char *key, struct text *out,
          bool *have)
{
    struct sheaf_bytes value, inside;

    *have = walk_member(object, key, &value) && walk_string(value, &inside);
    return !*have || text_unescape(out, inside);
}
