/*
 * html.c - title, summary, date, address and language of a web page.
 *
 * libxml2 calls back for each tag and no tree is built, so a page can't cost
 * more memory than itself. What comes back is checked like any input: it is
 * only as sane as the page.
 */
#include "import/import.h"

#include <libxml/HTMLparser.h>
#include <libxml/xmlerror.h>
#include <strings.h>

#define URL_MAX ((size_t)2048)
/* What is wanted is at the start of a page; parsing must not take longer
 * than packing does, whatever the page. */
#define PAGE_MAX (256 * KIB)

enum { TITLE, OG_TITLE, HEADING, DESCRIPTION, OG_DESCRIPTION, PUBLISHED,
       CANONICAL, OG_URL, LANG, FOUND_COUNT };

struct page {
    struct sheaf_buf found[FOUND_COUNT];
    struct sheaf_buf *open; /* the element whose text is being gathered */
    const char *open_name;
    unsigned svg; /* a drawing has titles too */
};

/* Appends with each run of white space as one space, up to a limit. */
static void
gather(struct sheaf_buf *b, const char *s, size_t len)
{
    for (size_t i = 0; i < len && b->len < SUMMARY_MAX; i++) {
        bool space = s[i] != '\0' && strchr(" \t\n\f\r", s[i]) != NULL;

        if (!space)
            buf_add(b, s + i, 1);
        else if (b->len > 0 && b->data[b->len - 1] != ' ')
            buf_add_str(b, " ");
    }
}

/* The first that says something counts. */
static void
keep(struct page *page, int which, const char *value)
{
    if (value != NULL && page->found[which].len == 0)
        gather(&page->found[which], value, strlen(value));
}

static const char *
attribute(const xmlChar **atts, const char *name)
{
    for (; atts != NULL && atts[0] != NULL; atts += 2)
        if (strcasecmp((const char *)atts[0], name) == 0)
            return (const char *)atts[1];
    return NULL;
}

static void
on_meta(struct page *page, const xmlChar **atts)
{
    static const struct {
        const char *name;
        int which;
    } known[] = {
        { "description", DESCRIPTION },
        { "og:description", OG_DESCRIPTION },
        { "og:title", OG_TITLE },
        { "og:url", OG_URL },
        { "article:published_time", PUBLISHED },
    };
    const char *name = attribute(atts, "property");

    if (name == NULL)
        name = attribute(atts, "name");
    for (size_t i = 0; name != NULL && i < COUNT_OF(known); i++)
        if (strcasecmp(name, known[i].name) == 0)
            keep(page, known[i].which, attribute(atts, "content"));
}

static void
on_start(void *ctx, const xmlChar *tag, const xmlChar **atts)
{
    struct page *page = ctx;
    const char *name = (const char *)tag;
    const char *rel;

    if (strcasecmp(name, "meta") == 0) {
        on_meta(page, atts);
    } else if (strcasecmp(name, "link") == 0) {
        rel = attribute(atts, "rel");
        if (rel != NULL && strcasecmp(rel, "canonical") == 0)
            keep(page, CANONICAL, attribute(atts, "href"));
    } else if (strcasecmp(name, "html") == 0) {
        keep(page, LANG, attribute(atts, "lang"));
    } else if (strcasecmp(name, "svg") == 0) {
        page->svg++;
    } else if (page->svg == 0 && page->open == NULL) {
        if (strcasecmp(name, "title") == 0) {
            page->open = &page->found[TITLE];
            page->open_name = "title";
        } else if (strcasecmp(name, "h1") == 0) {
            page->open = &page->found[HEADING];
            page->open_name = "h1";
        }
        if (page->open != NULL && page->open->len != 0)
            page->open = NULL;
    }
}

static void
on_end(void *ctx, const xmlChar *tag)
{
    struct page *page = ctx;

    if (strcasecmp((const char *)tag, "svg") == 0 && page->svg > 0)
        page->svg--;
    if (page->open != NULL &&
        strcasecmp((const char *)tag, page->open_name) == 0)
        page->open = NULL;
}

static void
on_text(void *ctx, const xmlChar *s, int len)
{
    struct page *page = ctx;

    if (page->open != NULL && page->svg == 0 && len > 0)
        gather(page->open, (const char *)s, (size_t)len);
}

static void
on_message(void *ctx, const char *format, ...)
{
    (void)ctx;
    (void)format;
}

