/*
 * mediawiki.c - exports and dumps of MediaWiki, as of Wikinews: each page with
 * text is an article, each of its revisions one more with the same ID. The text
 * is in the markup of wikis.
 */
#include <string.h>

#include "import/stories.h"
#include "import/xmlnode.h"

/* Bytes of a day in a template, with the braces behind it. */
#define DAY_MAX ((size_t)200)

static const char *const records[] = { "page", NULL };

/* Where the pages of the wiki that is being read are, or empty. */
static struct sheaf_buf site;

static struct text
child_text(const xmlNode *n, const char *name, struct sheaf_buf *room)
{
    room->len = 0;
    return text_trim(node_text(node_child_named(n, name), room));
}

/* The address of the main page, without the name of that. */
static void
read_site(struct cut *c)
{
    struct sheaf_buf room = { 0 };
    xmlNode *root = NULL;
    xmlDoc *head = cut_head(c, &root);
    struct text t = child_text(node_child_named(root, "siteinfo"), "base",
                               &room);

    site.len = 0;
    while (t.len > 0 && t.data[t.len - 1] != '/')
        t.len--;
    buf_add(&site, t.data, t.len);
    sheaf_buf_free(&room);
    xmlFreeDoc(head);
}

/* The address of a page by its title. */
static void
set_url(struct story *s, struct text title)
{
    static const char hex[] = "0123456789ABCDEF";
    struct sheaf_buf url = { 0 };

    if (site.len == 0)
        return;
    buf_add(&url, site.data, site.len);
    for (size_t i = 0; i < title.len; i++) {
        unsigned char c = (unsigned char)title.data[i];
        char escaped[3] = { '%', hex[c >> 4], hex[c & 15] };

        if (c == ' ')
            buf_add_str(&url, "_");
        else if (c < ' ' || strchr("\"#%<>?[\\]^`{|}", c) != NULL)
            buf_add(&url, escaped, 3);
        else
            buf_add(&url, title.data + i, 1);
    }
    (void)story_url(s, text_of_buf(&url), text_of(""));
    sheaf_buf_free(&url);
}

/* What follows `name` in the template that begins at `t`, or nothing. Its end
 * is near: to search through all of the text from each template would take
 * quadratic time. */
static struct text
template_behind(struct text t, const char *name)
{
    size_t n = strlen(name);
    const char *end;

    if (!text_begins(t, name))
        return text_from(t.data, 0);
    t = text_from(t.data + n, (size_t)min_u64(t.len - n, DAY_MAX));
    end = memmem(t.data, t.len, "}}", 2);
    return text_from(t.data, end != NULL ? (size_t)(end - t.data) : 0);
}

/* Articles of Wikinews begin with the day: {{date|May 6, 2024}}. */
static bool
set_day(struct story *s, struct text t)
{
    static const char *const names[] = { "{{date|", "{{datum|", "{{дата|",
                                         "{{data|", "{{fecha|" };
    bool good = false;

    for (size_t i = 0; i < COUNT_OF(names) && !good; i++) {
        struct text rest = t;
        const char *at;

        while (!good && (at = memmem(rest.data, rest.len, "{{", 2)) != NULL) {
            struct text day;

            rest = text_from(at, rest.len - (size_t)(at - rest.data));
            day = template_behind(rest, names[i]);
            good = day.len > 0 && story_date(s, STORY_PUBLISHED, day);
            rest = text_from(rest.data + 2, rest.len - 2);
        }
    }
    return good;
}

/* When a revision was made; that of the first one is the day of the page, if
 * all are here. */
static void
set_dates(struct story *s, const xmlNode *page, const xmlNode *revision)
{
    const xmlNode *first = node_child_named(page, "revision");
    bool all = node_next_named(first, "revision") != NULL;
    struct sheaf_buf room = { 0 };

    (void)story_date(s, STORY_UPDATED,
                     child_text(revision, "timestamp", &room));
    if (!set_day(s, text_of_buf(&s->body)))
        s->guessed[STORY_PUBLISHED] =
            story_date(s, STORY_PUBLISHED,
                       child_text(all ? first : revision, "timestamp", &room));
    sheaf_buf_free(&room);
}

static void
read_revision(struct story *s, const xmlNode *page, const xmlNode *revision)
{
    const xmlNode *who = node_child_named(revision, "contributor");
    struct sheaf_buf room = { 0 };
    struct text t = child_text(page, "title", &room);

    story_set(s, STORY_HEADLINE, t);
    set_url(s, t);
    story_ext(s, text_of("page"), child_text(page, "id", &room));
    story_ext(s, text_of("revision"), child_text(revision, "id", &room));
    t = child_text(who, "username", &room);
    if (t.len == 0)
        t = child_text(who, "ip", &room);
    if (t.len > 0)
        story_ext(s, text_of("contributor"), t);
    t = child_text(revision, "format", &room);
    if (t.len > 0)
        story_ext(s, text_of("format"), t);
    room.len = 0;
    story_lang(s, node_inherited(page, "lang", &room));
    s->body.len = 0;
    (void)node_text(node_child_named(revision, "text"), &s->body);
    s->type = TYPE_TEXT;
    set_dates(s, page, revision);
    sheaf_buf_free(&room);
}

static void
take_page(struct item *item, struct cut *c, struct story *s, uint64_t number)
{
    const xmlNode *page = c->record, *n = page->children;
    struct sheaf_buf room = { 0 };
    struct text space = child_text(page, "ns", &room);
    bool article = space.len == 0 || text_is(space, "0");
    char *place = format_text("%s: page %llu", item->place,
                              (unsigned long long)number);
    char *fallback = format_text("%s:%llu", item->id != NULL ? item->id : "",
                                 (unsigned long long)number);

    if (number == 1)
        read_site(c);
    if (!article)
        leave_out("wiki page that is no article", NULL, "%s", "");
    else if (node_child_named(page, "redirect") != NULL)
        leave_out("redirect", NULL, "%s", "");
    for (; article && n != NULL; n = n->next) {
        if (!node_named(n, "revision") ||
            node_child_named(page, "redirect") != NULL)
            continue;
        story_start(s);
        s->lost = asked.keep_raw;
        read_revision(s, page, n);
        if (text_trim(text_of_buf(&s->body)).len == 0)
            warn(place, "it has no text");
        (void)story_emit(s, item, place, fallback, number, cut_original(c),
                         "application/xml");
    }
    sheaf_buf_free(&room);
    mem_free(place);
    mem_free(fallback);
}

void
import_mediawiki(struct item *item)
{
    site.len = 0;
    (void)stories_each(item, records, "page", take_page);
}

bool
is_mediawiki(const struct look *l)
{
    struct sheaf_buf room = { 0 };
    struct text space, name;
    bool good = cut_root(l->start, &room, &space, &name) &&
                text_is(name, "mediawiki");

    sheaf_buf_free(&room);
    return good;
}
