/*
 * html_read.c - a web page: its metadata, and what --map finds in it.
 *
 * The tree is copied into one of libxml2, which has XPath. Its own parser of
 * HTML is not used, as page.h says.
 */
#include "import/content.h"
#include "import/field_map.h"
#include "import/html.h"
#include "import/story.h"
#include "import/xpath.h"

/* Attributes of one element; xmlNewProp passes over those before. */
#define MAP_ATTRS 256
/* A page with more nodes and attributes is not searched: each takes about 150
 * bytes. */
#define MAP_NODES ((size_t)1 << 17)
/* Steps for one expression. libxml2 counts some steps that take long as one, so
 * that this is a second or two. */
#define MAP_STEPS 1000000

/* ---- The tree ---- */

/* A name in lower case. */
static const xmlChar *
lower(struct text name, struct sheaf_buf *room)
{
    room->len = 0;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c + 'a' - 'A');
        buf_add(room, &c, 1);
    }
    buf_add(room, "", 1);
    return room->data;
}

static void
copy_attrs(const struct page *page, const struct node *n, xmlNode *to,
           struct sheaf_buf *room)
{
    struct sheaf_buf value = { 0 };

    for (size_t i = 0; i < n->attr_count && i < MAP_ATTRS; i++) {
        const struct attr *a = &page->attrs[n->attrs + i];
        const xmlChar *name = lower(a->name, room);

        /* Of two with the same name, the first one counts. */
        if (a->name.len == 0 || xmlHasProp(to, name) != NULL)
            continue;
        value.len = 0;
        page_decode(&value, a->value, true);
        buf_add(&value, "", 1);
        (void)xmlNewProp(to, name, value.data);
    }
    sheaf_buf_free(&value);
}

static xmlNode *
copy_node(const struct page *page, const struct node *n, xmlDoc *doc,
          struct sheaf_buf *room)
{
    xmlNode *to;

    if (n->tag == TAG_TEXT) {
        room->len = 0;
        if (n->raw)
            buf_add(room, n->text.data, n->text.len);
        else
            page_decode(room, n->text, false);
        buf_add(room, "", 1);
        return xmlNewDocText(doc, room->data);
    }
    to = xmlNewDocNode(doc, NULL, lower(n->text, room), NULL);
    if (to != NULL)
        copy_attrs(page, n, to, room);
    return to;
}

/* xmlAddChild would join two texts, and free one. */
static void
append(xmlNode *parent, xmlNode *n)
{
    n->parent = parent;
    n->prev = parent->last;
    if (parent->last != NULL)
        parent->last->next = n;
    else
        parent->children = n;
    parent->last = n;
}

/* The same tree, in libxml2's form. */
static xmlDoc *
copy_page(const struct page *page)
{
    xmlNode **copies = mem_new(page->count, sizeof *copies);
    xmlDoc *doc = xmlNewDoc((const xmlChar *)"1.0");
    struct sheaf_buf room = { 0 };
    bool good = doc != NULL;

    for (const struct node *n = page->root; n != NULL && good;
         n = page_next(n, page->root)) {
        xmlNode *to = copy_node(page, n, doc, &room);

        good = to != NULL;
        copies[n->index] = to;
        if (good && n->parent == NULL)
            xmlDocSetRootElement(doc, to);
        else if (good)
            append(copies[n->parent->index], to);
    }
    if (!good)
        die(EXIT_LIMIT, NULL, "the importer is out of memory");
    sheaf_buf_free(&room);
    mem_free(copies);
    return doc;
}

/* ---- Fields ---- */

static void
set_keywords(struct story *s, struct text t)
{
    struct text word;

    while (text_item(&t, ',', &word))
        story_keyword(s, text_trim(word));
}

/* False: it is not in the form of the field. */
static bool
set_field(struct story *s, int field, struct text value, struct text base)
{
    switch (field) {
    case STORY_PUBLISHED:
    case STORY_UPDATED: return story_date(s, (enum story_field)field, value);
    case STORY_URL: return story_url(s, value, base);
    case STORY_LANG: story_lang(s, value); return story_has(s, STORY_LANG);
    case STORY_FIELDS: set_keywords(s, value); return true;
    default: story_set(s, (enum story_field)field, value); return true;
    }
}

/* A line of m->doubts. */
static void
doubt(struct meta *m, const char *what, const char *why)
{
    char *line = format_text("--map: %s: %s", what, why);

    meta_doubt(m, line);
    mem_free(line);
}

