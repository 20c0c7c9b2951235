/*
 * mediawiki.c - exports and dumps of MediaWiki, as of Wikinews: each page with
 * text is an article, each of its revisions one more with the same ID, from the
 * oldest to the newest. The text is in the markup of wikis.
 *
 * A page may have tens of thousands of revisions, so what is of the page is
 * found once.
 */
#include <stdlib.h>
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

struct revision {
    const xmlNode *node;
    struct text time; /* in page->times */
    uint64_t id;      /* 0: none */
    size_t place;
};

/* What is read once for all revisions. */
struct wiki_page {
    struct sheaf_buf title, id, lang, times;
    bool article, redirect;
    struct revision *revisions;
    size_t count;
};

/* When a revision was made; that of the first one is the day of the page, if
 * all are here. */
static void
set_dates(struct story *s, const struct wiki_page *p, const struct revision *r)
{
    (void)story_date(s, STORY_UPDATED, r->time);
    if (!set_day(s, text_of_buf(&s->body)))
        s->guessed[STORY_PUBLISHED] = story_date(s, STORY_PUBLISHED,
                                                 p->revisions[0].time);
}

static void
read_revision(struct story *s, const struct wiki_page *p,
              const struct revision *r)
{
    const xmlNode *who = node_child_named(r->node, "contributor");
    struct sheaf_buf room = { 0 };
    struct text t = text_of_buf(&p->title);

    story_set(s, STORY_HEADLINE, t);
    set_url(s, t);
    story_ext(s, text_of("page"), text_of_buf(&p->id));
    story_ext(s, text_of("revision"), child_text(r->node, "id", &room));
    t = child_text(who, "username", &room);
    if (t.len == 0)
        t = child_text(who, "ip", &room);
    if (t.len > 0)
        story_ext(s, text_of("contributor"), t);
    t = child_text(r->node, "format", &room);
    if (t.len > 0)
        story_ext(s, text_of("format"), t);
    story_lang(s, text_of_buf(&p->lang));
    s->body.len = 0;
    (void)node_text(node_child_named(r->node, "text"), &s->body);
    s->type = TYPE_TEXT;
    set_dates(s, p, r);
    sheaf_buf_free(&room);
}

/* ---- The order of revisions ---- */

/* Whether it is a time as MediaWiki writes it: 2024-05-06T10:00:00Z. Such are
 * in order as text. */
static bool
is_time(struct text t)
{
    static const char form[] = "0000-00-00T00:00:00Z";

    if (t.len != sizeof form - 1)
        return false;
    for (size_t i = 0; i < t.len; i++)
        if (form[i] == '0' ? t.data[i] < '0' || t.data[i] > '9'
                           : t.data[i] != form[i])
            return false;
    return true;
}

static int
compare_revisions(const void *a, const void *b)
{
    const struct revision *x = a, *y = b;
    int c = text_compare(x->time, y->time);

    if (c == 0 && x->id != 0 && y->id != 0)
        c = (x->id > y->id) - (x->id < y->id);
    return c != 0 ? c : (x->place > y->place) - (x->place < y->place);
}

/* Puts the oldest one first: exports may have the newest first, and revisions
 * that were imported from another wiki stand behind later ones. */
static void
sort_revisions(struct wiki_page *p)
{
    bool timed = true, all_ids = true;

    for (size_t i = 0; i < p->count; i++) {
        timed = timed && is_time(p->revisions[i].time);
        all_ids = all_ids && p->revisions[i].id != 0;
    }
    for (size_t i = 0; i < p->count && !all_ids; i++)
        p->revisions[i].id = 0;
    if (timed && p->count > 1)
        qsort(p->revisions, p->count, sizeof *p->revisions, compare_revisions);
}

static void
add_revision(struct wiki_page *p, const xmlNode *n)
{
    struct sheaf_buf room = { 0 };
    struct text t = child_text(n, "timestamp", &room);
    struct revision *r = &p->revisions[p->count];

    r->node = n;
    r->place = p->count++;
    /* Only its length: the buffer still moves. */
    r->time = text_from("", t.len);
    buf_add(&p->times, t.data, t.len);
    t = child_text(n, "id", &room);
    for (size_t i = 0; i < t.len && t.data[i] >= '0' && t.data[i] <= '9'; i++)
        r->id = r->id * 10 + (uint64_t)(t.data[i] - '0');
    sheaf_buf_free(&room);
}

static void
page_read(struct wiki_page *p, const xmlNode *page)
{
    struct sheaf_buf room = { 0 };
    struct text t = child_text(page, "title", &room);
    size_t count = 0, at = 0;

    buf_add(&p->title, t.data, t.len);
    t = child_text(page, "id", &room);
    buf_add(&p->id, t.data, t.len);
    (void)node_inherited(page, "lang", &p->lang);
    t = child_text(page, "ns", &room);
    p->article = t.len == 0 || text_is(t, "0");
    p->redirect = node_child_named(page, "redirect") != NULL;
    for (const xmlNode *n = page->children; n != NULL; n = n->next)
        count += node_named(n, "revision");
    p->revisions = mem_new(count, sizeof *p->revisions);
    for (const xmlNode *n = page->children; n != NULL; n = n->next)
        if (node_named(n, "revision"))
            add_revision(p, n);
    for (size_t i = 0; i < p->count; i++) {
        struct text *time = &p->revisions[i].time;

        time->data = text_of_buf(&p->times).data + at;
        at += time->len;
    }
    sort_revisions(p);
    sheaf_buf_free(&room);
}

static void
page_free(struct wiki_page *p)
{
    sheaf_buf_free(&p->title);
    sheaf_buf_free(&p->id);
    sheaf_buf_free(&p->lang);
    sheaf_buf_free(&p->times);
    mem_free(p->revisions);
}

static void
take_page(struct item *item, struct cut *c, struct story *s, uint64_t number)
{
    struct wiki_page p = { .count = 0 };
    char *place = format_text("%s: page %llu", item->place,
                              (unsigned long long)number);
    char *fallback = format_text("%s:%llu", item->id != NULL ? item->id : "",
                                 (unsigned long long)number);

    if (number == 1)
        read_site(c);
    page_read(&p, c->record);
    if (!p.article)
        leave_out("wiki page that is no article", NULL, "%s", "");
    else if (p.redirect)
        leave_out("redirect", NULL, "%s", "");
    for (size_t i = 0; i < p.count && p.article && !p.redirect; i++) {
        story_start(s);
        /* The original is the whole page: the newest revision has it. */
        s->lost = asked.keep_raw && i + 1 == p.count;
        read_revision(s, &p, &p.revisions[i]);
        if (text_trim(text_of_buf(&s->body)).len == 0)
            warn(place, "it has no text");
        (void)story_emit(s, item, place, fallback, number, cut_original(c),
                         "application/xml");
    }
    page_free(&p);
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
