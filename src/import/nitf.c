/*
 * nitf.c - NITF, the News Industry Text Format: a document is an article.
 */
#include "import/news.h"
#include "import/stories.h"

/* ---- Shared with newsml.c ---- */

xmlNode *
news_find(const xmlNode *n, const char *name)
{
    const xmlNode *at = n != NULL ? n->children : NULL;

    while (at != NULL) {
        if (node_is(at, NS_CORE, name))
            return (xmlNode *)(uintptr_t)at;
        if (at->type == XML_ELEMENT_NODE && at->children != NULL) {
            at = at->children;
            continue;
        }
        while (at != n && at->next == NULL)
            at = at->parent;
        at = at != n ? at->next : NULL;
    }
    return NULL;
}

static struct text
value_of(const xmlNode *n, const char *attribute, struct sheaf_buf *room)
{
    room->len = 0;
    if (n == NULL)
        return text_from("", 0);
    return text_trim(attribute != NULL ? node_attr(n, attribute, room)
                                       : node_text(n, room));
}

void
news_set(struct story *s, enum story_field f, const xmlNode *n,
         const char *attribute)
{
    struct sheaf_buf room = { 0 };

    story_set(s, f, value_of(n, attribute, &room));
    sheaf_buf_free(&room);
}

void
news_ext(struct story *s, const xmlNode *n)
{
    struct sheaf_buf name = { 0 }, json = { 0 };

    /* Attributes alone are enough: many elements have nothing else. */
    if (node_json(n, &json) && json.len > 2)
        story_ext_json(s, node_name(n, &name), text_of_buf(&json));
    sheaf_buf_free(&name);
    sheaf_buf_free(&json);
}

void
news_date(struct story *s, enum story_field f, const xmlNode *n,
          const char *attribute, const char *place)
{
    struct sheaf_buf room = { 0 };
    struct text t = value_of(n, attribute, &room);

    if (t.len > 0 && !story_has(s, f) && !story_date(s, f, t)) {
        warn(place, "'%.*s' is not certainly a date; it is kept as text",
             (int)text_cut(t, 60).len, t.data);
        news_ext(s, n);
    }
    sheaf_buf_free(&room);
}

/* ---- The parts of a document ---- */

static void
read_docdata(struct story *s, const xmlNode *docdata, const char *place)
{
    struct sheaf_buf room = { 0 };
    struct text status = docdata != NULL
                             ? node_attr(docdata, "management-status", &room)
                             : text_from("", 0);

    if (status.len > 0 && !text_is(status, "usable"))
        warn(place, "its status is '%.*s'", (int)text_cut(status, 40).len,
             status.data);
    for (const xmlNode *n = docdata != NULL ? docdata->children : NULL;
         n != NULL; n = n->next) {
        if (n->type != XML_ELEMENT_NODE)
            continue;
        if (node_is(n, NS_CORE, "doc-id"))
            news_set(s, STORY_ID, n, "id-string");
        else if (node_is(n, NS_CORE, "date.issue"))
            news_date(s, STORY_PUBLISHED, n, "norm", place);
        else if (node_is(n, NS_CORE, "date.release"))
            news_date(s, STORY_UPDATED, n, "norm", place);
        else if (!node_is(n, NS_CORE, "key-list") &&
                 !node_is(n, NS_CORE, "identified-content"))
            news_ext(s, n);
    }
    sheaf_buf_free(&room);
}

static void
read_keywords(struct story *s, const xmlNode *list)
{
    for (const xmlNode *n = list != NULL ? list->children : NULL; n != NULL;
         n = n->next) {
        struct sheaf_buf room = { 0 };

        if (node_is(n, NS_CORE, "keyword"))
            story_keyword(s, value_of(n, "key", &room));
        sheaf_buf_free(&room);
    }
}

/* Appends `t`; what was before it, in another element, is another word. A
 * title is not part of a name. */
