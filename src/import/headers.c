/*
 * headers.c - "Name: value" lines before a body, as in WARC and HTTP.
 */
#include "import/headers.h"

#include <stdlib.h>
#include <strings.h>

#include "import/recode.h"

/* ---- Lines ---- */

size_t
headers_end(struct text t)
{
    size_t at = 0;

    while (at < t.len) {
        const char *end = memchr(t.data + at, '\n', t.len - at);
        size_t n;

        if (end == NULL)
            return 0;
        n = (size_t)(end - t.data) - at;
        at += n + 1;
        if (n == 0 || (n == 1 && end[-1] == '\r'))
            return at;
    }
    return 0;
}

static bool
is_token(struct text t)
{
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.data[i];

        if (c <= ' ' || c >= 0x7F || strchr("()<>@,;:\\\"/[]?={}", c) != NULL)
            return false;
    }
    return t.len > 0;
}

void
headers_add(struct headers *h, struct text name, struct text value)
{
    if (h->count == h->cap) {
        h->cap = h->cap != 0 ? 2 * h->cap : 32;
        h->list = mem_resize(h->list, h->cap, sizeof *h->list);
    }
    h->list[h->count++] = (struct header){ name, value };
}

bool
headers_parse(struct headers *h, struct text rest)
{
    struct text line;

    h->count = 0;
    while (text_line(&rest, &line)) {
        struct text name = { "", 0 };
        const char *colon = memchr(line.data, ':', line.len);
        bool folded = line.len > 0 &&
                      (line.data[0] == ' ' || line.data[0] == '\t');

        if (text_trim(line).len == 0)
            continue;
        if (folded && h->count > 0) {
            struct text *value = &h->list[h->count - 1].value;

            /* The lines are one after the other. */
            *value = text_trim(
                text_from(value->data,
                          (size_t)(line.data + line.len - value->data)));
            continue;
        }
        if (h->count == HEADERS_MAX)
            return false;
        if (colon != NULL)
            name = text_trim(
                text_from(line.data, (size_t)(colon - line.data)));
        if (is_token(name))
            line = text_from(colon + 1,
                             line.len - (size_t)(colon + 1 - line.data));
        else
            name.len = 0;
        headers_add(h, name, text_trim(line));
    }
    return true;
}

static bool
same_name(struct text a, const char *b)
{
    return a.len == strlen(b) && strncasecmp(a.data, b, a.len) == 0;
}

struct text
headers_get(const struct headers *h, const char *name)
{
    for (size_t i = 0; i < h->count; i++)
        if (same_name(h->list[i].name, name))
            return h->list[i].value;
    return text_from("", 0);
}

void
headers_free(struct headers *h)
{
    mem_free(h->list);
    memset(h, 0, sizeof *h);
}

/* ---- JSON ---- */

static int
compare_headers(const void *a, const void *b)
{
    const struct header *x = *(const struct header *const *)a;
    const struct header *y = *(const struct header *const *)b;
    int c = text_compare(x->name, y->name);

    return c != 0 ? c : (x > y) - (x < y);
}

/* Line ends within a value become a space. */
void
headers_value(struct text value, struct sheaf_buf *out)
{
    struct sheaf_buf room = { 0 };
    struct sheaf_buf flat = { 0 };

    if (!text_is_utf8(value)) {
        recode("WINDOWS-1252", value, &room);
        value = text_of_buf(&room);
    }
    if (memchr(value.data, '\n', value.len) != NULL) {
        struct text line;

        while (text_line(&value, &line)) {
            buf_add_str(&flat, flat.len > 0 ? " " : "");
            line = text_trim(line);
            buf_add(&flat, line.data, line.len);
        }
        value = text_of_buf(&flat);
    }
    canon_string(out, value);
    sheaf_buf_free(&room);
    sheaf_buf_free(&flat);
}

static void
add_values(struct sheaf_buf *out, struct header *const *group, size_t count)
{
    bool list = count > 1 || group[0]->name.len == 0;

    canon_key(out,
              group[0]->name.len == 0 ? text_of("$lines") : group[0]->name);
    buf_add_str(out, list ? "[" : "");
    for (size_t i = 0; i < count; i++) {
        buf_add_str(out, i > 0 ? "," : "");
        headers_value(group[i]->value, out);
    }
    buf_add_str(out, list ? "]" : "");
}

void
headers_json(const struct headers *h, struct sheaf_buf *out)
{
    struct header **sorted = mem_new(h->count, sizeof *sorted);
    size_t to;

    for (size_t i = 0; i < h->count; i++)
        sorted[i] = &h->list[i];
    qsort(sorted, h->count, sizeof *sorted, compare_headers);
    buf_add_str(out, "{");
    for (size_t i = 0; i < h->count; i = to) {
        for (to = i + 1; to < h->count &&
                         text_compare(sorted[i]->name, sorted[to]->name) == 0;
             to++)
            ;
        add_values(out, sorted + i, to - i);
    }
    buf_add_str(out, "}");
    mem_free(sorted);
}

/* ---- Content-Type ---- */

struct text
media_type(struct text t)
{
    const char *end = memchr(t.data, ';', t.len);

    return text_trim(end != NULL ? text_from(t.data, (size_t)(end - t.data))
                                 : t);
}

struct text
media_charset(struct text t)
{
    static const char key[] = "charset=";
    size_t n = sizeof key - 1;

    for (; t.len > n; t.data++, t.len--) {
        size_t len = 0;

        if (strncasecmp(t.data, key, n) != 0)
            continue;
        t = text_from(t.data + n, t.len - n);
        if (t.data[0] == '"' || t.data[0] == '\'')
            t = text_from(t.data + 1, t.len - 1);
        while (len < t.len && strchr("\"'; \t\r\n,", t.data[len]) == NULL)
            len++;
        return text_from(t.data, len);
    }
    return text_from("", 0);
}
