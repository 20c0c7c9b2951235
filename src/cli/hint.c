/*
 * hint.c - finds URLs that are nearly the one that was asked for.
 */
#include "cli/hint.h"

#include <strings.h>

static const char *const schemes[] = { "https://", "http://" };

static size_t
scheme_len(struct sheaf_bytes url)
{
    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        size_t n = strlen(schemes[i]);

        if (url.len > n &&
            strncasecmp((const char *)url.data, schemes[i], n) == 0)
            return n;
    }
    return 0;
}

/* Whether a parameter says how a reader got there, not what the page is. */
static bool
is_tracking(struct sheaf_bytes parameter)
{
    static const char *const begin[] = {
        "utm_",     "fbclid=",    "gclid=",       "dclid=",  "msclkid=",
        "yclid=",   "igshid=",    "mc_cid=",      "mc_eid=", "_ga=",
        "ref_src=", "at_medium=", "at_campaign=", "xtor=",
    };

    for (size_t i = 0; i < COUNT_OF(begin); i++) {
        size_t n = strlen(begin[i]);

        if (parameter.len >= n &&
            strncasecmp((const char *)parameter.data, begin[i], n) == 0)
            return true;
    }
    return false;
}

/* Appends the other parameters of `query`, after a '?'. */
static bool
add_query(struct sheaf_bytes query, struct sheaf_buf *out)
{
    const char *between = "?";

    while (query.len > 0) {
        const uint8_t *end = memchr(query.data, '&', query.len);
        size_t n = end != NULL ? (size_t)(end - query.data) : query.len;
        struct sheaf_bytes one = sheaf_view(query.data, n);

        if (n > 0 && !is_tracking(one)) {
            if (!buf_add_str(out, between) || !buf_add(out, one.data, n))
                return false;
            between = "&";
        }
        n += end != NULL;
        query = sheaf_view(query.data + n, query.len - n);
    }
    return true;
}

static bool
add_host(struct sheaf_bytes host, struct sheaf_buf *out)
{
    if (host.len > 4 && strncasecmp((const char *)host.data, "www.", 4) == 0)
        host = sheaf_view(host.data + 4, host.len - 4);
    for (size_t i = 0; i < host.len; i++) {
        uint8_t c = host.data[i];

        if (c >= 'A' && c <= 'Z')
            c = (uint8_t)(c + 'a' - 'A');
        if (!buf_add(out, &c, 1))
            return false;
    }
    return true;
}

bool
url_plain(struct sheaf_bytes url, struct sheaf_buf *out)
{
    size_t at = scheme_len(url), host = at, path;
    const uint8_t *mark;
    struct sheaf_bytes query = { NULL, 0 };

    if (at == 0)
        return false;
    mark = memchr(url.data, '#', url.len);
    if (mark != NULL)
        url.len = (size_t)(mark - url.data);
    mark = memchr(url.data, '?', url.len);
    if (mark != NULL) {
        query = sheaf_view(mark + 1, url.len - (size_t)(mark + 1 - url.data));
        url.len = (size_t)(mark - url.data);
    }
    while (host < url.len && url.data[host] != '/')
        host++;
    path = url.len;
    while (path > host && url.data[path - 1] == '/')
        path--;
    return add_host(sheaf_view(url.data + at, host - at), out) &&
           buf_add(out, url.data + host, path - host) && add_query(query, out);
}

/* ---- Looking ------------------------------------------------------------- */

struct search {
    const struct sheaf_reader *reader;
    struct sheaf_scratch *scratch;
    struct sheaf_bytes plain; /* the plain form to find */
    struct sheaf_buf text;    /* the plain form of the current URL */
    struct sheaf_buf *found;  /* an ID */
};

/* Looks in the index, which has IDs and URLs as they are. */
static bool
try_address(struct search *s)
{
    struct sheaf_error err = { 0 };
    struct sheaf_article article;
    struct sheaf_entry entry;
    int rc = sheaf_find(s->reader, s->scratch, buf_view(&s->text), 0, &entry,
                        &err);

    if (rc == SHEAF_ENOTFOUND)
        rc = sheaf_find_url(s->reader, s->scratch, buf_view(&s->text), &entry,
                            &err);
    return rc == SHEAF_OK &&
           sheaf_read(s->reader, s->scratch, &entry, &article, &err) ==
               SHEAF_OK &&
           buf_add(s->found, article.id.data, article.id.len);
}

/* Tries both schemes, with and without www., with and without a slash. */
static bool
try_all(struct search *s)
{
    const uint8_t *query = memchr(s->plain.data, '?', s->plain.len);
    size_t path = query != NULL ? (size_t)(query - s->plain.data)
                                : s->plain.len;

    for (unsigned i = 0; i < 8; i++) {
        s->text.len = 0;
        if (!buf_add_str(&s->text, schemes[i & 1]) ||
            !buf_add_str(&s->text, (i & 2) != 0 ? "www." : "") ||
            !buf_add(&s->text, s->plain.data, path) ||
            !buf_add_str(&s->text, (i & 4) != 0 ? "/" : "") ||
            !buf_add(&s->text, s->plain.data + path, s->plain.len - path))
            return false;
        if (try_address(s))
            return true;
    }
    return false;
}

static int
look_at(void *arg, const struct sheaf_listing *line)
{
    struct search *s = arg;

    s->text.len = 0;
    if (!url_plain(line->id, &s->text) ||
        !bytes_equal(buf_view(&s->text), s->plain))
        return 0;
    return buf_add(s->found, line->id.data, line->id.len);
}

bool
hint_find(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
          const char *url, bool all, struct sheaf_buf *out)
{
    struct search s = { .reader = reader, .scratch = scratch, .found = out };
    struct sheaf_buf plain = { 0 };
    struct sheaf_error err = { 0 };
    bool found = false;

    if (url_plain(sheaf_str(url), &plain) && plain.len > 0) {
        s.plain = buf_view(&plain);
        found = try_all(&s);
        /* URLs in the archive with such parameters are found only by
         * reading all IDs. */
        if (!found && all)
            found = sheaf_list(reader, scratch, NULL, look_at, &s, &err) ==
                        SHEAF_ESTOPPED &&
                    out->len > 0;
    }
    sheaf_buf_free(&plain);
    sheaf_buf_free(&s.text);
    return found;
}
