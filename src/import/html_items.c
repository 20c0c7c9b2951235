/*
 * html_items.c - of which item a property of microdata or RDFa is.
 *
 * Comments and the teasers of other stories have authors and days, too. As
 * with JSON-LD, the article is the item with the page's headline: the heading
 * is in it, or it is called so. What belongs to no item may be anything's, and
 * so may an item without a name, if there are several.
 */
#include "import/html_items.h"

#include <strings.h>

#include "import/words.h"

/* Names of items that are compared with the headline, and bytes of each. */
#define NAMES_MAX 500
#define NAME_MIN 4
#define NAME_MAX ((size_t)250)

/* What is known of an item before it is decided whose it is. */
enum {
    IS_ITEM = 1,
    IS_NAMED = 2,  /* it has a name */
    IS_CALLED = 4, /* which is the headline */
    IS_DATED = 8,
};

struct finding {
    struct items *items;
    struct sheaf_buf heading, room;
    struct text title;
    uint8_t *known; /* for each node */
    unsigned names;
};

/* ---- Properties ---- */

struct text
items_props(const struct page *page, const struct node *n)
{
    struct text prop = page_attr(page, n, "itemprop");

    if (prop.len != 0)
        return prop;
    prop = page_attr(page, n, "property");
    if (prop.len != 0)
        return prop;
    /* A link of RDFa names its vocabulary, and others do not. */
    prop = page_attr(page, n, "rel");
    return memchr(prop.data, ':', prop.len) != NULL ? prop : text_from("", 0);
}

bool
items_named(struct text props, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0, from = 0; i <= props.len; i++) {
        char c = i < props.len ? props.data[i] : ' ';

        if ((unsigned char)c > ' ' && c != ':' && c != '/')
            continue;
        if ((unsigned char)c <= ' ' && i - from == len &&
            strncasecmp(props.data + from, name, len) == 0)
            return true;
        from = i + 1;
    }
    return false;
}

/* ---- Items ---- */

static bool
is_of_type(const struct page *page, const struct node *n, const char *types)
{
    return words_any(page_attr(page, n, "itemtype"), types) ||
           words_any(page_attr(page, n, "typeof"), types);
}

static bool
is_comment(const struct page *page, const struct node *n)
{
    static const char *const props[] = { "comment",         "comments",
                                         "review",          "reviews",
                                         "suggestedAnswer", "acceptedAnswer" };
    struct text prop = page_attr(page, n, "itemprop");

    for (size_t i = 0; prop.len > 0 && i < COUNT_OF(props); i++)
        if (items_named(prop, props[i]))
            return true;
    return is_of_type(page, n, " comment comments answer ");
}

/* A page may be a review, but then it is called like its headline. */
static bool
is_of_readers(const struct page *page, const struct node *n)
{
    return is_comment(page, n) || is_of_type(page, n, " review ");
}

static bool
is_item(const struct page *page, const struct node *n)
{
    return page_has(page, n, "itemscope") || page_has(page, n, "itemtype") ||
           page_attr(page, n, "typeof").len != 0 || is_comment(page, n);
}

/* An item of the whole page says nothing of what is in it. */
static bool
is_whole(const struct node *n)
{
    return n->tag == TAG_HTML || n->tag == TAG_BODY;
}

static bool
has_within(struct text whole, struct text part)
{
    for (size_t i = 0; i + part.len <= whole.len; i++)
        if (strncasecmp(whole.data + i, part.data, part.len) == 0)
            return true;
    return false;
}

static bool
is_headline(const struct finding *f, struct text name)
{
    struct text heading = text_of_buf(&f->heading);

    return name.len >= NAME_MIN &&
           (has_within(f->title, name) || has_within(heading, name) ||
            (heading.len >= NAME_MIN && has_within(name, heading)));
}

/* An author need not be an item to have a name. */
static bool
is_in_author(const struct finding *f, const struct node *n)
{
    struct text props = n->parent != NULL
                            ? items_props(f->items->page, n->parent)
                            : text_from("", 0);

    return items_named(props, "author") || items_named(props, "creator") ||
           items_named(props, "publisher");
}