static void
parse(struct text body, struct page *page)
{
    /* Broken pages are the rule: recover, say nothing, fetch nothing. */
    const int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
                        HTML_PARSE_NOWARNING | HTML_PARSE_NONET;
    xmlSAXHandler sax = {
        .startElement = on_start,
        .endElement = on_end,
        .characters = on_text,
        .ignorableWhitespace = on_text,
    };
    htmlParserCtxtPtr parser;

    xmlSetGenericErrorFunc(NULL, on_message);
    parser = htmlNewParserCtxt();
    if (parser == NULL)
        die(EXIT_FAILED, NULL, "out of memory");
    *parser->sax = sax;
    parser->userData = page;
    /* Left to guess, libxml2 takes unlabelled UTF-8 for Latin-1. */
    (void)htmlCtxtReadMemory(parser, body.data, (int)body.len, NULL,
                             text_is_utf8(body) ? "UTF-8" : NULL, options);
    if (parser->myDoc != NULL)
        xmlFreeDoc(parser->myDoc);
    htmlFreeParserCtxt(parser);
}

/* As metadata may have it: UTF-8, trimmed, and not longer than `max`. */
static struct text
sane(const struct sheaf_buf *b, size_t max)
{
    struct text t = text_of_buf(b);

    /* gather() may have stopped inside a character. */
    if (t.len >= SUMMARY_MAX)
        t = text_cut(t, t.len - 1);
    if (!text_is_utf8(t))
        return text_from("", 0);
    return text_trim(text_cut(text_trim(t), max));
}

static struct text
sane_url(const struct sheaf_buf *b)
{
    struct text t = sane(b, SUMMARY_MAX);
    bool good = text_begins(t, "http://") || text_begins(t, "https://");

    for (size_t i = 0; i < t.len && good; i++)
        good = (unsigned char)t.data[i] > 0x20 && t.data[i] != 0x7F;
    return good && t.len > 8 && t.len <= URL_MAX ? t : text_from("", 0);
}

/* A BCP 47 tag, as far as its look goes. */
static struct text
sane_lang(const struct sheaf_buf *b)
{
    struct text t = sane(b, SUMMARY_MAX);
    size_t run = 0;
    bool good = t.len >= 2 && t.len <= 35;

    for (size_t i = 0; i < t.len && good; i++) {
        char c = t.data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool digit = c >= '0' && c <= '9';

        good = letter || (digit && i > 2) || (c == '-' && run >= 1 && i > 1);
        run = c == '-' ? 0 : run + 1;
        good = good && run <= 8;
    }
    return good && run > 0 ? t : text_from("", 0);
}

/* The first of two that has something. */
static struct text
either(struct text a, struct text b)
{
    return a.len != 0 ? a : b;
}

/* The page's buffers go; the article's metadata keeps a copy. */
static struct text
copy(struct meta *m, struct text t)
{
    uint8_t *to = m->notes.data + m->notes.len;

    assert(m->notes.cap - m->notes.len >= t.len);
    buf_add(&m->notes, t.data, t.len);
    return text_from(to, t.len);
}

void
read_html(struct text body, struct meta *m)
{
    struct page page = { 0 };
    const struct sheaf_buf *found = page.found;
    struct text title;

    if (body.len == 0)
        return;
    parse(text_cut(body, PAGE_MAX), &page);
    buf_reserve(&m->notes, 4 * SUMMARY_MAX);
    title = either(sane(&found[TITLE], HEADLINE_MAX),
                   either(sane(&found[OG_TITLE], HEADLINE_MAX),
                          sane(&found[HEADING], HEADLINE_MAX)));
    m->headline = copy(m, title);
    m->summary = copy(m, either(sane(&found[DESCRIPTION], SUMMARY_MAX),
                                sane(&found[OG_DESCRIPTION], SUMMARY_MAX)));
    m->url = copy(m, either(sane_url(&found[CANONICAL]),
                            sane_url(&found[OG_URL])));
    m->lang = copy(m, sane_lang(&found[LANG]));
    if (date_convert(sane(&found[PUBLISHED], DATE_MAX), m->published_text))
        m->published = text_of(m->published_text);
    for (size_t i = 0; i < FOUND_COUNT; i++)
        sheaf_buf_free(&page.found[i]);
}

bool
looks_like_html(struct text t)
{
    t = text_trim(t);
    return text_begins(t, "<!doctype html") ||
           (text_begins(t, "<html") && t.len > 5 &&
            strchr(" \t\r\n>", t.data[5]) != NULL);
}
