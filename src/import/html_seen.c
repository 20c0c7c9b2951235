/*
 * html_seen.c - where the headline of a page is, and its article, and what is
 * about other things.
 */
#include "import/html_search.h"

#include "import/words.h"

#define ELSEWHERE                                                             \
    " comment comments commentlist disqus respond replies related "           \
    "relateds recommend* sidebar side-bar teaser teasers most-read "          \
    "most-popular mostread popular trending newsletter* widgetarea "          \
    "more-news more-stories latest recent recent-posts carousel slider "      \
    "promo promos read-more see-also jp-relatedposts yarpp* breadcrumb* "     \
    "cookie* menu navbar navigation pagination "

static bool
is_called(const struct page *page, const struct node *n, const char *list)
{
    return words_any(page_attr(page, n, "class"), list) ||
           words_any(page_attr(page, n, "id"), list);
}

bool
search_has(const struct search *l, const struct node *n, const char *list)
{
    return is_called(l->page, n, list);
}

bool
search_within(const struct node *n, const struct node *up)
{
    while (n != NULL && n != up)
        n = n->parent;
    return n != NULL;
}

bool
seen_is_of_article(const struct seen *s, const struct node *n)
{
    const struct node *up = n->parent;

    while (up != NULL && up != s->article && up->tag != TAG_ARTICLE &&
           up->tag != TAG_BLOCKQUOTE && up->tag != TAG_FIGURE)
        up = up->parent;
    return up != NULL && up == s->article;
}

/* Whether an element is for other things, by its names. */
static bool
is_called_beside(const struct seen *s, const struct node *n,
                 const char *beside)
{
    if (is_called(s->page, n, " article content main post "))
        return false;
    return is_called(s->page, n, beside) ||
           (is_called(s->page, n, " footer footnotes ") &&
            !seen_is_of_article(s, n));
}

static bool
is_beside(const struct seen *s, const struct node *n, const char *beside)
{
    /* An element with half of the page's text is not a sidebar. */
    bool most = s->page->body != NULL && n->size > s->page->body->size / 2;

    if (items_is_story(&s->items, n))
        return true;
    switch ((enum tag)n->tag) {
    case TAG_NAV: case TAG_ASIDE: case TAG_SCRIPT: case TAG_STYLE:
    case TAG_NOSCRIPT: case TAG_TEMPLATE: case TAG_HEAD: case TAG_SELECT:
    case TAG_SVG: case TAG_IFRAME: case TAG_TEXTAREA: case TAG_BUTTON:
    case TAG_FIGCAPTION:
        return true;
    case TAG_BODY: case TAG_HTML: case TAG_ARTICLE: case TAG_MAIN:
    case TAG_TEXT: case TAG_TIME: case TAG_H1: case TAG_SPAN: case TAG_A:
    case TAG_P: case TAG_B: case TAG_I:
        return false;
    case TAG_FOOTER:
        return !seen_is_of_article(s, n) || is_called_beside(s, n, beside);
    default:
        return page_is_beside(n) || (!most && is_called_beside(s, n, beside) &&
                                     !search_within(s->heading, n));
    }
}

bool
seen_is_elsewhere(const struct seen *s, const struct node *n)
{
    return is_beside(s, n, ELSEWHERE);
}

/* Widgets show other articles. Some programs make all of a page of them, so
 * that they are no reason to doubt what data are in them. */
bool
search_passes(const struct search *l, const struct node *n)
{
    return is_beside(l->seen, n, ELSEWHERE "widget ");
}

struct text
search_text(struct search *l, const struct node *n, size_t max)
{
    l->room.len = 0;
    page_gather(n, &l->room, max);
    return text_of_buf(&l->room);
}

/* ---- Headline ---- */

/* A link to the front page: its text is the name of the site. */
static bool
is_home_link(const struct search *l, const struct node *n)
{
    struct text href = page_attr(l->page, n, "href");
    size_t slashes = 0;

    if (n->tag != TAG_A || !page_has(l->page, n, "href"))
        return false;
    for (size_t i = 0; i < href.len; i++)
        slashes += href.data[i] == '/';
    return words_any(page_attr(l->page, n, "rel"), " home ") ||
           text_is(href, "/") || text_is(href, ".") ||
           (text_begins(href, "http") &&
            (slashes == 2 || (slashes == 3 && text_ends(href, "/"))));
}

