/*
 * xmlnode.c - elements of a parsed record.
 */
#include "import/xmlnode.h"

#include <libxml/xmlsave.h>
#include <stdlib.h>
#include <strings.h>

#include "import/tree.h"

#define EXT_DEPTH 8
#define EXT_CHILDREN 200
#define EXT_MAX (64 * KIB)

/* Prefixes of URIs, without their scheme, in lower case. The first that fits
 * counts. */
static const struct {
    const char *uri;
    enum space space;
} spaces[] = {
    { "www.w3.org/2005/atom", NS_CORE },
    { "purl.org/atom/ns#", NS_CORE },
    { "purl.org/atom/app#", NS_APP },
    { "www.w3.org/2007/app", NS_APP },
    { "schemas.google.com/blogger/", NS_BLOGGER },
    { "purl.org/rss/1.0/modules/content", NS_CONTENT },
    { "purl.org/rss/1.0/modules/dcterms", NS_DCTERMS },
    { "purl.org/rss/1.0/modules/", NS_OTHER },
    { "purl.org/rss/", NS_CORE },
    { "purl.org/net/rss", NS_CORE },
    { "my.netscape.com/rdf/simple/", NS_CORE },
    { "my.netscape.com/publish/formats/rss", NS_CORE },
    { "channel.netscape.com/rdf/simple/", NS_CORE },
    { "backend.userland.com/", NS_CORE },
    { "blogs.law.harvard.edu/tech/rss", NS_CORE },
    { "cyber.law.harvard.edu/rss", NS_CORE },
    { "www.rssboard.org/rss-specification", NS_CORE },
    { "iptc.org/std/nar/", NS_CORE },
    { "iptc.org/std/nitf", NS_CORE },
    { "www.w3.org/1999/02/22-rdf-syntax-ns#", NS_RDF },
    { "purl.org/dc/elements/", NS_DC },
    { "purl.org/dc/terms", NS_DCTERMS },
    { "dublincore.org/", NS_DC },
    { "www.itunes.com/dtds/podcast", NS_ITUNES },
    { "www.itunes.com/podcast", NS_ITUNES },
    { "example.com/dtds/podcast-1.0.dtd", NS_ITUNES },
    { "search.yahoo.com/mrss", NS_MEDIA },
    { "www.rssboard.org/media-rss", NS_MEDIA },
    { "www.w3.org/1999/xhtml", NS_XHTML },
    { "www.w3.org/xml/1998/namespace", NS_XML },
    { "www.sitemaps.org/schemas/sitemap", NS_SITEMAP },
    { "www.google.com/schemas/sitemap-news", NS_NEWS },
    { "www.google.com/schemas/sitemap/", NS_SITEMAP },
    { "prismstandard.org/namespaces/", NS_PRISM },
    { "purl.org/syndication/thread/", NS_THREAD },
    { "news.yandex.ru", NS_FULL },
    { "turbo.yandex.ru", NS_FULL },
    { "news.rambler.ru", NS_FULL },
    { "news.mail.ru", NS_FULL },
};

enum space
space_of_uri(struct text uri)
{
    if (uri.len == 0)
        return NS_CORE;
    if (text_begins(uri, "http://"))
        uri = text_from(uri.data + 7, uri.len - 7);
    else if (text_begins(uri, "https://"))
        uri = text_from(uri.data + 8, uri.len - 8);
    if (text_begins(uri, "wordpress.org/export/"))
        return text_ends(uri, "excerpt/") ? NS_EXCERPT : NS_WP;
    for (size_t i = 0; i < COUNT_OF(spaces); i++)
        if (text_begins(uri, spaces[i].uri))
            return spaces[i].space;
    return NS_OTHER;
}

static struct text
text_of_xml(const xmlChar *s)
{
    return text_of(s != NULL ? (const char *)s : "");
}

enum space
node_space(const xmlNode *n)
{
    return space_of_uri(text_of_xml(n->ns != NULL ? n->ns->href : NULL));
}

bool
node_is(const xmlNode *n, enum space space, const char *name)
{
    return n->type == XML_ELEMENT_NODE &&
           strcasecmp((const char *)n->name, name) == 0 &&
           node_space(n) == space;
}

bool
node_named(const xmlNode *n, const char *name)
{
    return n != NULL && n->type == XML_ELEMENT_NODE &&
           strcmp((const char *)n->name, name) == 0;
}

const xmlNode *
node_child_named(const xmlNode *n, const char *name)
{
    const xmlNode *c = n != NULL ? n->children : NULL;

    while (c != NULL && !node_named(c, name))
        c = c->next;
    return c;
}

const xmlNode *
node_next_named(const xmlNode *n, const char *name)
{
    do {
        const xmlNode *next = n->type == XML_ELEMENT_NODE ? n->children : NULL;

        for (; next == NULL && n != NULL; n = n->parent)
            next = n->next;
        n = next;
    } while (n != NULL && !node_named(n, name));
    return n;
}

