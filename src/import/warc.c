/*
 * warc.c - the header of a WARC record: versions 0.17 to 1.1.
 */
#include "import/crawl.h"

/* The length of "WARC/1.0" at the start of a line of its own, or 0. */
static size_t
version_len(struct text t)
{
    size_t n = 5;

    if (t.len < n || memcmp(t.data, "WARC/", 5) != 0)
        return 0;
    while (n < t.len && n < 12 &&
           ((t.data[n] >= '0' && t.data[n] <= '9') || t.data[n] == '.'))
        n++;
    return n > 5 && n < t.len && (t.data[n] == '\r' || t.data[n] == '\n') ? n
                                                                          : 0;
}

bool
warc_starts(struct text t)
{
    return version_len(t) != 0;
}

/* Digits only, and what a file can have. */
static bool
read_size(struct text t, uint64_t *out)
{
    uint64_t v = 0;

    if (t.len == 0 || t.len > 18)
        return false;
    for (size_t i = 0; i < t.len; i++) {
        if (t.data[i] < '0' || t.data[i] > '9')
            return false;
        v = 10 * v + (uint64_t)(t.data[i] - '0');
    }
    *out = v;
    return true;
}

/* WARC 1.0 has addresses in <>, later versions have not. */
static struct text
without_brackets(struct text t)
{
    if (t.len >= 2 && t.data[0] == '<' && t.data[t.len - 1] == '>')
        t = text_from(t.data + 1, t.len - 2);
    return t;
}

static void
read_date(struct crawl_record *r, struct text t)
{
    r->date[0] = '\0';
    if (t.len < DATE_MAX && date_is_plain(t)) {
        memcpy(r->date, t.data, t.len);
        r->date[t.len] = '\0';
    } else if (!date_convert(t, r->date)) {
        r->date[0] = '\0';
    }
}

bool
warc_open(struct crawl_record *r, struct text head, const char **why)
{
    struct text length;

    r->version = text_from(head.data, version_len(head));
    (void)text_line(&head, &length);
    if (r->version.data[5] > '1') {
        *why = "a version of WARC that is not known here";
        return false;
    }
    if (!headers_parse(&r->headers, head)) {
        *why = "its header has too many lines";
        return false;
    }
    r->type = headers_get(&r->headers, "WARC-Type");
    r->uri = without_brackets(headers_get(&r->headers, "WARC-Target-URI"));
    r->mime = headers_get(&r->headers, "Content-Type");
    r->id = without_brackets(headers_get(&r->headers, "WARC-Record-ID"));
    read_date(r, headers_get(&r->headers, "WARC-Date"));
    length = headers_get(&r->headers, "Content-Length");
    if (!read_size(length, &r->size)) {
        *why = length.len == 0 ? "it has no Content-Length"
                               : "its Content-Length is no length";
        return false;
    }
    r->stated = r->size;
    if (r->type.len == 0) {
        *why = "it has no WARC-Type";
        return false;
    }
    return true;
}
