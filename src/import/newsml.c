/*
 * newsml.c - NewsML-G2 and NewsML 1: news items alone or in a message. Each one
 * with text is an article; packages and concepts have no text and are left out.
 */
#include "import/news.h"
#include "import/xmlcut.h"

static const char *const records[] = {
    "newsItem",     "packageItem", "conceptItem", "knowledgeItem",
    "planningItem", "catalogItem", NULL,
};

struct newsml {
    struct item *item;
    struct cut cut;
    struct story story;
    const char *place;
};

/* ---- Pieces ---- */

static struct text
attr(const xmlNode *n, const char *name, struct sheaf_buf *room)
{
    room->len = 0;
    return text_trim(node_attr(n, name, room));
}

/* What a concept is called: its name, or else its literal, URI or code. */
static struct text
concept_name(const xmlNode *n, struct sheaf_buf *room)
{
    static const char *const attributes[] = { "literal", "uri", "qcode" };
    struct text t;

    room->len = 0;
    t = text_trim(node_text(node_child(n, NS_CORE, "name"), room));
    for (size_t i = 0; i < COUNT_OF(attributes) && t.len == 0; i++)
        t = attr(n, attributes[i], room);
    if (t.len == 0) {
        room->len = 0;
        t = text_trim(node_text(n, room));
    }
    return t;
}

static void
add_author(struct story *s, const xmlNode *n, const char *role)
{
    struct sheaf_buf room = { 0 }, uri = { 0 };

    story_author(s, concept_name(n, &room), attr(n, "uri", &uri),
                 text_of(role));
    sheaf_buf_free(&room);
    sheaf_buf_free(&uri);
}

static void
add_keyword(struct story *s, const xmlNode *n)
{
    struct sheaf_buf room = { 0 };

    story_keyword(s, concept_name(n, &room));
    sheaf_buf_free(&room);
}

/* A link to another item: its title, or where it is. */
static void
add_link(struct story *s, const xmlNode *n)
{
    struct sheaf_buf room = { 0 };
    struct text t = text_trim(
        node_text(node_child(n, NS_CORE, "title"), &room));

    if (t.len == 0)
        t = attr(n, "href", &room);
    if (t.len == 0)
        t = attr(n, "residref", &room);
    story_related(s, t);
    news_ext(s, n);
    sheaf_buf_free(&room);
}

/* ---- About the item ---- */

static void
read_status(struct newsml *x, const xmlNode *n)
{
    struct sheaf_buf room = { 0 };
    struct text t = attr(n, "qcode", &room);

    if (t.len == 0)
        t = attr(n, "uri", &room);
    if (t.len > 0 && !text_ends(t, "usable"))
        warn(x->place, "its status is '%.*s'", (int)text_cut(t, 40).len,
             t.data);
    news_ext(&x->story, n);
    sheaf_buf_free(&room);
}

static void
read_item_meta(struct newsml *x, const xmlNode *n)
{
    struct story *s = &x->story;

    if (node_is(n, NS_CORE, "firstCreated"))
        news_date(s, STORY_PUBLISHED, n, NULL, x->place);
    else if (node_is(n, NS_CORE, "versionCreated"))
        news_date(s, STORY_UPDATED, n, NULL, x->place);
    else if (node_is(n, NS_CORE, "pubStatus"))
        read_status(x, n);
    else if (node_is(n, NS_CORE, "link"))
        add_link(s, n);
    else
        news_ext(s, n);
}

/* Of several headlines or descriptions the main one is wanted, or else the
 * first one without a role. */
static bool
has_other_role(const xmlNode *n)
{
    struct sheaf_buf room = { 0 };
    struct text t = attr(n, "role", &room);
    bool other = t.len > 0 && !text_ends(t, "main") &&
                 !text_ends(t, "summary") && !text_ends(t, "headline");

    sheaf_buf_free(&room);
    return other;
}

