/*
 * newsml1.c - news items in NewsML 1.0 to 1.2.
 */
#include "import/news.h"

static void
read_lines(struct story *s, const xmlNode *lines)
{
    news_set(s, STORY_HEADLINE, news_find(lines, "HeadLine"), NULL);
    news_set(s, STORY_HEADLINE, news_find(lines, "SlugLine"), NULL);
    news_set(s, STORY_BYLINE, news_find(lines, "ByLine"), NULL);
    for (const xmlNode *n = lines != NULL ? lines->children : NULL; n != NULL;
         n = n->next) {
        struct sheaf_buf room = { 0 };

        if (node_is(n, NS_CORE, "KeywordLine"))
            story_keyword(s, text_trim(node_text(n, &room)));
        sheaf_buf_free(&room);
    }
}

static void
read_management(struct story *s, const xmlNode *n, const char *place)
{
    const xmlNode *status = news_find(n, "Status");
    struct sheaf_buf room = { 0 };
    struct text t = status != NULL ? node_attr(status, "FormalName", &room)
                                   : text_from("", 0);

    news_date(s, STORY_PUBLISHED, news_find(n, "FirstCreated"), NULL, place);
    news_date(s, STORY_UPDATED, news_find(n, "ThisRevisionCreated"), NULL,
              place);
    if (t.len > 0 && !(t.len == 6 && text_begins(t, "usable")))
        warn(place, "its status is '%.*s'", (int)text_cut(t, 40).len, t.data);
    sheaf_buf_free(&room);
}

static bool
read_data(struct story *s, xmlNode *n, const char *place)
{
    if (xmlFirstElementChild(n) != NULL)
        return news_inline(s, n, text_of(TYPE_HTML), place);
    s->body.len = 0;
    (void)node_text(n, &s->body);
    if (n->parent != NULL && node_is(n->parent, NS_CORE, "Encoding") &&
        node_attr_is(n->parent, "Notation", "base64") &&
        !story_base64(&s->body))
        warn(place, "its text is not the base64 that it should be");
    s->type = !text_is_utf8(text_of_buf(&s->body))  ? TYPE_BYTES
              : story_is_html(text_of_buf(&s->body)) ? TYPE_HTML
                                                     : TYPE_TEXT;
    return text_trim(text_of_buf(&s->body)).len > 0;
}

/* A file beside the text. */
static void
add_file(struct story *s, const xmlNode *n)
{
    const xmlNode *mime = news_find(n, "MimeType");
    struct sheaf_buf url = { 0 }, type = { 0 };
    struct story_media m = { .length = 0 };

    m.url = text_trim(node_attr(n, "Href", &url));
    if (mime != NULL)
        m.type = text_trim(node_attr(mime, "FormalName", &type));
    story_media(s, &m);
    sheaf_buf_free(&url);
    sheaf_buf_free(&type);
}

/* The first content with text is the body. Components may be in components,
 * and are read without recursion. */
static bool
read_content(struct story *s, const xmlNode *item, const char *place)
{
    xmlNode *at = item->children;
    bool found = false;

    while (at != NULL && at != item) {
        bool whole = node_is(at, NS_CORE, "DataContent");

        if (whole && !found)
            found = read_data(s, at, place);
        else if (node_is(at, NS_CORE, "ContentItem"))
            add_file(s, at);
        if (!whole && at->type == XML_ELEMENT_NODE && at->children != NULL) {
            at = at->children;
            continue;
        }
        while (at != item && at->next == NULL)
            at = at->parent;
        at = at != item ? at->next : NULL;
    }
    return found;
}

bool
newsml1_is(const xmlNode *item)
{
    return node_child(item, NS_CORE, "NewsComponent") != NULL ||
           node_child(item, NS_CORE, "Identification") != NULL;
}

/* The public identifier ends with the number of the revision, and with how it
 * changes the one before. The item is what stands before that. */
static void
set_id(struct story *s, const xmlNode *item)
{
    const xmlNode *identifier = news_find(item, "PublicIdentifier");
    const xmlNode *revision = news_find(item, "RevisionId");
    struct sheaf_buf id_room = { 0 }, room = { 0 };
    struct text id, number;
    size_t n;

    if (identifier != NULL) {
        id = text_trim(node_text(identifier, &id_room));
        number = revision != NULL ? text_trim(node_text(revision, &room))
                                  : text_from("", 0);
        n = id.len > number.len + 1 && strchr("UNA", id.data[id.len - 1])
                ? id.len - 1
                : id.len;
        if (number.len > 0 && n > number.len + 1 &&
            memcmp(id.data + n - number.len, number.data, number.len) == 0 &&
            id.data[n - number.len - 1] == ':')
            id = text_from(id.data, n - number.len - 1);
        story_set(s, STORY_ID, id);
    }
    sheaf_buf_free(&id_room);
    sheaf_buf_free(&room);
}

bool
newsml1_read(struct story *s, const xmlNode *item, const char *place)
{
    const xmlNode *lang = news_find(item, "Language");
    struct sheaf_buf room = { 0 };
    bool text;

    set_id(s, item);
    if (lang != NULL)
        story_lang(s, node_attr(lang, "FormalName", &room));
    story_lang(s, node_inherited(item, "lang", &room));
    read_management(s, news_find(item, "NewsManagement"), place);
    read_lines(s, news_find(item, "NewsLines"));
    text = read_content(s, item, place);
    sheaf_buf_free(&room);
    return text;
}