static void
add_apart(struct sheaf_buf *out, struct text t, bool title)
{
    char last = out->len > 0 ? (char)out->data[out->len - 1] : ' ';
    bool word = t.len > 0 &&
                ((unsigned char)t.data[0] >= '0' || t.data[0] == '"');

    if (word && last != ' ' && last != '\n')
        buf_add_str(out, title && last != ',' ? ", " : " ");
    buf_add(out, t.data, t.len);
}

/* Appends the text inside, with space between elements. */
static void
add_words(struct sheaf_buf *out, const xmlNode *n)
{
    const xmlNode *at = n->children;
    bool title = false;

    while (at != NULL && at != n) {
        struct sheaf_buf room = { 0 };

        if (at->type == XML_TEXT_NODE || at->type == XML_CDATA_SECTION_NODE) {
            add_apart(out, node_text(at, &room), title);
            title = false;
        }
        sheaf_buf_free(&room);
        title = title || node_is(at, NS_CORE, "byttl");
        if (at->type == XML_ELEMENT_NODE && at->children != NULL) {
            at = at->children;
            continue;
        }
        while (at != n && at->next == NULL) {
            at = at->parent;
            title = title || node_is(at, NS_CORE, "byttl");
        }
        at = at != n ? at->next : NULL;
    }
}

static void
read_persons(struct story *s, const xmlNode *byline)
{
    const struct text nothing = { "", 0 };
    struct sheaf_buf name = { 0 };

    for (const xmlNode *n = byline->children; n != NULL; n = n->next) {
        if (!node_is(n, NS_CORE, "person"))
            continue;
        name.len = 0;
        add_words(&name, n);
        story_author(s, text_trim(text_of_buf(&name)), nothing, nothing);
        s->field[STORY_BYLINE].len = 0; /* it is in the line as printed */
    }
    sheaf_buf_free(&name);
}

/* All lines, as printed: the archive of the New York Times has each of them
 * once more, for its index. */
static void
read_bylines(struct story *s, const xmlNode *first)
{
    struct sheaf_buf all = { 0 };

    for (const xmlNode *n = first; n != NULL; n = n->next) {
        struct sheaf_buf line = { 0 };
        struct text t;

        if (!node_is(n, NS_CORE, "byline") ||
            (all.len > 0 && node_attr_is(n, "class", "normalized_byline")))
            continue;
        read_persons(s, n);
        add_words(&line, n);
        t = text_trim(text_of_buf(&line));
        if (t.len > 0 && all.len > 0)
            buf_add_str(&all, ", ");
        buf_add(&all, t.data, t.len);
        sheaf_buf_free(&line);
    }
    story_set(s, STORY_BYLINE, text_of_buf(&all));
    sheaf_buf_free(&all);
}

static void
read_media(struct story *s, const xmlNode *media)
{
    struct sheaf_buf room[4] = { { 0 } };
    const xmlNode *from = node_child(media, NS_CORE, "media-reference");
    struct story_media m = { .length = 0 };

    m.caption = value_of(node_child(media, NS_CORE, "media-caption"), NULL,
                         &room[0]);
    m.credit = value_of(node_child(media, NS_CORE, "media-producer"), NULL,
                        &room[1]);
    m.url = value_of(from, "source", &room[2]);
    m.type = value_of(from, "mime-type", &room[3]);
    story_media(s, &m);
    for (size_t i = 0; i < COUNT_OF(room); i++)
        sheaf_buf_free(&room[i]);
}

static void
read_all_media(struct story *s, const xmlNode *content)
{
    const xmlNode *at = content;

    /* In document order, without recursion. */
    while (at != NULL) {
        if (node_is(at, NS_CORE, "media"))
            read_media(s, at);
        if (at->type == XML_ELEMENT_NODE && at->children != NULL) {
            at = at->children;
            continue;
        }
        while (at != content && at->next == NULL)
            at = at->parent;
        at = at != content ? at->next : NULL;
    }
}