static void
read_content_meta(struct newsml *x, const xmlNode *n)
{
    struct story *s = &x->story;
    struct sheaf_buf room = { 0 };

    if (node_is(n, NS_CORE, "headline") && !has_other_role(n) &&
        !story_has(s, STORY_HEADLINE))
        news_set(s, STORY_HEADLINE, n, NULL);
    else if (node_is(n, NS_CORE, "description") && !has_other_role(n) &&
             !story_has(s, STORY_SUMMARY))
        news_set(s, STORY_SUMMARY, n, NULL);
    else if (node_is(n, NS_CORE, "creator"))
        add_author(s, n, "");
    else if (node_is(n, NS_CORE, "contributor"))
        add_author(s, n, "contributor");
    else if (node_is(n, NS_CORE, "language"))
        story_lang(s, attr(n, "tag", &room));
    else if (node_is(n, NS_CORE, "genre") && !story_has(s, STORY_SECTION))
        story_set(s, STORY_SECTION, concept_name(n, &room));
    else if (node_is(n, NS_CORE, "subject") || node_is(n, NS_CORE, "keyword"))
        add_keyword(s, n);
    else if (!node_is(n, NS_CORE, "by"))
        news_ext(s, n);
    sheaf_buf_free(&room);
}

static void
each_child(struct newsml *x, const xmlNode *n,
           void (*read)(struct newsml *x, const xmlNode *child))
{
    for (n = n != NULL ? n->children : NULL; n != NULL; n = n->next)
        if (n->type == XML_ELEMENT_NODE)
            read(x, n);
}

/* ---- Content ---- */

static bool
read_inline_data(struct newsml *x, const xmlNode *n)
{
    struct story *s = &x->story;
    struct sheaf_buf room = { 0 };
    struct text type = attr(n, "contenttype", &room);

    s->body.len = 0;
    (void)node_text(n, &s->body);
    if (type.len == 0 || text_begins(type, "text/plain"))
        s->type = TYPE_TEXT;
    else
        story_type(s, type);
    if (text_ends(attr(n, "encoding", &room), "base64") &&
        !story_base64(&s->body))
        warn(x->place, "its text is not the base64 that it should be");
    if (!text_is_utf8(text_of_buf(&s->body)))
        s->type = TYPE_BYTES;
    sheaf_buf_free(&room);
    return s->body.len > 0;
}

static void
add_remote(struct story *s, const xmlNode *n)
{
    struct sheaf_buf url = { 0 }, type = { 0 }, size = { 0 };
    struct story_media m = { .url = attr(n, "href", &url),
                             .type = attr(n, "contenttype", &type) };
    struct text t = attr(n, "size", &size);

    for (size_t i = 0;
         i < t.len && i < 15 && t.data[i] >= '0' && t.data[i] <= '9'; i++)
        m.length = m.length * 10 + (uint64_t)(t.data[i] - '0');
    story_media(s, &m);
    sheaf_buf_free(&url);
    sheaf_buf_free(&type);
    sheaf_buf_free(&size);
}

/* The first content with text is the body. */
static bool
read_content(struct newsml *x, const xmlNode *set)
{
    struct sheaf_buf room = { 0 };
    bool found = false;

    for (xmlNode *n = set != NULL ? set->children : NULL; n != NULL;
         n = n->next) {
        if (node_is(n, NS_CORE, "remoteContent"))
            add_remote(&x->story, n);
        else if (!found && node_is(n, NS_CORE, "inlineXML"))
            found = news_inline(&x->story, n, attr(n, "contenttype", &room),
                                x->place);
        else if (!found && node_is(n, NS_CORE, "inlineData"))
            found = read_inline_data(x, n);
    }
    sheaf_buf_free(&room);
    return found;
}

/* ---- Items ---- */

static bool
is_text_item(const xmlNode *meta)
{
    struct sheaf_buf room = { 0 };
    const xmlNode *n = meta != NULL ? node_child(meta, NS_CORE, "itemClass")
                                    : NULL;
    struct text t = n != NULL ? attr(n, "qcode", &room) : text_from("", 0);
    bool good;

    if (n != NULL && t.len == 0)
        t = attr(n, "uri", &room);
    good = t.len == 0 || text_ends(t, "text") || text_ends(t, "composite");
    sheaf_buf_free(&room);
    return good;
}

