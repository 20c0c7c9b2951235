/*
 * html.c - a web page: from bytes to a tree, and from the tree to metadata or
 * text.
 */
#include "import/html.h"

#include <strings.h>

#include "import/charset.h"
#include "import/content.h"

/* Bytes of a page that are read, and bytes in which it may name its
 * charset. */
#define PAGE_MAX (64 * MIB)
#define CHARSET_LOOK ((size_t)16 * KIB)
#define SAVED_LOOK ((size_t)2 * KIB)

/* ---- Charset ---- */

/* The value after "charset=" or "encoding=", with or without quotes. */
static struct text
value_behind(struct text t, const char *key)
{
    size_t n = strlen(key);

    for (; t.len > n; t.data++, t.len--) {
        size_t i = 0;

        if (strncasecmp(t.data, key, n) != 0)
            continue;
        t = text_trim(text_from(t.data + n, t.len - n));
        if (t.len == 0 || t.data[0] != '=')
            continue;
        t = text_trim(text_from(t.data + 1, t.len - 1));
        if (t.len > 0 && (t.data[0] == '"' || t.data[0] == '\''))
            t = text_from(t.data + 1, t.len - 1);
        while (i < t.len && strchr("\"'; \t\r\n>?", t.data[i]) == NULL)
            i++;
        return text_from(t.data, i);
    }
    return text_from("", 0);
}

/* What the start of the page states. All charsets but UTF-16 have tags in
 * ASCII, so it can be read before the charset is known. */
static struct charset_hints
find_hints(const struct page *page, struct text start)
{
    struct charset_hints hints = { { "", 0 }, { "", 0 }, { "", 0 } };

    if (text_begins(text_trim(start), "<?xml")) {
        const char *end = memchr(start.data, '>', start.len);

        if (end != NULL)
            hints.meta = value_behind(
                text_from(start.data, (size_t)(end - start.data)),
                "encoding");
    }
    hints.lang = page_attr(page, page->root, "lang");
    if (hints.lang.len == 0)
        hints.lang = page_attr(page, page->root, "xml:lang");
    for (const struct node *n = page->root; n != NULL;
         n = page_next(n, page->root)) {
        if (hints.meta.len != 0)
            break;
        if (n->tag != TAG_META)
            continue;
        hints.meta = page_attr(page, n, "charset");
        if (hints.meta.len == 0 && page_has(page, n, "http-equiv"))
            hints.meta = value_behind(page_attr(page, n, "content"),
                                      "charset");
    }
    return hints;
}

/* ---- Data for machines ---- */

static void
read_scripts(struct html *h)
{
    struct text url = { "", 0 };
    struct sheaf_buf title = { 0 };
    const struct node *root = h->page.root;

    for (const struct node *n = root; n != NULL; n = page_next(n, root)) {
        struct text rel = page_attr(&h->page, n, "rel");

        if (n->tag == TAG_TITLE && title.len == 0)
            page_gather(n, &title, HEADLINE_MAX);
        if (n->tag == TAG_LINK && text_begins(rel, "canonical"))
            url = page_attr(&h->page, n, "href");
    }
    for (const struct node *n = root; n != NULL; n = page_next(n, root)) {
        struct text type = n->tag == TAG_SCRIPT
                               ? text_trim(page_attr(&h->page, n, "type"))
                               : text_from("", 0);

        if (text_begins(type, "application/ld+json") && n->first != NULL)
            ld_read(&h->ld, n->first->text, url,
                    text_of_buf(&title));
    }
    sheaf_buf_free(&title);
}

/* What browsers and SingleFile write into a page that they save: its address,
 * which follows `mark` in a comment. */
static struct text
saved_behind(struct text start, const char *mark)
{
    const char *at = memmem(start.data, start.len, mark, strlen(mark));
    size_t n = 0;

    if (at == NULL)
        return text_from("", 0);
    at += strlen(mark);
    start = text_from(at, start.len - (size_t)(at - start.data));
    while (start.len > 0 && strchr("0123456789) ", start.data[0]) != NULL)
        start = text_from(start.data + 1, start.len - 1);
    while (n < start.len && (unsigned char)start.data[n] > ' ' &&
           start.data[n] != '<' && start.data[n] != '>')
        n++;
    return text_begins(start, "http") ? text_from(start.data, n)
                                      : text_from("", 0);
}

static struct text
find_saved(struct text page)
{
    struct text start = text_from(page.data, page.len < SAVED_LOOK
                                                 ? page.len : SAVED_LOOK);
    struct text t = saved_behind(start, "<!-- saved from url=(");

    if (t.len == 0 && memmem(start.data, start.len,
                             "Page saved with SingleFile", 26) != NULL)
        t = saved_behind(start, " url: ");
    return t;
}

struct text
html_decode(struct text body, struct text charset, struct sheaf_buf *room)
{
    struct text start = body;
    struct charset_hints hints;
    struct page page;

    if (start.len > CHARSET_LOOK)
        start.len = CHARSET_LOOK;
    page_parse(&page, start);
    hints = find_hints(&page, start);
    hints.http = charset;
    body = charset_decode(body, hints, room);
    page_free(&page);
    return body;
}

const char *
html_type(struct text body)
{
    struct sheaf_buf room = { 0 };
    bool clear = text_is_ascii(body) ||
                 html_decode(body, text_of(""), &room).data == body.data;

    sheaf_buf_free(&room);
    return clear ? TYPE_HTML : TYPE_HTML "; charset=utf-8";
}

void
html_open(struct html *h, struct text body, struct text charset)
{
    memset(h, 0, sizeof *h);
    if (body.len > PAGE_MAX)
        body.len = PAGE_MAX;
    body = html_decode(body, charset, &h->room);
    front_read_page(&h->front, &body);
    h->saved = find_saved(body);
    page_parse(&h->page, body);
    read_scripts(h);
}

void
html_close(struct html *h)
{
    ld_free(&h->ld);
    page_free(&h->page);
    front_free(&h->front);
    sheaf_buf_free(&h->room);
}

void
html_text(struct text body, struct text charset, struct sheaf_buf *out)
{
    struct html h;

    html_open(&h, body, charset);
    content_text(&h.page,
                 text_of_buf(&h.ld.field[LD_BODY]), out);
    html_close(&h);
}

/* Without an XML declaration and comments at the front. */
static struct text
skip_prolog(struct text t)
{
    for (;;) {
        bool comment = text_begins(t = text_trim_start(t), "<!--");
        const char *end;

        if (!comment && !text_begins(t, "<?xml"))
            return t;
        end = comment ? memmem(t.data, t.len, "-->", 3)
                      : memchr(t.data, '>', t.len);
        if (end == NULL)
            return text_from("", 0);
        end += comment ? 3 : 1;
        t = text_from(end, t.len - (size_t)(end - t.data));
    }
}

bool
looks_like_html(struct text t)
{
    t = skip_prolog(t);
    return text_begins(t, "<!doctype html") ||
           (text_begins(t, "<html") && t.len > 5 &&
            strchr(" \t\r\n>", t.data[5]) != NULL);
}
