/*
 * media_names.c - the names of pictures and other files in an article.
 */
#include "import/media_names.h"

#include <stdlib.h>

#include "base/urlpath.h"
#include "import/headers.h"

static void
add_name(struct names *names, struct text url, bool shown)
{
    url = text_trim(url);
    if (names->count == MEDIA_NAMES_MAX || url.len == 0 ||
        url.data[0] == '#' || !text_is_utf8(url))
        return;
    if (names->absolute || urlpath_is_relative(text_bytes(url)))
        names->list[names->count++] = (struct name){ .url = url,
                                                     .shown = shown };
}

/* The same for an attribute. */
static void
add_attr(struct names *names, struct text value, bool shown)
{
    struct sheaf_buf room = { 0 };
    size_t before = names->count;

    if (memchr(value.data, '&', value.len) != NULL) {
        page_decode(&room, value, true);
        value = text_of_buf(&room);
    }
    add_name(names, value, shown);
    if (names->count > before)
        names->list[before].room = room;
    else
        sheaf_buf_free(&room);
}

/* A form of a picture in srcset: "URL 2x", "URL 800w". */
struct form {
    struct text url;
    double size;
};

/* Takes the next one off `rest`. */
static bool
next_form(struct text *rest, struct form *out)
{
    const char *skip = " \t\r\n\f,";
    size_t at = 0, end;
    char number[24];

    while (at < rest->len && strchr(skip, rest->data[at]) != NULL)
        at++;
    for (end = at;
         end < rest->len && strchr(" \t\r\n\f", rest->data[end]) == NULL;
         end++)
        ;
    out->url = text_from(rest->data + at, end - at);
    out->size = 1;
    /* Without a size, the comma is at the end of the address. */
    if (out->url.len > 0 && out->url.data[out->url.len - 1] != ',') {
        const char *comma = memchr(rest->data + end, ',', rest->len - end);
        size_t stop = comma != NULL ? (size_t)(comma - rest->data) : rest->len;
        struct text t = text_trim(text_from(rest->data + end, stop - end));

        if (t.len > 0 && t.len < sizeof number) {
            memcpy(number, t.data, t.len);
            number[t.len] = '\0';
            out->size = strtod(number, NULL);
        }
        end = stop;
    }
    while (out->url.len > 0 && out->url.data[out->url.len - 1] == ',')
        out->url.len--;
    *rest = text_from(rest->data + end, rest->len - end);
    return out->url.len > 0;
}

/* More forms of one picture are not looked at. */
#define FORMS_MAX 32

/* The largest form comes first. */
static void
add_forms(struct names *names, struct text srcset)
{
    struct form forms[FORMS_MAX], form;
    size_t count = 0;

    while (count < FORMS_MAX && next_form(&srcset, &form)) {
        size_t at = count++;

        for (; at > 0 && forms[at - 1].size < form.size; at--)
            forms[at] = forms[at - 1];
        forms[at] = form;
    }
    for (size_t i = 0; i < count; i++)
        add_attr(names, forms[i].url, true);
}

/* A picture: <img>, or <source> in <picture>. */
static void
add_picture(struct names *names, const struct page *page, const struct node *n)
{
    bool shared = n->parent != NULL && n->parent->tag == TAG_OTHER &&
                  n->parent->text.len == 7 &&
                  text_begins(n->parent->text, "picture");
    struct text srcset = page_attr(page, n, "srcset");
    size_t first = names->count, forms;

    add_forms(names, srcset);
    forms = names->count;
    add_attr(names, page_attr(page, n, "src"), true);
    if (forms == first && !shared)
        return;
    for (size_t i = first; i < names->count; i++) {
        names->list[i].set = 1 + (shared ? n->parent->index : n->index);
        names->list[i].spare = i + 1 < names->count || n->tag == TAG_SOURCE;
    }
}

static void
names_of_page(struct names *names, const struct page *page)
{
    for (const struct node *n = page->root; n != NULL;
         n = page_next(n, page->root)) {
        switch (n->tag) {
        case TAG_IMG:
        case TAG_SOURCE: add_picture(names, page, n); break;
        case TAG_AUDIO:
        case TAG_EMBED:
            add_attr(names, page_attr(page, n, "src"), true);
            break;
        case TAG_VIDEO:
            add_attr(names, page_attr(page, n, "src"), true);
            add_attr(names, page_attr(page, n, "poster"), true);
            break;
        case TAG_OBJECT:
            add_attr(names, page_attr(page, n, "data"), false);
            break;
        case TAG_A: add_attr(names, page_attr(page, n, "href"), false); break;
        case TAG_BASE:
            if (names->base.len == 0)
                page_decode(&names->base, page_attr(page, n, "href"), true);
            break;
        default: break;
        }
    }
}

/* ![...](NAME "title") and [...](NAME), NAME also in <>. */
static void
names_of_markdown(struct names *names, struct text t)
{
    const char *at;

    while ((at = memmem(t.data, t.len, "](", 2)) != NULL) {
        size_t skip = (size_t)(at - t.data) + 2, len = 0;
        const char *start = memrchr(t.data, '[', skip - 2);
        bool shown = start != NULL && start > t.data && start[-1] == '!';

        t = text_from(t.data + skip, t.len - skip);
        if (t.len > 0 && t.data[0] == '<') {
            const char *end = memchr(t.data, '>', (size_t)min_u64(t.len, 4000));

            len = end != NULL ? (size_t)(end - t.data) - 1 : 0;
            add_name(names, text_from(t.data + 1, len), shown);
            continue;
        }
        while (len < t.len && strchr(" \t\r\n)", t.data[len]) == NULL &&
               !text_begins(text_from(t.data + len, t.len - len), "]("))
            len++;
        add_name(names, text_from(t.data, len), shown);
    }
}

/* Those in m->media: [{"url":...},...]. They are kept in `room`. */
static void
names_of_media(struct names *names, const struct meta *m)
{
    struct sheaf_buf *room = &names->room;
    struct json_iter it = json_iter_over(text_bytes(text_of_buf(&m->media)));
    struct sheaf_bytes item, url;

    buf_reserve(room, m->media.len);
    while (m->media.len > 0 && json_next_item(&it, &item)) {
        size_t at = room->len;

        if (json_kind(item) == JSON_OBJECT &&
            json_member_inside(item, "url", &url) && json_unescape(url, room))
            add_name(names, text_from((char *)room->data + at, room->len - at),
                     true);
    }
}

void
names_find(struct names *names, struct text body, struct text type,
           const struct meta *m, bool absolute)
{
    names->absolute = absolute;
    names_of_media(names, m);
    if (text_begins(type, TYPE_MARKDOWN))
        names_of_markdown(names, body);
    names->page = text_begins(type, TYPE_HTML) ||
                  text_begins(type, "application/xhtml");
    if (names->page) {
        html_open(&names->html, body, media_charset(type));
        names_of_page(names, &names->html.page);
    }
}

void
names_free(struct names *names)
{
    if (names->page)
        html_close(&names->html);
    for (size_t i = 0; i < names->count; i++)
        sheaf_buf_free(&names->list[i].room);
    sheaf_buf_free(&names->base);
    sheaf_buf_free(&names->room);
}
