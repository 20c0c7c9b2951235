/*
 * route.c - what a request asks for.
 *
 * Paths are taken apart as they were sent, before %XX is decoded: an ID may
 * have slashes in it. Names are then compared with those that there are.
 */
#include "base/hex.h"
#include "base/utf8.h"
#include "serve/serve.h"

/* Decodes %XX, and + in a query. False: there is something in it that is no
 * text, or no memory. */
static bool
decode(struct sheaf_bytes raw, bool query, struct sheaf_buf *out)
{
    out->len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        uint8_t c = raw.data[i];

        if (c == '%') {
            bool both = raw.len - i > 2;
            int high = both ? hex_digit(raw.data[i + 1]) : -1;
            int low = both ? hex_digit(raw.data[i + 2]) : -1;

            if (high < 0 || low < 0)
                return false;
            c = (uint8_t)(high << 4 | low);
            i += 2;
        } else if (c == '+' && query) {
            c = ' ';
        }
        if (c < 0x20 || c == 0x7F || !buf_add(out, &c, 1))
            return false;
    }
    return utf8_valid(buf_view(out));
}

static void
bad(struct route *r, const char *why)
{
    r->to = ROUTE_BAD;
    r->why = why;
}

/* One more NAME=VALUE; both are decoded. */
static bool
add_text(struct route *r, struct sheaf_bytes name, struct sheaf_bytes value)
{
    size_t len = name.len + 1 + value.len;

    return len <= UINT16_MAX && buf_add_be(&r->texts, len, 2) &&
           buf_add(&r->texts, name.data, name.len) &&
           buf_add_str(&r->texts, "=") &&
           buf_add(&r->texts, value.data, value.len);
}

static void
add_query(struct route *r, struct sheaf_bytes query)
{
    struct sheaf_buf name = { 0 }, value = { 0 };

    while (query.len != 0 && r->to == ROUTE_ASK) {
        struct sheaf_bytes one = bytes_until(&query, '&');
        struct sheaf_bytes raw = bytes_until(&one, '=');

        if (raw.len == 0 && one.len == 0)
            continue;
        if (!decode(raw, true, &name) || !decode(one, true, &value) ||
            memchr(name.data != NULL ? name.data : (const uint8_t *)"", '=',
                   name.len) != NULL)
            bad(r, "a part of the query is not text in UTF-8 with %XX");
        else if (!add_text(r, buf_view(&name), buf_view(&value)))
            bad(r, "the query is too long");
    }
    sheaf_buf_free(&name);
    sheaf_buf_free(&value);
}

static bool
ends_with(struct sheaf_bytes *b, const char *end)
{
    size_t len = strlen(end);

    if (b->len <= len || memcmp(b->data + b->len - len, end, len) != 0)
        return false;
    b->len -= len;
    return true;
}

static bool
begins_with(struct sheaf_bytes *b, const char *start)
{
    size_t len = strlen(start);

    if (b->len < len || memcmp(b->data, start, len) != 0)
        return false;
    *b = sheaf_view(b->data + len, b->len - len);
    return true;
}

/* articles/ID, and what of it. */
static void
find_article(struct route *r, struct sheaf_bytes raw)
{
    struct sheaf_buf id = { 0 };

    r->to = ROUTE_ASK;
    r->kind = ends_with(&raw, "/body")    ? ANSWER_BODY
              : ends_with(&raw, "/proof") ? ANSWER_PROOF
                                          : ANSWER_ARTICLE;
    if (raw.len == 0 || !decode(raw, false, &id))
        bad(r, "the ID in the path is not text in UTF-8 with %XX");
    else if (!add_text(r, sheaf_str("id"), buf_view(&id)))
        bad(r, "the ID is too long");
    sheaf_buf_free(&id);
}

/* What follows /api/archives/. */
static void
find_answer(struct route *r, struct sheaf_bytes raw)
{
    bool more = raw.len != 0 && memchr(raw.data, '/', raw.len) != NULL;
    struct sheaf_bytes name = bytes_until(&raw, '/');
    struct sheaf_buf text = { 0 };
    bool known = decode(name, false, &text) &&
                 files_archive(buf_view(&text), &r->archive);

    sheaf_buf_free(&text);
    if (!known)
        return;
    if (begins_with(&raw, "articles/")) {
        find_article(r, raw);
        return;
    }
    r->to = ROUTE_ASK;
    if (!more)
        r->kind = ANSWER_INFO;
    else if (bytes_is(raw, "articles"))
        r->kind = ANSWER_LIST;
    else if (bytes_is(raw, "search"))
        r->kind = ANSWER_SEARCH;
    else if (bytes_is(raw, "checkpoint"))
        r->kind = ANSWER_CHECKPOINT;
    else
        r->to = ROUTE_NONE;
}

/* archives/NAME.sheaf, or a file of the page. */
static void
find_file(struct route *r, struct sheaf_bytes raw)
{
    bool archive = begins_with(&raw, "archives/");
    struct sheaf_buf text = { 0 };
    struct sheaf_bytes name;

    if (decode(raw, false, &text)) {
        name = buf_view(&text);
        if (archive && ends_with(&name, ".sheaf") &&
            files_archive(name, &r->archive))
            r->to = ROUTE_FILE;
        r->page = archive ? NULL : files_page(name);
        if (r->page != NULL)
            r->to = ROUTE_PAGE;
    }
    sheaf_buf_free(&text);
}

static void
find(struct route *r, struct sheaf_bytes path)
{
    r->to = ROUTE_NONE;
    if (path.len == 0) {
        r->page = files_page(sheaf_str("index.html"));
        r->to = r->page != NULL ? ROUTE_PAGE : ROUTE_PLAIN;
    } else if (bytes_is(path, "archives.json") ||
               bytes_is(path, "api/archives")) {
        r->to = ROUTE_LIST;
    } else if (begins_with(&path, "api/archives/")) {
        find_answer(r, path);
    } else {
        find_file(r, path);
    }
}

void
route_find(const char *uri, struct route *out)
{
    struct sheaf_bytes rest = sheaf_str(uri);
    struct sheaf_bytes path;

    memset(out, 0, sizeof *out);
    /* A client may also send all of the address. */
    if (begins_with(&rest, "http://")) {
        struct sheaf_bytes host = bytes_until(&rest, '/');

        rest = sheaf_view(host.data + host.len,
                          strlen((const char *)host.data + host.len));
    }
    if (!begins_with(&rest, "/")) {
        bad(out, "a path begins with /");
        return;
    }
    path = bytes_until(&rest, '?');
    find(out, path);
    if (out->to == ROUTE_ASK)
        add_query(out, rest);
}

void
route_end(struct route *r)
{
    sheaf_buf_free(&r->texts);
}
