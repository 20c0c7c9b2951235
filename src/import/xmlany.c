/*
 * xmlany.c - XML of a vocabulary that nothing here knows: its bytes are the
 * article, and its text is what is between its tags. Headline, dates and
 * authors come from elements with names that mean the same everywhere.
 */
#include <strings.h>

#include "import/news.h"
#include "import/xmlcut.h"

#define VALUE_MAX ((size_t)1000)

/* A document in memory. */
struct opened {
    struct input in;
    struct cut cut;
    char *name; /* of its root */
    const char *names[2];
};

/* False: it is not well-formed enough, or too large. */
static bool
open_document(struct opened *o, struct text body)
{
    struct sheaf_buf room = { 0 };
    struct text space, name;

    memset(o, 0, sizeof *o);
    o->in = (struct input){ .fd = -1, .ended = true };
    if (cut_root(text_cut(body, LOOK_MAX), &room, &space, &name)) {
        o->name = format_text("%.*s", (int)name.len, name.data);
        o->names[0] = o->name;
        o->in.buffer = mem_new(body.len, 1);
        memcpy(o->in.buffer, body.data, body.len);
        o->in.len = o->in.cap = body.len;
        cut_open(&o->cut, &o->in, o->names);
    }
    sheaf_buf_free(&room);
    return o->name != NULL && cut_next(&o->cut) == CUT_RECORD;
}

static void
close_document(struct opened *o)
{
    if (o->name != NULL)
        cut_close(&o->cut);
    input_free(&o->in);
    mem_free(o->name);
}

/* The next node in document order inside `top`, with its depth. */
static const xmlNode *
next_node(const xmlNode *n, const xmlNode *top, size_t *depth)
{
    if (n->type == XML_ELEMENT_NODE && n->children != NULL) {
        ++*depth;
        return n->children;
    }
    for (; n != top && n->next == NULL; n = n->parent)
        --*depth;
    return n != top ? n->next : NULL;
}

/* ---- Text ---- */

static bool
is_blank(const xmlNode *n)
{
    return text_trim(text_of((const char *)n->content)).len == 0;
}

static bool
is_words(const xmlNode *n)
{
    return (n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE) &&
           n->content != NULL && !is_blank(n);
}

/* Whether it has text beside its elements; noted, as it may have many. */
static bool
is_mixed(xmlNode *n)
{
    static char yes, no;

    if (n->_private == NULL) {
        const xmlNode *k = n->children;

        while (k != NULL && !is_words(k))
            k = k->next;
        n->_private = k != NULL ? &yes : &no;
    }
    return n->_private == &yes;
}

/* The element whose paragraph `n` is in: the outermost one around it in which
 * elements are words of a text. */
static const xmlNode *
paragraph_of(const xmlNode *n, const xmlNode *top)
{
    xmlNode *up = n->parent;

    while (up != top && up->parent != NULL && is_mixed(up->parent))
        up = up->parent;
    return up;
}

bool
document_text(struct text body, struct sheaf_buf *out)
{
    struct opened o;
    bool good = open_document(&o, body);
    const xmlNode *n = good ? o.cut.record : NULL, *before = NULL;
    size_t depth = 0;

    for (; n != NULL; n = next_node(n, o.cut.record, &depth)) {
        struct text t;
        const xmlNode *now;

        if (!is_words(n))
            continue;
        t = text_of((const char *)n->content);
        now = paragraph_of(n, o.cut.record);
        if (before != NULL && now != before)
            buf_add_str(out, "\n\n");
        else if (before != NULL && t.data[0] > 0 && t.data[0] <= ' ')
            buf_add_str(out, " ");
        for (size_t i = 0; i < t.len; i++) {
            bool space = t.data[i] > 0 && t.data[i] <= ' ';

            if (!space)
                buf_add(out, t.data + i, 1);
            else if (out->len > 0 && (unsigned char)out->data[out->len - 1] >
                                         ' ')
                buf_add_str(out, " ");
        }
        before = now;
    }
    if (before != NULL)
        buf_add_str(out, "\n");
    close_document(&o);
    return good;
}

/* ---- Metadata ---- */

/* Of several names for one field, the first one counts. */
static const struct {
    const char *name;
    enum story_field field;
} known[] = {
    { "headline", STORY_HEADLINE },       { "title", STORY_HEADLINE },
    { "pubDate", STORY_PUBLISHED },       { "published", STORY_PUBLISHED },
    { "datePublished", STORY_PUBLISHED }, { "issued", STORY_PUBLISHED },
    { "publicationDate", STORY_PUBLISHED },
    { "publishDate", STORY_PUBLISHED },   { "FirstCreated", STORY_PUBLISHED },
    { "date", STORY_PUBLISHED },          { "created", STORY_PUBLISHED },
    { "updated", STORY_UPDATED },         { "modified", STORY_UPDATED },
    { "byline", STORY_BYLINE },           { "author", STORY_BYLINE },
    { "creator", STORY_BYLINE },
};

/* The one that is least deep; `twice`: another one there differs. */
struct candidate {
    struct sheaf_buf text;
    size_t depth;
    bool twice;
};