static void
learn_name(struct finding *f, const struct node *n, uint8_t *known)
{
    struct text name = page_attr(f->items->page, n, "content");

    f->names++;
    if (is_in_author(f, n))
        return;
    f->room.len = 0;
    if (name.len != 0)
        page_decode(&f->room, text_cut(name, NAME_MAX), true);
    else
        page_gather(n, &f->room, NAME_MAX);
    name = text_cut(text_trim(text_of_buf(&f->room)), NAME_MAX);
    if (name.len == 0)
        return;
    *known |= IS_NAMED;
    if (is_headline(f, name))
        *known |= IS_CALLED;
}

/* What the properties of an element tell of its item. */
static void
learn(struct finding *f, const struct node *n)
{
    static const char *const names[] = { "headline", "name", "title" };
    static const char *const dates[] = { "datePublished", "dateCreated",
                                         "issued", "created", "date" };
    struct text props = items_props(f->items->page, n);
    uint8_t *known = &f->known[f->items->inside[n->index]];

    for (size_t i = 0; props.len > 0 && i < COUNT_OF(dates); i++)
        if (items_named(props, dates[i]))
            *known |= IS_DATED;
    for (size_t i = 0; props.len > 0 && i < COUNT_OF(names); i++)
        if (f->names < NAMES_MAX && items_named(props, names[i])) {
            learn_name(f, n, known);
            return;
        }
}

/* A node's properties belong to the item around it, also if it is one. */
static void
find_items(struct finding *f)
{
    struct items *items = f->items;

    for (size_t i = 0; i < items->page->count; i++) {
        const struct node *n = page_node(items->page, i);
        const struct node *up = n->parent;

        if (up != NULL)
            items->inside[i] = f->known[up->index] & IS_ITEM
                                   ? up->index
                                   : items->inside[up->index];
        if (n->tag == TAG_TEXT)
            continue;
        if (!is_whole(n) && is_item(items->page, n))
            f->known[i] |= IS_ITEM;
        learn(f, n);
    }
}

static bool
is_story(const struct finding *f, const struct node *n)
{
    uint8_t known = f->known[n->index];

    return (known & IS_ITEM) &&
           ((known & IS_DATED) || is_comment(f->items->page, n));
}

/* Whether nothing but its being alone tells that it is the article. */
static bool
is_nameless(const struct finding *f, const struct node *n)
{
    return !(f->known[n->index] & IS_NAMED) &&
           !is_of_readers(f->items->page, n);
}

static void
judge_items(struct finding *f, const struct node *heading)
{
    struct items *items = f->items;
    const struct node *alone = NULL;
    unsigned nameless = 0;

    for (size_t i = 0; i < items->page->count; i++) {
        const struct node *n = page_node(items->page, i);

        if ((f->known[i] & (IS_ITEM | IS_CALLED)) == (IS_ITEM | IS_CALLED) &&
            !is_of_readers(items->page, n)) {
            items->whose[i] = OF_ARTICLE;
        } else if (is_story(f, n)) {
            items->whose[i] = OF_STORY;
            if (is_nameless(f, n)) {
                alone = n;
                nameless++;
            }
        }
    }
    if (nameless == 1)
        items->whose[alone->index] = OF_PAGE;
    for (const struct node *up = heading; up != NULL; up = up->parent)
        if (f->known[up->index] & IS_ITEM)
            items->whose[up->index] = OF_ARTICLE;
    items->whose[0] = OF_PAGE;
}

/* ---- What others call ---- */

void
items_open(struct items *items, const struct page *page,
           const struct node *heading, struct text title)
{
    struct finding f = { .items = items, .title = text_cut(title, NAME_MAX) };

    items->page = page;
    items->inside = mem_new(page->count, sizeof *items->inside);
    items->whose = mem_new(page->count, sizeof *items->whose);
    f.known = mem_new(page->count, sizeof *f.known);
    if (heading != NULL)
        page_gather(heading, &f.heading, NAME_MAX);
    find_items(&f);
    judge_items(&f, heading);
    sheaf_buf_free(&f.heading);
    sheaf_buf_free(&f.room);
    mem_free(f.known);
}

void
items_close(struct items *items)
{
    mem_free(items->inside);
    mem_free(items->whose);
}

enum whose
items_whose(const struct items *items, const struct node *n)
{
    return (enum whose)items->whose[items->inside[n->index]];
}

bool
items_is_story(const struct items *items, const struct node *n)
{
    return items->whose[n->index] == OF_STORY;
}