bool
search_home_link(const struct search *l, const struct node *heading)
{
    const struct node *n = heading;
    unsigned left = AROUND_MAX;

    for (; n != NULL && left-- > 0; n = page_next(n, heading))
        if (is_home_link(l, n))
            return true;
    return heading->parent != NULL && is_home_link(l, heading->parent);
}

static int
grade_heading(const struct search *l, const struct node *n, struct text t)
{
    struct text title = l->seen->title;
    int grade = n->tag == TAG_H1 ? 6 : n->tag == TAG_H2 ? 2 : 1;

    if (t.len == 0 || search_home_link(l, n))
        return 0;
    if (words_any(page_attr(l->page, n, "itemprop"), " headline name "))
        grade += 2;
    if (search_has(l, n, " entry-title post-title article-title "))
        grade += 2;
    else if (search_has(l, n, " headline title p-name headline* "))
        grade += 1;
    if (search_has(l, n, " logo brand site-title blog-title site-name "
                        "sitename site-heading widgettitle widget-title "
                        "screen-reader* visually-hidden sr-only "))
        grade -= 5;
    for (const struct node *up = n->parent; up != NULL; up = up->parent) {
        if (up->tag == TAG_ARTICLE || up->tag == TAG_MAIN)
            break;
        if (up->tag == TAG_NAV || up->tag == TAG_ASIDE ||
            up->tag == TAG_FOOTER)
            grade -= 5;
    }
    if (t.len >= 4 && title.len >= t.len) {
        struct text front = text_from(title.data, t.len);
        struct text back = text_from(title.data + title.len - t.len, t.len);

        if (text_compare(front, t) == 0)
            grade += 4;
        else if (text_compare(back, t) == 0 && t.len > title.len / 2)
            grade += 1;
    }
    return grade;
}

static void
find_heading(struct search *l)
{
    struct seen *s = l->seen;
    const struct node *root = s->page->root;

    for (const struct node *n = root; n != NULL; n = page_next(n, root)) {
        struct text t;
        int grade;

        if (n->tag != TAG_H1 && n->tag != TAG_H2 && n->tag != TAG_H3)
            continue;
        t = search_text(l, n, HEADLINE_MAX);
        grade = grade_heading(l, n, t);
        if (grade <= s->headline_grade || grade < 3)
            continue;
        s->headline_grade = grade;
        s->heading = n;
        s->headline.len = 0;
        buf_add(&s->headline, t.data, t.len);
    }
}

/* ---- The article's element ---- */

bool
search_article(const struct page *page, const struct node *n)
{
    struct text class = page_attr(page, n, "class");

    if (n->tag == TAG_TEXT || n->tag == TAG_BODY || n->tag == TAG_HTML)
        return false;
    return n->tag == TAG_ARTICLE || words_any(class, " hentry h-entry ") ||
           text_is(class, "article");
}

/* One that has more text than all others together, and is no small part of
 * the page. */
static const struct node *
largest_article(const struct page *page)
{
    const struct node *n = page->root, *largest = NULL;
    size_t all = 0;

    while (n != NULL) {
        bool found = search_article(page, n);

        if (found)
            all += n->size;
        if (found && (largest == NULL || n->size > largest->size))
            largest = n;
        n = found ? page_skip(n, page->root) : page_next(n, page->root);
    }
    if (largest == NULL || largest->size < all - largest->size ||
        page->body == NULL || largest->size < page->body->size / 4)
        return NULL;
    return largest;
}

static void
find_article(struct seen *s)
{
    const struct node *n = s->heading;

    while (n != NULL && !search_article(s->page, n))
        n = n->parent;
    s->article = n != NULL ? n : largest_article(s->page);
}

void
seen_headline(struct seen *s, const struct page *page, struct text title)
{
    struct search l = { .page = page, .seen = s };

    s->page = page;
    s->title = title;
    find_heading(&l);
    items_open(&s->items, page, s->heading, title);
    find_article(s);
    sheaf_buf_free(&l.room);
}

int
search_grade(const struct search *l, const struct node *n, int grade)
{
    if (grade == 0 || n->index >= l->footer_end)
        return grade;
    return grade > 3 ? grade - 3 : 1;
}

void
seen_free(struct seen *s)
{
    items_close(&s->items);
    sheaf_buf_free(&s->headline);
    sheaf_buf_free(&s->authors);
    sheaf_buf_free(&s->published);
    sheaf_buf_free(&s->updated);
}