bool
nitf_read(struct story *s, xmlNode *nitf, const char *place)
{
    const xmlNode *head = node_child(nitf, NS_CORE, "head");
    const xmlNode *body = node_child(nitf, NS_CORE, "body");
    const xmlNode *top = body != NULL ? node_child(body, NS_CORE, "body.head")
                                      : NULL;
    xmlNode *content = body != NULL ? node_child(body, NS_CORE, "body.content")
                                    : NULL;
    const xmlNode *pub = news_find(head, "pubdata");
    struct sheaf_buf room = { 0 };

    story_lang(s, node_attr(nitf, "baselang", &room));
    story_lang(s, node_inherited(nitf, "lang", &room));
    read_docdata(s, news_find(head, "docdata"), place);
    news_set(s, STORY_ID, nitf, "uno");
    news_date(s, STORY_PUBLISHED, pub, "date.publication", place);
    news_date(s, STORY_PUBLISHED, news_find(top, "story.date"), "norm", place);
    news_set(s, STORY_SECTION, pub, "position.section");
    if (pub != NULL) {
        (void)story_url(s, value_of(pub, "ex-ref", &room), text_from("", 0));
        news_ext(s, pub);
    }
    read_keywords(s, news_find(head, "key-list"));
    news_set(s, STORY_HEADLINE, news_find(top, "hl1"), NULL);
    news_set(s, STORY_HEADLINE, news_find(top, "hedline"), NULL);
    news_set(s, STORY_HEADLINE, news_find(head, "title"), NULL);
    news_set(s, STORY_SUMMARY, news_find(top, "abstract"), NULL);
    read_bylines(s, news_find(body, "byline"));
    sheaf_buf_free(&room);
    if (content == NULL)
        return false;
    read_all_media(s, content);
    s->body.len = 0;
    s->type = TYPE_HTML;
    node_markup(content, &s->body);
    return text_trim(text_of_buf(&s->body)).len > 0;
}

bool
news_inline(struct story *s, xmlNode *n, struct text type, const char *place)
{
    xmlNode *child = xmlFirstElementChild(n), *body;

    if (child != NULL && node_is(child, NS_CORE, "nitf"))
        return nitf_read(s, child, place);
    s->body.len = 0;
    if (child != NULL && (node_is(child, NS_XHTML, "html") ||
                          node_is(child, NS_CORE, "html"))) {
        body = node_child(child, node_space(child), "body");
        s->type = TYPE_HTML;
        node_markup(body != NULL ? body : child, &s->body);
    } else if (child != NULL) {
        s->type = TYPE_HTML;
        if (node_space(child) != NS_XHTML)
            story_type(s, type.len > 0 ? type : text_of(TYPE_XML));
        node_markup(n, &s->body);
    }
    return text_trim(text_of_buf(&s->body)).len > 0;
}

/* ---- Files ---- */

static const char *const records[] = { "nitf", NULL };

static void
take_document(struct item *item, struct cut *c, struct story *s,
              uint64_t number)
{
    char *place = number == 1 ? format_text("%s", item->place)
                              : format_text("%s: document %llu", item->place,
                                            (unsigned long long)number);
    char *fallback = number == 1
                         ? format_text("%s", item->id != NULL ? item->id : "")
                         : format_text("%s:%llu",
                                       item->id != NULL ? item->id : "",
                                       (unsigned long long)number);

    story_start(s);
    s->lost = true; /* it always says more */
    if (!nitf_read(s, c->record, place))
        warn(place, "it has no text");
    (void)story_emit(s, item, place, fallback, number, cut_original(c),
                     "application/xml");
    mem_free(place);
    mem_free(fallback);
}

void
import_nitf(struct item *item)
{
    if (stories_each(item, records, "document", take_document) == 0 &&
        !input_failed(item->in))
        reject(EXIT_FAILED, item->place, text_from("", 0),
               "there is no document in NITF");
}

bool
is_nitf(const struct look *l)
{
    struct sheaf_buf room = { 0 };
    struct text space, name;
    bool good = cut_root(l->start, &room, &space, &name) &&
                text_is(name, "nitf");

    sheaf_buf_free(&room);
    return good;
}