/* The text of an element; of a name in pieces, with spaces between them. */
static struct text
value_of(const xmlNode *n, bool name, struct sheaf_buf *room)
{
    const xmlNode *k = n->children;

    while (k != NULL && k->type != XML_ELEMENT_NODE)
        k = k->next;
    if (!name || k == NULL)
        return text_trim(node_text(n, room));
    for (; k != NULL; k = k->next)
        if (k->type == XML_ELEMENT_NODE) {
            buf_add_str(room, room->len > 0 ? " " : "");
            (void)node_text(k, room);
        }
    return text_trim(text_of_buf(room));
}

static void
look_at(struct candidate *found, const xmlNode *n, size_t depth)
{
    struct sheaf_buf room = { 0 };
    struct text t;

    for (size_t i = 0; i < COUNT_OF(known); i++) {
        struct candidate *c = &found[i];

        if (strcasecmp((const char *)n->name, known[i].name) != 0)
            continue;
        room.len = 0;
        t = value_of(n, known[i].field == STORY_BYLINE, &room);
        if (t.len == 0 || t.len > VALUE_MAX ||
            (c->text.len > 0 && depth > c->depth))
            continue;
        if (c->text.len > 0 && depth == c->depth) {
            c->twice = c->twice || text_compare(t, text_of_buf(&c->text)) != 0;
            continue;
        }
        c->text.len = 0;
        buf_add(&c->text, t.data, t.len);
        c->depth = depth;
        c->twice = false;
    }
    sheaf_buf_free(&room);
}

/* Several that differ belong to parts of the document, such as the rows of a
 * list. */
static void
take_fields(struct story *s, const struct candidate *found)
{
    bool unsure[STORY_FIELDS] = { false };

    for (size_t i = 0; i < COUNT_OF(known); i++) {
        enum story_field f = known[i].field;
        struct text t = text_of_buf(&found[i].text);

        if (t.len == 0 || unsure[f] || story_has(s, f))
            continue;
        unsure[f] = found[i].twice;
        if (unsure[f])
            continue;
        if (f == STORY_PUBLISHED || f == STORY_UPDATED)
            (void)story_date(s, f, t);
        else
            story_set(s, f, t);
    }
}

/* Corpora have the day as an attribute of the document. */
static void
read_root(struct story *s, const xmlNode *root)
{
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        struct text t = node_attr_named(root, known[i].name);

        if (known[i].field == STORY_PUBLISHED && t.len > 0 &&
            !story_has(s, STORY_PUBLISHED))
            (void)story_date(s, STORY_PUBLISHED, t);
    }
}

static void
read_fields(const struct opened *o, struct story *s)
{
    struct candidate found[COUNT_OF(known)] = { { .depth = 0 } };
    const xmlNode *n = o->cut.record;
    size_t depth = 0;

    story_lang(s, text_of(""));
    for (; n != NULL; n = next_node(n, o->cut.record, &depth))
        if (n->type == XML_ELEMENT_NODE)
            look_at(found, n, depth);
    take_fields(s, found);
    read_root(s, o->cut.record);
    for (size_t i = 0; i < COUNT_OF(found); i++)
        sheaf_buf_free(&found[i].text);
}

void
read_document(struct text body, struct meta *m)
{
    struct story *s = mem_new(1, sizeof *s);
    struct opened o;
    struct text root;
    char *doubt;
    bool good;

    story_start(s);
    good = open_document(&o, body);
    if (good)
        read_fields(&o, s);
    buf_reserve(&m->notes, 4 * SUMMARY_MAX);
    m->headline = meta_keep(m, story_text(s, STORY_HEADLINE));
    m->published = meta_keep(m, story_text(s, STORY_PUBLISHED));
    m->updated = meta_keep(m, story_text(s, STORY_UPDATED));
    m->byline = meta_keep(m, story_text(s, STORY_BYLINE));
    root = text_cut(text_of(o.name != NULL ? o.name : ""), 40);
    doubt = format_text("XML with the root '%.*s', which is not known; %s "
                        "(--map)", (int)root.len, root.data,
                        good ? "only its text is read"
                             : "it is too large or cut off, and not read");
    meta_doubt(m, doubt);
    mem_free(doubt);
    close_document(&o);
    story_free(s);
    mem_free(s);
}

/* ---- Recognition ---- */

bool
is_document(const struct look *l)
{
    struct sheaf_buf room = { 0 };
    struct text start = text_trim(l->start), space, name;
    bool stated = text_begins(start, "<?xml") || text_ends(l->name, ".xml");
    bool good = cut_root(l->start, &room, &space, &name) &&
                !text_is(name, "svg");

    /* Without a declaration, a root with a namespace is enough: RDF. */
    if (good && !stated)
        good = space.len > 0 && space_of_uri(space) != NS_XHTML &&
               !text_ends(l->name, ".md") &&
               !text_ends(l->name, ".markdown") && !text_ends(l->name, ".mdx");
    sheaf_buf_free(&room);
    return good;
}
