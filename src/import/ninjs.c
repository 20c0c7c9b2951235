/*
 * ninjs.c - pictures, authors and the status of items in ninjs 1 to 3.
 */
#include "import/ninjs.h"

#include "import/story.h"

/* A text, or the text of the first object of an array: ninjs 3. */
static struct text
string_of(const struct tree *doc, const struct value *v, const char *key)
{
    v = tree_member(doc, v, key);
    if (v != NULL && v->type == TREE_ARRAY && v->count > 0)
        v = tree_member(doc, &doc->nodes[v->first], "value");
    return v != NULL && v->type == TREE_STRING && !v->odd ? v->string
                                                          : text_from("", 0);
}

static struct text
first_string(const struct tree *doc, const struct value *v,
             const char *const *keys)
{
    struct text t = { "", 0 };

    for (; *keys != NULL && t.len == 0; keys++)
        t = string_of(doc, v, *keys);
    return t;
}

static void
add_item(struct story *s, const struct tree *doc, const struct value *item)
{
    static const char *const captions[] = { "description_text", "descriptions",
                                            "headline", "headlines", NULL };
    static const char *const credits[] = { "creditline", "creditLine",
                                           "byline", "by", NULL };
    static const char *const types[] = { "mimetype", "contentType",
                                         "contenttype", NULL };
    const struct value *all = tree_member(doc, item, "renditions");
    struct story_media m = { .length = 0 };
    struct text type = string_of(doc, item, "type");

    if (text_is(type, "text") || text_is(type, "composite"))
        return;
    m.caption = first_string(doc, item, captions);
    m.credit = first_string(doc, item, credits);
    m.type = first_string(doc, item, types);
    if (all != NULL && all->count > 0) {
        const struct value *one = &doc->nodes[all->first];

        m.url = string_of(doc, one, "href");
        if (m.type.len == 0)
            m.type = first_string(doc, one, types);
    }
    if (m.url.len == 0)
        m.url = string_of(doc, item, "uri");
    story_media(s, &m);
}

void
ninjs_media(const struct tree *doc, const struct value *item,
            struct sheaf_buf *out)
{
    const struct value *all = tree_member(doc, item, "associations");
    struct story *s;

    if (all == NULL || (all->type != TREE_ARRAY && all->type != TREE_OBJECT))
        return;
    s = mem_new(1, sizeof *s);
    for (size_t i = all->first; i != 0; i = doc->nodes[i].next)
        if (doc->nodes[i].type == TREE_OBJECT)
            add_item(s, doc, &doc->nodes[i]);
    if (s->media.len > 0) {
        buf_add_str(out, "[");
        buf_add(out, s->media.data, s->media.len);
        buf_add_str(out, "]");
    }
    story_free(s);
    mem_free(s);
}

bool
ninjs_authors(const struct tree *doc, const struct value *item,
              struct sheaf_buf *out)
{
    const struct value *all = tree_member(doc, item, "people");

    if (all == NULL || all->type != TREE_ARRAY)
        return false;
    for (size_t i = all->first; i != 0; i = doc->nodes[i].next) {
        struct text rel = string_of(doc, &doc->nodes[i], "rel");
        struct text name = string_of(doc, &doc->nodes[i], "name");

        if (name.len == 0 || (!text_is(rel, "author") &&
                              !text_is(rel, "creator")))
            continue;
        if (out->len > 0)
            buf_add_str(out, ", ");
        buf_add(out, name.data, name.len);
    }
    return out->len > 0;
}

void
ninjs_warn(const struct tree *doc, const struct value *item, const char *place)
{
    static const char *const keys[] = { "pubstatus", "pubStatus", NULL };
    struct text t = first_string(doc, item, keys);

    if (text_is(t, "withheld") || text_is(t, "canceled"))
        warn(place, "its status is '%.*s'", (int)t.len, t.data);
}