const xmlNode *
node_behind(const xmlNode *n, const xmlNode *top)
{
    while (n != top && n->next == NULL)
        n = n->parent;
    return n != top ? n->next : NULL;
}

xmlNode *
node_child(const xmlNode *n, enum space space, const char *name)
{
    for (xmlNode *c = n->children; c != NULL; c = c->next)
        if (node_is(c, space, name))
            return c;
    return NULL;
}

static struct text
keep(struct sheaf_buf *out, xmlChar *s)
{
    size_t at = out->len;

    if (s != NULL)
        buf_add_str(out, (const char *)s);
    xmlFree(s);
    return out->len > at ? text_from(out->data + at, out->len - at)
                         : text_from("", 0);
}

struct text
node_text(const xmlNode *n, struct sheaf_buf *out)
{
    return keep(out, n != NULL ? xmlNodeGetContent(n) : NULL);
}

struct text
node_attr(const xmlNode *n, const char *name, struct sheaf_buf *out)
{
    for (xmlAttr *a = n->properties; a != NULL; a = a->next)
        if (a->ns == NULL && strcasecmp((const char *)a->name, name) == 0)
            return keep(out, xmlNodeListGetString(n->doc, a->children, 1));
    return text_from("", 0);
}

struct text
node_attr_named(const xmlNode *n, const char *name)
{
    const xmlAttr *a = n->properties;

    while (a != NULL && strcmp((const char *)a->name, name) != 0)
        a = a->next;
    return text_of_xml(a != NULL && a->children != NULL ? a->children->content
                                                        : NULL);
}

bool
node_attr_is(const xmlNode *n, const char *name, const char *value)
{
    struct sheaf_buf b = { 0 };
    struct text t = text_trim(node_attr(n, name, &b));
    bool good = t.len == strlen(value) && text_begins(t, value);

    sheaf_buf_free(&b);
    return good;
}

struct text
node_inherited(const xmlNode *n, const char *name, struct sheaf_buf *out)
{
    for (; n != NULL && n->type == XML_ELEMENT_NODE; n = n->parent) {
        xmlChar *s = xmlGetNsProp((xmlNode *)(uintptr_t)n,
                                  (const xmlChar *)name, XML_XML_NAMESPACE);

        if (s != NULL)
            return keep(out, s);
    }
    return text_from("", 0);
}

struct text
node_base(const xmlNode *n, struct sheaf_buf *out)
{
    return keep(out, xmlNodeGetBase(n->doc, n));
}

struct text
node_name(const xmlNode *n, struct sheaf_buf *out)
{
    size_t at = out->len;

    if (n->ns != NULL && n->ns->prefix != NULL && node_space(n) != NS_CORE) {
        buf_add_str(out, (const char *)n->ns->prefix);
        buf_add_str(out, ":");
    }
    buf_add_str(out, (const char *)n->name);
    return text_from(out->data + at, out->len - at);
}

/* ---- As markup ---- */

static bool
is_plain_space(const xmlNs *ns)
{
    enum space space = ns != NULL ? space_of_uri(text_of_xml(ns->href))
                                  : NS_OTHER;

    return space == NS_XHTML || space == NS_CORE;
}

/* Takes XHTML out of its namespace: HTML has no prefixes. */
static void
make_plain(xmlNode *n)
{
    if (n->type != XML_ELEMENT_NODE)
        return;
    if (is_plain_space(n->ns))
        n->ns = NULL;
    for (xmlAttr *a = n->properties; a != NULL; a = a->next)
        if (is_plain_space(a->ns))
            a->ns = NULL;
    for (xmlNode *c = n->children; c != NULL; c = c->next)
        make_plain(c);
    /* Nothing inside refers to these any more. */
    for (xmlNs **at = &n->nsDef; *at != NULL;) {
        xmlNs *ns = *at;

        if (is_plain_space(ns)) {
            *at = ns->next;
            xmlFreeNs(ns);
        } else {
            at = &ns->next;
        }
    }
}

void
node_markup(xmlNode *n, struct sheaf_buf *out)
{
    xmlBuffer *b = xmlBufferCreate();
    xmlSaveCtxt *save = xmlSaveToBuffer(b, "UTF-8",
                                        XML_SAVE_NO_DECL | XML_SAVE_XHTML);

    if (b == NULL || save == NULL)
        die(EXIT_LIMIT, NULL, "the importer is out of memory");
    for (xmlNode *c = n->children; c != NULL; c = c->next) {
        make_plain(c);
        xmlSaveTree(save, c);
    }
    xmlSaveClose(save);
    buf_add(out, xmlBufferContent(b), (size_t)xmlBufferLength(b));
    xmlBufferFree(b);
}

/* ---- As JSON ---- */

struct member {
    struct sheaf_buf key, json;
    size_t order;
};

