/*
 * enex.c - exports of Evernote: each note is an article, and its files are
 * parts.
 */
#include "import/stories.h"
#include "import/xmlnode.h"

static const char *const records[] = { "note", NULL };

static struct text
child_text(const xmlNode *n, const char *name, struct sheaf_buf *room)
{
    const xmlNode *child = node_child(n, NS_CORE, name);

    room->len = 0;
    return child != NULL ? text_trim(node_text(child, room))
                         : text_from("", 0);
}

/* What is inside <en-note>, which is HTML but for a few elements. */
static void
read_body(struct story *s, struct text t)
{
    const char *start = memmem(t.data, t.len, "<en-note", 8);
    const char *end = memmem(t.data, t.len, "</en-note>", 10);
    const char *open = start == NULL ? NULL
                                     : memchr(start, '>', t.len -
                                              (size_t)(start - t.data));

    if (open != NULL && end != NULL && end > open)
        t = text_from(open + 1, (size_t)(end - open - 1));
    s->body.len = 0;
    buf_add(&s->body, t.data, t.len);
    s->type = TYPE_HTML;
}

/* The author and the address; the rest as it is. */
static void
read_attributes(struct story *s, const xmlNode *list)
{
    struct sheaf_buf room = { 0 };

    for (const xmlNode *n = list->children; n != NULL; n = n->next) {
        struct text t;

        room.len = 0;
        if (n->type != XML_ELEMENT_NODE)
            continue;
        t = text_trim(node_text(n, &room));
        if (node_named(n, "author"))
            story_author(s, t, text_of(""), text_of(""));
        else if (!node_named(n, "source-url") || !story_url(s, t, text_of("")))
            story_ext(s, text_of((const char *)n->name), t);
    }
    sheaf_buf_free(&room);
}

static void
read_resource(struct story *s, const xmlNode *resource)
{
    struct sheaf_buf data = { 0 }, type = { 0 }, name = { 0 };
    struct story_media media = { .type = child_text(resource, "mime", &type) };

    for (const xmlNode *n = resource->children; n != NULL; n = n->next)
        if (node_named(n, "resource-attributes"))
            media.name = child_text(n, "file-name", &name);
    (void)child_text(resource, "data", &data);
    if (story_base64(&data) &&
        story_part(s, SHEAF_ROLE_MEDIA, media.type, text_of_buf(&data))) {
        media.length = data.len;
        media.part = s->part_count; /* the body is part 0 */
        story_media(s, &media);
    } else {
        s->lost = true;
    }
    sheaf_buf_free(&data);
    sheaf_buf_free(&type);
    sheaf_buf_free(&name);
}

static void
read_date(struct story *s, enum story_field f, struct text t,
          const char *place)
{
    if (t.len == 0 || story_date(s, f, t))
        return;
    warn(place, "'%.*s' is not certainly a date; it is kept as text",
         (int)text_cut(t, 60).len, t.data);
    story_ext(s, text_of(f == STORY_PUBLISHED ? "created" : "updated"), t);
}

static void
read_note(struct story *s, const xmlNode *note, const char *place)
{
    struct sheaf_buf room = { 0 };

    for (const xmlNode *n = note->children; n != NULL; n = n->next) {
        struct text t;

        room.len = 0;
        if (n->type != XML_ELEMENT_NODE)
            continue;
        if (node_named(n, "note-attributes")) {
            read_attributes(s, n);
            continue;
        }
        if (node_named(n, "resource")) {
            read_resource(s, n);
            continue;
        }
        t = text_trim(node_text(n, &room));
        if (node_named(n, "title"))
            story_set(s, STORY_HEADLINE, t);
        else if (node_named(n, "created"))
            read_date(s, STORY_PUBLISHED, t, place);
        else if (node_named(n, "updated"))
            read_date(s, STORY_UPDATED, t, place);
        else if (node_named(n, "tag"))
            story_keyword(s, t);
        else if (node_named(n, "content"))
            read_body(s, t);
        else
            story_ext(s, text_of((const char *)n->name), t);
    }
    sheaf_buf_free(&room);
}

static void
take_note(struct item *item, struct cut *c, struct story *s, uint64_t number)
{
    char *place = format_text("%s: note %llu", item->place,
                              (unsigned long long)number);
    char *fallback = format_text("%s:%llu", item->id != NULL ? item->id : "",
                                 (unsigned long long)number);

    story_start(s);
    s->lost = asked.keep_raw;
    read_note(s, c->record, place);
    if (text_trim(text_of_buf(&s->body)).len == 0)
        warn(place, "it has no text");
    (void)story_emit(s, item, place, fallback, number, cut_original(c),
                     "application/xml");
    mem_free(place);
    mem_free(fallback);
}

void
import_enex(struct item *item)
{
    (void)stories_each(item, records, "note", take_note);
}

bool
is_enex(const struct look *l)
{
    struct sheaf_buf room = { 0 };
    struct text space, name;
    bool good = cut_root(l->start, &room, &space, &name) &&
                text_is(name, "en-export");

    sheaf_buf_free(&room);
    return good;
}
