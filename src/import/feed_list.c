/*
 * feed_list.c - elements of an item of which there may be many.
 */
#include <stdlib.h>
#include <strings.h>

#include "import/address.h"
#include "import/feed.h"

/* ---- Authors ---- */

static bool
is_address(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || strchr("@._%+-", c) != NULL;
}

/* The mail address in "editor@example.org (R. Example)" and the like. */
static struct text
mail_in(struct text t)
{
    const char *at = memchr(t.data, '@', t.len);
    const char *from = at, *to = at;

    if (at == NULL)
        return text_from(t.data, 0);
    while (from > t.data && from[-1] != '\0' && is_address(from[-1]))
        from--;
    while (to < t.data + t.len && *to != '\0' && is_address(*to))
        to++;
    if (from == at || to == at + 1)
        return text_from(t.data, 0);
    return text_from(from, (size_t)(to - from));
}

/* What remains without the address and the brackets around it. */
static void
name_beside(struct text t, struct text mail, struct sheaf_buf *out)
{
    struct text before = text_from(t.data, (size_t)(mail.data - t.data));
    struct text behind = text_from(mail.data + mail.len,
                                   (size_t)(t.data + t.len - mail.data) -
                                       mail.len);

    if (text_ends(before, "mailto:"))
        before.len -= 7;
    buf_add(out, before.data, before.len);
    buf_add(out, behind.data, behind.len);
    for (size_t i = 0; i < out->len; i++)
        if (strchr("()<>[]\"", out->data[i]) != NULL)
            out->data[i] = ' ';
}

static void
add_person(struct feed *f, struct text name, struct text mail, struct text uri,
           const char *role)
{
    struct sheaf_buf b = { 0 };

    if (uri.len == 0 && mail.len > 0) {
        buf_add_str(&b, "mailto:");
        buf_add(&b, mail.data, mail.len);
        uri = text_of_buf(&b);
    }
    if (text_trim(name).len == 0)
        name = mail.len > 0 ? mail : uri;
    story_author(&f->story, text_trim(name), uri, text_of(role));
    sheaf_buf_free(&b);
}

static void
plain_author(struct feed *f, const xmlNode *n, const char *role)
{
    struct sheaf_buf text = { 0 }, name = { 0 };
    struct text t = text_trim(node_text(n, &text));
    struct text mail = mail_in(t);

    if (mail.len > 0)
        name_beside(t, mail, &name);
    else if (node_space(n) == NS_DC)
        t = wp_author(f, t);
    add_person(f, mail.len > 0 ? text_trim(text_of_buf(&name)) : t, mail,
               text_from("", 0), role);
    sheaf_buf_free(&text);
    sheaf_buf_free(&name);
}

void
feed_author(struct feed *f, const xmlNode *n, const char *role)
{
    struct sheaf_buf name = { 0 }, mail = { 0 }, uri = { 0 };
    const xmlNode *at;

    if (xmlFirstElementChild((xmlNode *)(uintptr_t)n) == NULL) {
        plain_author(f, n, role);
        return;
    }
    (void)node_text(node_child(n, NS_CORE, "name"), &name);
    (void)node_text(node_child(n, NS_CORE, "email"), &mail);
    at = node_child(n, NS_CORE, "uri");
    if (at == NULL)
        at = node_child(n, NS_CORE, "url");
    if (at == NULL)
        at = node_child(n, NS_CORE, "homepage");
    (void)node_text(at, &uri);
    if (name.len + mail.len + uri.len == 0)
        (void)node_text(n, &name);
    add_person(f, text_trim(text_of_buf(&name)), mail_in(text_of_buf(&mail)),
               text_trim(text_of_buf(&uri)), role);
    sheaf_buf_free(&name);
    sheaf_buf_free(&mail);
    sheaf_buf_free(&uri);
}

/* ---- Categories ---- */

void
feed_category(struct feed *f, const xmlNode *n)
{
    struct sheaf_buf room = { 0 };
    struct text t = text_trim(node_attr(n, "label", &room));
    bool tag = node_attr_is(n, "domain", "post_tag") ||
               node_attr_is(n, "domain", "tag");

    /* Not of the kinds of WordPress that say how a post looks. */
    if (node_attr_is(n, "domain", "post_format") ||
        node_attr_is(n, "domain", "nav_menu") || blogger_is_kind(n)) {
        sheaf_buf_free(&room);
        feed_ext(f, n);
        return;
    }
    room.len = 0;
    if (t.len == 0)
        t = text_trim(node_attr(n, "term", &room));
    else
        t = text_trim(node_attr(n, "label", &room));
    if (t.len == 0)
        t = text_trim(node_attr(n, "text", &room));
    if (t.len == 0)
        t = text_trim(node_text(n, &room));
    if (t.len > 0 && !tag) {
        story_set_html(&f->story, STORY_SECTION, t);
        f->category_count++;
    }
    story_keyword(&f->story, t);
    sheaf_buf_free(&room);
}