static int
compare_members(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    int c = text_compare(text_of_buf(&x->key), text_of_buf(&y->key));

    return c != 0 ? c : (x->order > y->order) - (x->order < y->order);
}

static bool write_json(const xmlNode *n, struct sheaf_buf *out,
                       unsigned depth);

static bool
add_member(struct member *m, size_t *count, struct text json)
{
    const struct value v = { .key = text_of_buf(&m->key) };

    buf_add(&m->json, json.data, json.len);
    m->order = (*count)++;
    return tree_key_fits(&v);
}

static bool
add_attributes(const xmlNode *n, struct member *all, size_t *count)
{
    struct sheaf_buf value = { 0 }, json = { 0 };
    bool good = true;

    for (xmlAttr *a = n->properties; a != NULL && good; a = a->next) {
        struct member *m = &all[*count];

        if (*count == EXT_CHILDREN) {
            good = false;
            break;
        }
        buf_add_str(&m->key, "@");
        if (a->ns != NULL && a->ns->prefix != NULL) {
            buf_add_str(&m->key, (const char *)a->ns->prefix);
            buf_add_str(&m->key, ":");
        }
        buf_add_str(&m->key, (const char *)a->name);
        value.len = json.len = 0;
        canon_string(&json,
                     keep(&value,
                          xmlNodeListGetString(n->doc, a->children, 1)));
        good = add_member(m, count, text_of_buf(&json));
    }
    sheaf_buf_free(&value);
    sheaf_buf_free(&json);
    return good;
}

static bool
add_children(const xmlNode *n, struct member *all, size_t *count,
             unsigned depth)
{
    struct sheaf_buf text = { 0 }, json = { 0 };
    bool good = true;

    for (xmlNode *c = n->children; c != NULL && good; c = c->next) {
        struct member *m = &all[*count];

        if (c->type == XML_TEXT_NODE) {
            buf_add_str(&text, (const char *)c->content);
            continue;
        }
        if (c->type != XML_ELEMENT_NODE)
            continue;
        if (*count == EXT_CHILDREN) {
            good = false;
            break;
        }
        json.len = 0;
        (void)node_name(c, &m->key);
        good = write_json(c, &json, depth - 1) &&
               add_member(m, count, text_of_buf(&json));
    }
    if (good && *count < EXT_CHILDREN &&
        text_trim(text_of_buf(&text)).len > 0) {
        json.len = 0;
        canon_string(&json, text_trim(text_of_buf(&text)));
        buf_add_str(&all[*count].key, "#text");
        good = add_member(&all[*count], count, text_of_buf(&json));
    }
    sheaf_buf_free(&text);
    sheaf_buf_free(&json);
    return good;
}

static void
write_members(struct member *all, size_t count, struct sheaf_buf *out)
{
    qsort(all, count, sizeof all[0], compare_members);
    buf_add_str(out, "{");
    for (size_t i = 0, next; i < count; i = next) {
        for (next = i + 1;
             next < count && text_compare(text_of_buf(&all[i].key),
                                          text_of_buf(&all[next].key)) == 0;)
            next++;
        canon_key(out, text_of_buf(&all[i].key));
        buf_add_str(out, next - i > 1 ? "[" : "");
        for (size_t k = i; k < next; k++) {
            buf_add_str(out, k > i ? "," : "");
            buf_add(out, all[k].json.data, all[k].json.len);
        }
        buf_add_str(out, next - i > 1 ? "]" : "");
    }
    buf_add_str(out, "}");
}

static bool
write_json(const xmlNode *n, struct sheaf_buf *out, unsigned depth)
{
    struct sheaf_buf text = { 0 };
    struct member *all;
    size_t count = 0;
    bool good;

    if (n->properties == NULL &&
        xmlFirstElementChild((xmlNode *)(uintptr_t)n) == NULL) {
        struct text t = node_text(n, &text);

        if (t.len <= EXT_MAX)
            canon_string(out, text_trim(t));
        sheaf_buf_free(&text);
        return t.len <= EXT_MAX;
    }
    if (depth == 0)
        return false;
    all = mem_new(EXT_CHILDREN + 1, sizeof *all);
    good = add_attributes(n, all, &count) &&
           add_children(n, all, &count, depth);
    if (good)
        write_members(all, count, out);
    for (size_t i = 0; i <= EXT_CHILDREN; i++) {
        sheaf_buf_free(&all[i].key);
        sheaf_buf_free(&all[i].json);
    }
    mem_free(all);
    return good && out->len <= EXT_MAX;
}

bool
node_json(const xmlNode *n, struct sheaf_buf *out)
{
    struct sheaf_buf b = { 0 };
    bool good = write_json(n, &b, EXT_DEPTH);

    if (good)
        buf_add(out, b.data, b.len);
    sheaf_buf_free(&b);
    return good;
}
