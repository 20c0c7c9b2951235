/*
 * arc.c - the header of a record in an ARC file of the Internet Archive,
 * version 1: "URL IP-address date media-type length", and version 2, which has
 * more fields between the last two. An address may have spaces in it.
 */
#include "import/crawl.h"

#include <stdio.h>

#define ARC_LINE_MAX ((size_t)4000)

/* The fields of the line, from its end. */
struct arc_line {
    struct text uri, ip, date, mime, length;
};

static bool
is_number(struct text t, size_t min, size_t max)
{
    for (size_t i = 0; i < t.len; i++)
        if (t.data[i] < '0' || t.data[i] > '9')
            return false;
    return t.len >= min && t.len <= max;
}

/* Takes the last word off `t`. */
static struct text
last_word(struct text *t)
{
    size_t at = t->len;
    struct text word;

    while (at > 0 && t->data[at - 1] != ' ')
        at--;
    word = text_from(t->data + at, t->len - at);
    t->len = at > 0 ? at - 1 : 0;
    return word;
}

static bool
is_scheme(struct text t)
{
    size_t n = 0;

    while (n < t.len && n < 20 && t.data[n] >= 'a' && t.data[n] <= 'z')
        n++;
    return n > 1 && n < t.len && t.data[n] == ':';
}

static bool
split_line(struct text t, struct arc_line *l)
{
    const char *end = memchr(t.data, '\n',
                             (size_t)min_u64(t.len, ARC_LINE_MAX));
    struct text line;

    if (end == NULL || !is_scheme(t))
        return false;
    line = text_trim(text_from(t.data, (size_t)(end - t.data)));
    l->length = last_word(&line);
    l->mime = last_word(&line);
    l->date = last_word(&line);
    /* Version 2: result, checksum, location, offset and filename follow the
     * media type. */
    for (int i = 0; i < 5 && !is_number(l->date, 14, 18); i++) {
        l->mime = l->date;
        l->date = last_word(&line);
    }
    l->ip = last_word(&line);
    l->uri = line;
    return is_number(l->date, 14, 18) && l->uri.len > 0 && l->length.len > 0;
}

bool
arc_starts(struct text t)
{
    struct arc_line l;

    return split_line(t, &l);
}

size_t
arc_head(struct text t)
{
    const char *end = memchr(t.data, '\n', t.len);

    return end != NULL ? (size_t)(end - t.data) + 1 : 0;
}

bool
arc_open(struct crawl_record *r, struct text head, const char **why)
{
    struct arc_line l;

    *why = "its length is wrong";
    if (!split_line(head, &l) || !is_number(l.length, 1, 18))
        return false;
    r->version = text_of("ARC");
    r->type = text_begins(l.uri, "filedesc://") ? text_of("filedesc")
                                                : text_of("response");
    r->uri = l.uri;
    r->mime = l.mime;
    r->id = text_from("", 0);
    r->size = 0;
    for (size_t i = 0; i < l.length.len; i++)
        r->size = 10 * r->size + (uint64_t)(l.length.data[i] - '0');
    r->stated = r->size;
    (void)snprintf(r->date, sizeof r->date, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ",
                   l.date.data, l.date.data + 4, l.date.data + 6,
                   l.date.data + 8, l.date.data + 10, l.date.data + 12);
    if (!date_is_plain(text_of(r->date)))
        r->date[0] = '\0';
    r->headers.count = 0;
    headers_add(&r->headers, text_of("URL"), l.uri);
    headers_add(&r->headers, text_of("IP-address"), l.ip);
    headers_add(&r->headers, text_of("Archive-date"), l.date);
    headers_add(&r->headers, text_of("Content-type"), l.mime);
    headers_add(&r->headers, text_of("Archive-length"), l.length);
    return true;
}