/* A field of metadata that --map may find in a page. */
static const struct field {
    const char *name;
    int story; /* STORY_FIELDS: the keywords */
    size_t at; /* in struct meta */
} fields[] = {
    /* The language first: dates depend on it. */
    { "lang", STORY_LANG, offsetof(struct meta, lang) },
    { "id", STORY_ID, offsetof(struct meta, id) },
    { "url", STORY_URL, offsetof(struct meta, url) },
    { "headline", STORY_HEADLINE, offsetof(struct meta, headline) },
    { "published", STORY_PUBLISHED, offsetof(struct meta, published) },
    { "updated", STORY_UPDATED, offsetof(struct meta, updated) },
    { "section", STORY_SECTION, offsetof(struct meta, section) },
    { "summary", STORY_SUMMARY, offsetof(struct meta, summary) },
    { "byline", STORY_BYLINE, offsetof(struct meta, byline) },
    { "keywords", STORY_FIELDS, 0 },
};

static void
take_keywords(struct meta *m, const struct story *s)
{
    m->keywords.len = 0;
    if (s->keyword_count == 0)
        return;
    buf_add_str(&m->keywords, "[");
    buf_add(&m->keywords, s->keywords.data, s->keywords.len);
    buf_add_str(&m->keywords, "]");
}

static void
map_field(const struct field *f, xmlXPathContext *x, struct story *s,
          struct meta *m)
{
    struct sheaf_buf value = { 0 };
    const char *selector;
    const char *why = xpath_field(x, (xmlNode *)x->doc, true, f->name, &value,
                                  &selector);

    if (why != NULL)
        doubt(m, selector, why);
    if (f->story == STORY_LANG && value.len == 0)
        story_lang(s, m->lang);
    if (value.len > 0 &&
        !set_field(s, f->story, text_of_buf(&value), m->url)) {
        doubt(m, f->name, "what it finds is none");
        value.len = 0;
    }
    if (value.len > 0) {
        meta_not_guessed(m, f->name);
        if (f->story == STORY_FIELDS)
            take_keywords(m, s);
        else
            *(struct text *)((char *)m + f->at) =
                meta_keep(m, story_text(s, (enum story_field)f->story));
    }
    sheaf_buf_free(&value);
}

/* Replaces the fields that --map finds. */
static void
map_fields(const struct page *page, struct meta *m)
{
    struct story *s;
    xmlXPathContext *x;
    xmlDoc *doc;

    if (page->count + page->attr_count > MAP_NODES) {
        meta_doubt(m, "too large for --map");
        return;
    }
    doc = copy_page(page);
    x = xpath_open(doc, MAP_STEPS);
    s = mem_new(1, sizeof *s);
    story_start(s);
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        size_t at = 0;

        if (map_next(fields[i].name, &at) != NULL)
            map_field(&fields[i], x, s, m);
        else if (fields[i].story == STORY_LANG)
            story_lang(s, m->lang);
    }
    story_free(s);
    mem_free(s);
    xmlXPathFreeContext(x);
    xmlFreeDoc(doc);
}

/* ---- All of it ---- */

static bool
is_seen(const struct node *n)
{
    struct sheaf_buf text = { 0 };
    bool seen = !text_is_blank(n->text);

    if (seen && !n->raw && memchr(n->text.data, '&', n->text.len) != NULL) {
        page_decode(&text, n->text, false);
        seen = !text_is_blank(text_of_buf(&text));
        sheaf_buf_free(&text);
    }
    return seen;
}

/* Whether readers see any, who run no script. */
static bool
has_text(const struct html *h)
{
    const struct node *top = h->page.root, *n = top;

    if (h->ld.field[LD_BODY].len != 0)
        return true;
    while (n != NULL) {
        if (n->tag == TAG_TEXT && is_seen(n))
            return true;
        n = content_is_unseen(n) ? page_skip(n, top) : page_next(n, top);
    }
    return false;
}

bool
html_has_text(struct text body)
{
    struct html h;
    bool found;

    html_open(&h, body, text_of("utf-8"));
    found = has_text(&h);
    html_close(&h);
    return found;
}

void
html_read(struct text body, struct text charset, struct meta *m)
{
    struct html h;

    html_open(&h, body, charset);
    buf_reserve(&m->notes, FRONT_NOTES + (map_loaded() ? 2 : 1) * HTML_NOTES);
    html_meta(&h, m);
    front_meta(&h.front, m);
    m->fronted = h.front.count > 0;
    if (!has_text(&h))
        meta_doubt(m, "it has no text");
    if (map_loaded())
        map_fields(&h.page, m);
    html_close(&h);
}

void
read_html(struct text body, struct meta *m)
{
    html_read(body, text_from("", 0), m);
}