static void
fill(struct newsml *x, xmlNode *record, const xmlNode *meta)
{
    struct story *s = &x->story;
    const xmlNode *content = node_child(record, NS_CORE, "contentMeta");
    const xmlNode *by = content != NULL ? node_child(content, NS_CORE, "by")
                                        : NULL;
    struct sheaf_buf room = { 0 };

    news_set(s, STORY_ID, record, "guid");
    each_child(x, meta, read_item_meta);
    each_child(x, content, read_content_meta);
    if (by != NULL) {
        s->field[STORY_BYLINE].len = 0;
        news_set(s, STORY_BYLINE, by, NULL);
    }
    story_lang(s, node_inherited(record, "lang", &room));
    if (attr(record, "version", &room).len > 0)
        story_ext(s, text_of("version"), text_of_buf(&room));
    for (const xmlNode *n = record->children; n != NULL; n = n->next)
        if (node_is(n, NS_CORE, "rightsInfo"))
            news_ext(s, n);
    sheaf_buf_free(&room);
}

static void
fill_rest(struct newsml *x, const xmlNode *meta, const xmlNode *content)
{
    struct story *s = &x->story;

    if (meta != NULL)
        news_set(s, STORY_HEADLINE, node_child(meta, NS_CORE, "title"), NULL);
    if (content != NULL)
        news_set(s, STORY_HEADLINE, node_child(content, NS_CORE, "slugline"),
                 NULL);
    if (!story_has(s, STORY_PUBLISHED) && story_has(s, STORY_UPDATED)) {
        story_set(s, STORY_PUBLISHED, story_text(s, STORY_UPDATED));
        s->guessed[STORY_PUBLISHED] = true;
    }
}

static void
take_item(struct newsml *x, uint64_t number)
{
    xmlNode *record = x->cut.record;
    const xmlNode *meta = node_child(record, NS_CORE, "itemMeta");
    const char *id = x->item->id != NULL ? x->item->id : "";
    char *fallback = number == 1 ? format_text("%s", id)
                                 : format_text("%s:%llu", id,
                                               (unsigned long long)number);
    bool old = newsml1_is(record), text;

    story_start(&x->story);
    x->story.lost = true; /* it always says more */
    if (!old)
        fill(x, record, meta);
    text = old ? newsml1_read(&x->story, record, x->place)
               : read_content(x, node_child(record, NS_CORE, "contentSet"));
    fill_rest(x, meta, node_child(record, NS_CORE, "contentMeta"));
    if (!text && (old || !is_text_item(meta))) {
        leave_out("news item without text", x->place,
                  "it is not a text, but a picture or the like");
    } else {
        if (!text)
            warn(x->place, "it has no text");
        (void)story_emit(&x->story, x->item, x->place, fallback, number,
                         cut_original(&x->cut),
                         old ? "text/vnd.iptc.newsml"
                             : "application/vnd.iptc.g2.newsitem+xml");
    }
    mem_free(fallback);
}

static void
take(struct newsml *x, enum cut_got got, uint64_t number)
{
    char *place = format_text("%s: item %llu", x->item->place,
                              (unsigned long long)number);

    x->place = place;
    if (got != CUT_RECORD)
        cut_reject(&x->cut, got, x->item, "item", number);
    else if (!node_is(x->cut.record, NS_CORE, "newsItem"))
        leave_out((const char *)x->cut.record->name, place,
                  "it has no text, and refers to other items");
    else
        take_item(x, number);
    mem_free(place);
}

void
import_newsml(struct item *item)
{
    struct newsml *x = mem_new(1, sizeof *x);
    uint64_t number = 0;
    enum cut_got got;

    x->item = item;
    cut_open(&x->cut, item->in, records);
    while ((got = cut_next(&x->cut)) != CUT_END)
        take(x, got, ++number);
    if (number == 0 && !input_failed(item->in))
        leave_out("news message without items", item->place,
                  "there are no items in it");
    cut_warn(&x->cut, item->place);
    cut_close(&x->cut);
    story_free(&x->story);
    mem_free(x);
}

bool
is_newsml(const struct look *l)
{
    struct sheaf_buf room = { 0 };
    struct text space, name;
    bool good = cut_root(l->start, &room, &space, &name) &&
                (memmem(space.data, space.len, "iptc.org/std/nar", 16) !=
                     NULL ||
                 text_is(name, "NewsML"));

    sheaf_buf_free(&room);
    return good;
}