void
feed_keywords(struct feed *f, const xmlNode *n)
{
    struct sheaf_buf room = { 0 };
    struct text rest = node_text(n, &room), word;

    while (text_item(&rest, ',', &word))
        story_keyword(&f->story, text_trim(word));
    sheaf_buf_free(&room);
}

/* ---- Media ---- */

/* An address, resolved; or empty. */
static struct text
resolve(struct feed *f, const xmlNode *n, struct text t, struct sheaf_buf *out)
{
    struct sheaf_buf base = { 0 };
    struct text by = node_base(n, &base);

    if (by.len == 0)
        by = text_of_buf(&f->link);
    out->len = 0;
    (void)address_resolve(out, t, by);
    sheaf_buf_free(&base);
    return text_of_buf(out);
}

static struct text
first_text(const xmlNode *n, const char *const *names, struct sheaf_buf *out)
{
    struct text t = { "", 0 };

    for (; *names != NULL && t.len == 0; names++) {
        out->len = 0;
        t = text_trim(node_text(node_child(n, NS_MEDIA, *names), out));
    }
    return t;
}

static bool
is_lossless(const xmlNode *n)
{
    static const char *const kept[] = { "url",      "href", "type", "length",
                                        "fileSize", "rel",  "title" };

    for (const xmlAttr *a = n->properties; a != NULL; a = a->next) {
        bool known = false;

        for (size_t i = 0; i < COUNT_OF(kept); i++)
            known = known || strcasecmp((const char *)a->name, kept[i]) == 0;
        if (!known)
            return false;
    }
    return true;
}

static void
add_media(struct feed *f, const xmlNode *n)
{
    static const char *const captions[] = { "description", "text", "title",
                                            NULL };
    static const char *const credits[] = { "credit", "copyright", NULL };
    struct sheaf_buf room[6] = { { 0 } };
    struct story_media m = { .length = 0 };
    struct text t = node_attr(n, "url", &room[0]);

    if (t.len == 0)
        t = node_attr(n, "href", &room[0]);
    if (t.len == 0)
        t = node_text(node_child(n, NS_CORE, "url"), &room[0]);
    m.url = resolve(f, n, t, &room[1]);
    m.type = text_trim(node_attr(n, "type", &room[2]));
    m.caption = first_text(n, captions, &room[3]);
    if (m.caption.len == 0)
        m.caption = text_trim(node_attr(n, "title", &room[3]));
    m.credit = first_text(n, credits, &room[4]);
    t = text_trim(node_attr(n, "length", &room[5]));
    if (t.len == 0)
        t = text_trim(node_attr(n, "fileSize", &room[5]));
    if (t.len > 0 && t.len < 15 && t.data[0] >= '0' && t.data[0] <= '9') {
        buf_end(&room[5]);
        m.length = strtoull(t.data, NULL, 10);
    }
    if (m.url.len > 0)
        story_media(&f->story, &m);
    for (size_t i = 0; i < COUNT_OF(room); i++)
        sheaf_buf_free(&room[i]);
}

void
feed_media(struct feed *f, const xmlNode *n)
{
    if (node_is(n, NS_MEDIA, "group")) {
        for (const xmlNode *c = n->children; c != NULL; c = c->next) {
            if (node_is(c, NS_MEDIA, "content") ||
                node_is(c, NS_MEDIA, "thumbnail"))
                feed_media(f, c);
            else if (c->type == XML_ELEMENT_NODE)
                feed_ext(f, c);
        }
        return;
    }
    add_media(f, n);
    if (!is_lossless(n))
        feed_ext(f, n);
}

/* ---- Links ---- */

bool
feed_link(struct feed *f, const xmlNode *n)
{
    struct sheaf_buf room = { 0 }, url = { 0 };
    struct text t = text_trim(node_attr(n, "href", &room));
    bool href = t.len > 0, used = true, page;

    if (!href)
        t = text_trim(node_text(n, &room));
    t = resolve(f, n, t, &url);
    page = !href || node_attr_is(n, "rel", "alternate") ||
           xmlHasProp((xmlNode *)(uintptr_t)n, (const xmlChar *)"rel") == NULL;
    if (page && !story_has(&f->story, STORY_URL))
        used = story_url(&f->story, t, text_from("", 0));
    else if (node_attr_is(n, "rel", "enclosure"))
        feed_media(f, n);
    else if (node_attr_is(n, "rel", "related") && t.len > 0)
        story_related(&f->story, t);
    else
        used = false;
    sheaf_buf_free(&room);
    sheaf_buf_free(&url);
    return used;
}
