/*
 * html_seen.c - author and date of pages that only show them to people.
 *
 * Elements are examined in the order of the page. Each that may hold an author
 * or a date gets a grade: by its type, its class, and its place, because much
 * before the headline belongs to the site. The first one with the best grade
 * counts. Comments and lists of other articles have authors and dates, too,
 * and are skipped.
 */
#include "import/html_seen.h"

#include <strings.h>

#include "import/date.h"
#include "import/month.h"
#include "import/words.h"

/* Bytes of text after the headline in which a date is searched. */
#define NEAR_MAX ((size_t)1200)
#define BEFORE_MAX ((size_t)200)
#define AUTHOR_MAX ((size_t)150)
/* Words before the end of a date, on its line; a sentence has more. */
#define DAY_WORDS_MAX ((size_t)8)
#define DATE_TEXT_MAX ((size_t)120)
/* Bytes of an element whose class tells of a date. Larger ones have it for
 * other reasons. */
#define DATED_MAX 800
/* Elements around a date that are examined. */
#define MASTHEAD_DEPTH 8
/* Nodes that are looked at for each date or heading, of which there may be as
 * many as there are nodes. */
#define AROUND_MAX 500
/* Dates amid sentences that are looked at; each takes a while. */
#define AMID_MAX 500
/* Bytes of a text that is no longer the headline and what is told of it. */
#define TOLD_MIN ((size_t)100)
/* Nodes in which the name of an author may be. */
#define CARD_NODES 50
/* Words of a label, such as "Last updated on". */
#define LABEL_WORDS_MAX ((size_t)4)

#define ELSEWHERE                                                             \
    " comment comments commentlist disqus respond replies related "           \
    "relateds recommend* sidebar side-bar teaser teasers most-read "          \
    "most-popular mostread popular trending newsletter* widgetarea "          \
    "more-news more-stories latest recent recent-posts carousel slider "      \
    "promo promos read-more see-also jp-relatedposts yarpp* breadcrumb* "     \
    "cookie* menu navbar navigation pagination "

struct search {
    const struct page *page;
    struct seen *seen;
    struct text lang;
    const struct node *headline;
    const struct node *author; /* the first of the best grade */
    int author_grade, date_grade, updated_grade;
    bool told;                 /* much of the article's text was passed */
    const struct node *footer; /* the first of the article behind that */
    size_t footer_end;
    unsigned amid; /* dates that were amid sentences */
    struct sheaf_buf room;
};

static bool
is_called(const struct page *page, const struct node *n, const char *list)
{
    return words_any(page_attr(page, n, "class"), list) ||
           words_any(page_attr(page, n, "id"), list);
}

static bool
has_words(const struct search *l, const struct node *n, const char *list)
{
    return is_called(l->page, n, list);
}

static bool
is_within(const struct node *n, const struct node *up)
{
    while (n != NULL && n != up)
        n = n->parent;
    return n != NULL;
}

/* Whether a footer tells of the article in which it is. One of a citation
 * tells of that. */
static bool
is_of_article_itself(const struct seen *s, const struct node *n)
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
            !is_of_article_itself(s, n));
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
        return !is_of_article_itself(s, n) || is_called_beside(s, n, beside);
    default:
        return page_is_beside(n) || (!most && is_called_beside(s, n, beside) &&
                                     !is_within(s->heading, n));
    }
}

bool
seen_is_elsewhere(const struct seen *s, const struct node *n)
{
    return is_beside(s, n, ELSEWHERE);
}

/* Widgets show other articles. Some programs make all of a page of them, so
 * that they are no reason to doubt what data are in them. */
static bool
is_elsewhere(const struct search *l, const struct node *n)
{
    return is_beside(l->seen, n, ELSEWHERE "widget ");
}

static struct text
text_within(struct search *l, const struct node *n, size_t max)
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

static bool
has_home_link(const struct search *l, const struct node *heading)
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

    if (t.len == 0 || has_home_link(l, n))
        return 0;
    if (words_any(page_attr(l->page, n, "itemprop"), " headline name "))
        grade += 2;
    if (has_words(l, n, " entry-title post-title article-title "))
        grade += 2;
    else if (has_words(l, n, " headline title p-name headline* "))
        grade += 1;
    if (has_words(l, n, " logo brand site-title blog-title site-name "
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
        t = text_within(l, n, HEADLINE_MAX);
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

static bool
is_article(const struct page *page, const struct node *n)
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
        bool found = is_article(page, n);

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

    while (n != NULL && !is_article(s->page, n))
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

/* ---- Authors ---- */

static int
grade_author(const struct search *l, const struct node *n)
{
    if (n->tag == TAG_TIME || n->tag == TAG_IMG || n->tag == TAG_INPUT)
        return 0;
    if (n->tag == TAG_A &&
        (words_any(page_attr(l->page, n, "rel"), " author ")))
        return 6;
    if (has_words(l, n, " author-name authorname byline-name byline-author "
                        "article-author post-author entry-author "
                        "author-link byline-link autor-name c-byline-author "
                        "name-author author-fn contributor-name "))
        return 5;
    if (has_words(l, n, " author authors autor autoren auteur auteurs "
                        "autore forfatter writer journalist reporter "
                        "redakteur username autorin wrote-by autorenzeile "
                        "autorzeile documentauthor "))
        return 4;
    if (n->tag == TAG_A) {
        struct text href = page_attr(l->page, n, "href");

        for (size_t i = 0; i + 8 < href.len; i++) {
            struct text t = text_from(href.data + i, href.len - i);

            if (text_begins(t, "/author/") || text_begins(t, "/autor/") ||
                text_begins(t, "/authors/") || text_begins(t, "/auteur/") ||
                text_begins(t, "/autoren/") || text_begins(t, "/autore/"))
                return 4;
        }
    }
    if (has_words(l, n, " byline by-line bylines vcard creator credit-name "
                        "article-byline entry-byline signature "))
        return 3;
    return 0;
}

static bool
is_blank(const struct node *text)
{
    return text_trim(text->text).len == 0;
}

/* Whether other names follow `link` within `n`, as in "A, B and C". */
static bool
has_more_names(const struct node *n, const struct node *link)
{
    static const char *const marks[] = { ",", "&", "and ", "und ", "y ",
                                         "et ", "e " };
    const struct node *next = page_skip(link, n);
    struct text t;

    while (next != NULL && (next->tag != TAG_TEXT || is_blank(next)))
        next = next->tag == TAG_A ? NULL : page_next(next, n);
    if (next == NULL)
        return false;
    t = text_trim(next->text);
    for (size_t i = 0; i < COUNT_OF(marks); i++)
        if (text_begins(t, marks[i]))
            return n->size < 200;
    return false;
}

/* Leaves one space between words, and none before a comma. */
static void
close_gaps(struct sheaf_buf *b)
{
    size_t n = 0;

    for (size_t i = 0; i < b->len; i++) {
        bool space = (unsigned char)b->data[i] <= ' ';

        if (space && (n == 0 || b->data[n - 1] == ' '))
            continue;
        if (b->data[i] == ',' && n > 0 && b->data[n - 1] == ' ')
            n--;
        b->data[n++] = space ? ' ' : b->data[i];
    }
    b->len = n;
}

/* The name in a card, such as "Rita Example, warden", or the card. */
static const struct node *
name_in_card(const struct search *l, const struct node *card)
{
    const struct node *n = card;
    unsigned left = CARD_NODES;

    while (n != NULL && (n->tag == TAG_TEXT || !has_words(l, n, " p-name ")))
        n = left-- > 0 ? page_next(n, card) : NULL;
    return n != NULL ? n : card;
}

/* Appends the text inside `n`, with a space at the end of each element. */
static struct text
name_within(struct search *l, const struct node *n)
{
    const struct node *link = n;

    /* In "Posted by <a>Rita Example</a> on Monday", take the link. */
    while (link != NULL && (link->tag != TAG_A || link->size < 3))
        link = page_next(link, n);
    if (link != NULL && !has_more_names(n, link))
        n = name_in_card(l, link);
    l->room.len = 0;
    for (const struct node *k = n; k != NULL; k = page_next(k, n)) {
        if (k->tag != TAG_TEXT || k->raw)
            continue;
        if (k->parent->tag == TAG_STYLE ||
            has_words(l, k->parent, " screen-reader* sr-only "))
            continue;
        /* The credit of a picture names whoever took it. */
        if (text_begins(text_trim(k->text), "&copy;") ||
            text_begins(text_trim(k->text), "\xC2\xA9"))
            continue;
        page_decode(&l->room, text_cut(text_trim(k->text), AUTHOR_MAX),
                    false);
        buf_add_str(&l->room, " ");
        if (l->room.len > AUTHOR_MAX)
            break;
    }
    close_gaps(&l->room);
    return text_trim(text_of_buf(&l->room));
}

static const char *const by_words[] = {
    "by", "von", "por", "par", "di", "door", "av", "przez", "autor",
    "autorin", "author", "text", "words", "автор", "autore", "auteur",
    "written by", "posted by", "submitted by", "verfasst von",
    "eingereicht von", "gespeichert von", "texte", "textos", "redaktion",
    "reporter",
};

/* "By Rita Example" as a text of its own: 2; or only "By", with a name in
 * the next text: 3; neither: 0. */
/* Counts the words with a capital letter, up to a digit or a bar. */
static size_t
count_capitals(struct text t)
{
    size_t count = 0;

    for (size_t i = 1; i < t.len; i++) {
        char c = t.data[i];

        if ((c >= '0' && c <= '9') || c == '|')
            break;
        count += t.data[i - 1] == ' ' &&
                 ((c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80);
    }
    return count;
}

/* "3 May 2024 by Rita": after a date, one name is enough. */
static bool
is_by_behind_date(struct text t)
{
    static const char *const by[] = { " by ", " von ", " por ", " par " };
    struct text c = t;
    char day[DATE_MAX];

    if (!date_find(&c, text_from("", 0), day))
        return false;
    for (; c.len > 0; c = text_from(c.data + 1, c.len - 1))
        for (size_t i = 0; i < COUNT_OF(by); i++)
            if (text_begins(c, by[i]))
                return count_capitals(text_from(c.data + strlen(by[i]) - 1,
                                                c.len - strlen(by[i]) + 1))
                       >= 1;
    return false;
}

static int
grade_by(struct text t)
{
    t = text_trim(t);
    while (t.len > 0 && strchr("|-,: \xC2\xA0", t.data[0]) != NULL)
        t = text_from(t.data + 1, t.len - 1);
    t = text_trim(t);
    if (t.len < 2 || t.len > 60)
        return 0;
    for (size_t i = 0; i < COUNT_OF(by_words); i++) {
        size_t n = strlen(by_words[i]);

        if (!words_begin(t, by_words[i]))
            continue;
        if (t.len == n || (t.len == n + 1 && t.data[n] == ':'))
            return 3;
        if (t.data[n] == ' ' || t.data[n] == ':') {
            struct text name = text_from(t.data + n, t.len - n);

            if (words_tell(name) || weekday_named(name))
                return 0;
            /* One name is enough after "Posted by" or "Author:". */
            bool sure = strchr(by_words[i], ' ') || t.data[n] == ':';
            size_t found = count_capitals(name);

            return found + sure >= 2 ? 2 : 0;
        }
    }
    return is_by_behind_date(t) ? 2 : 0;
}

static const struct node *
next_text(const struct search *l, const struct node *n)
{
    unsigned left = 12;

    while (n != NULL && left-- > 0) {
        n = page_next(n, l->page->root);
        if (n != NULL && n->tag == TAG_TEXT && !n->raw &&
            text_trim(n->text).len > 0)
            return n;
    }
    return NULL;
}

static struct text
decoded(struct search *l, const struct node *n)
{
    l->room.len = 0;
    page_decode(&l->room, n->text, false);
    return text_of_buf(&l->room);
}

/* What stands below the text counts less. */
static int
grade_behind(const struct search *l, const struct node *n, int grade)
{
    if (grade == 0 || n->index >= l->footer_end)
        return grade;
    return grade > 3 ? grade - 3 : 1;
}

static void
look_author(struct search *l, const struct node *n)
{
    struct seen *s = l->seen;
    const struct node *first = l->author;
    struct text t;
    int grade;
    bool near;

    if (n->tag == TAG_TEXT) {
        grade = l->headline != NULL && l->author_grade < 3 && !n->raw &&
                        n->text.len < 200 ? grade_by(decoded(l, n)) : 0;
        /* Labels are short words; near the headline they are no
         * coincidence. */
        if (grade == 3 && (n->index > l->headline->index + 200 ||
                           n->index + 60 < l->headline->index))
            grade = 0;
        if (grade == 3)
            n = next_text(l, n);
        if (n == NULL)
            return;
    } else {
        grade = grade_behind(l, n, grade_author(l, n));
    }
    near = grade == l->author_grade && first != NULL && n->parent != NULL &&
           (n->parent == first->parent ||
            n->parent->parent == first->parent->parent);
    if (grade == 0 || (grade <= l->author_grade && !near))
        return;
    t = name_within(l, n);
    if (t.len < 2 || t.len >= AUTHOR_MAX)
        return;
    if (!near) {
        l->author_grade = grade;
        l->author = n;
        s->authors.len = 0;
    }
    if (s->authors.len > 0)
        buf_add_str(&s->authors, "\n");
    for (size_t i = 0; i < t.len; i++)
        buf_add(&s->authors, (unsigned char)t.data[i] < ' ' ? " "
                                                            : t.data + i, 1);
}

/* ---- Dates ---- */

static bool
speaks_of_update(struct text t)
{
    return words_any(text_cut(t, 200),
                     " updated update modified changed aktualisiert stand "
                     "actualizado actualizada modifié aggiornato "
                     "atualizado bijgewerkt geändert letzte-änderung "
                     "aktualisierung oppdatert opdateret uppdaterad "
                     "zaktualizowano обновлено ");
}

/* How likely an element has the date. WordPress calls all that it shows
 * "status-publish". */
static int
grade_date(const struct search *l, const struct node *n)
{
    if (n->tag == TAG_TIME) {
        if (page_has(l->page, n, "pubdate") ||
            has_words(l, n, " published publish entry-date post-date "
                            "pubdate dt-published posted created "))
            return 8;
        return page_has(l->page, n, "datetime") ? 6 : 5;
    }
    if (n->size > DATED_MAX || is_article(l->page, n) ||
        has_words(l, n, " status-publish ") ||
        (n->size > DATE_TEXT_MAX && is_within(l->headline, n)))
        return 0;
    if (n->tag == TAG_ABBR && has_words(l, n, " published "))
        return 7;
    if (has_words(l, n, " published publish pubdate publishdate "
                        "date-published publish-date published-date "
                        "publication-date entry-date post-date article-date "
                        "posted-on posted postdate articledate "
                        "datepublished news-date story-date "))
        return 6;
    if (has_words(l, n, " date datum fecha datetime timestamp dateline "
                        "data-publicacao pub-time post-time article-time "
                        "date-time datestamp time-stamp "))
        return 4;
    if (has_words(l, n, " meta postmeta post-meta entry-meta article-meta "
                        "byline article-info post-info info time "
                        "infoline submitted posted-by subline "))
        return 2;
    return 0;
}

/* The element whose lines of text `n` is in. */
static const struct node *
block_of(const struct node *n)
{
    while (n->parent != NULL && (n->tag == TAG_TEXT || !page_breaks(n)))
        n = n->parent;
    return n;
}

/* Whether `n` belongs to the top of all pages of the site. */
static bool
is_masthead(const struct search *l, const struct node *n)
{
    const struct node *block = block_of(n);
    unsigned left = MASTHEAD_DEPTH;

    if (block->size < BEFORE_MAX && has_home_link(l, block))
        return true;
    for (const struct node *up = n; up != NULL && left-- > 0;
         up = up->parent) {
        if (is_within(l->headline, up) || up->tag == TAG_ARTICLE ||
            up->tag == TAG_MAIN)
            return false;
        if (up->tag == TAG_HEADER ||
            has_words(l, up, " masthead topbar top-bar site-header header "
                             "today current-date weather "))
            return true;
    }
    return false;
}

/* What is before the headline belongs to the site, unless it stands in the
 * same element. */
static bool
is_near(const struct search *l, const struct node *n)
{
    if (l->headline == NULL || n->index > l->headline->index ||
        n->parent == l->headline->parent)
        return true;
    for (const struct node *up = n->parent; up != NULL; up = up->parent)
        if (up->tag == TAG_ARTICLE || up->tag == TAG_MAIN ||
            (up == l->headline->parent && up->tag != TAG_BODY))
            return true;
    return false;
}

/* Whether only a text or two are between `n` and the headline. */
static bool
is_right_before(const struct search *l, const struct node *n)
{
    unsigned count = 0;

    if (l->headline->index - n->index > AROUND_MAX)
        return false;
    for (size_t i = n->index + 1; i < l->headline->index && count < 3; i++) {
        const struct node *k = page_node(l->page, i);

        count += k->tag == TAG_TEXT && !is_blank(k);
    }
    return count < 3;
}

/* ---- What stands around a date ---- */

/* Whether a line begins like one about the publication. */
static bool
is_labelled(struct text line)
{
    return words_any(text_cut(line, 40),
                     " by posted published publish written created updated "
                     "update modified date von veröffentlicht erstellt "
                     "aktualisiert por publicado publicada par publié "
                     "publicato pubblicato door geplaatst opublikowano ");
}

/* Whether a date is amid a sentence, which may tell of any day. `end` is where
 * the date ends in `t`; a line ends at '\n', a part of it at '\t'. What is
 * before `start` belongs to another date. */
static bool
is_amid(struct text t, const char *start, const char *end)
{
    static const char *const marks[] = { "|", "\xE2\x80\xA2", "\xC2\xB7",
                                         "-", "/", "(", ")", ":",
                                         "\xE2\x80\x93",
                                         "\xE2\x80\x94" };
    const char *from = end, *to = end, *stop = t.data + t.len;
    const char *part = NULL;
    struct text line, rest;

    while (from > t.data && strchr("\n\t", from[-1]) == NULL) {
        from--;
        for (size_t i = 0; i < 3 && part == NULL; i++)
            if (text_begins(text_from(from, (size_t)(end - from)), marks[i]))
                part = from;
    }
    while (to < stop && strchr("\n\t", *to) == NULL)
        to++;
    line = text_trim(text_from(from, (size_t)(to - from)));
    rest = text_trim(text_from(end, (size_t)(to - end)));
    if (part != NULL)
        from = part;
    if (start > from)
        from = start;
    if (words_count(text_from(from, (size_t)(end - from))) > DAY_WORDS_MAX)
        return true;
    for (size_t i = 0; i < COUNT_OF(marks); i++)
        if (text_begins(rest, marks[i]))
            return false;
    if (words_count(rest) > DAY_WORDS_MAX)
        return true;
    return words_tell(line) && !is_labelled(line);
}

/* Whether the words before a date, from the date before it on, call it the day
 * of a change. */
static bool
is_called_update(const struct search *l, struct text before)
{
    struct text rest = before;
    char day[DATE_MAX];

    while (date_find(&rest, l->lang, day))
        before = rest;
    return speaks_of_update(before);
}

/* The same for an element: the text before it, on its line or as a label. */
static bool
is_behind_update(struct search *l, const struct node *n)
{
    for (size_t i = n->index; i > 0 && n->index - i < 12;) {
        const struct node *k = page_node(l->page, --i);

        if (k->tag != TAG_TEXT || k->raw || text_trim(k->text).len == 0)
            continue;
        if (block_of(k) != block_of(n) &&
            words_count(k->text) > LABEL_WORDS_MAX)
            return false;
        l->room.len = 0;
        page_decode(&l->room, k->text, false);
        return is_called_update(l, text_of_buf(&l->room));
    }
    return false;
}

/* Where the words of an element end in the text around it, or NULL. The year
 * need not be among them: <time datetime="2024-03-11">11 March</time>. */
static const char *
behind_words(const struct node *n, struct text around)
{
    struct sheaf_buf words = { 0 };
    const char *end = NULL;
    struct text t;

    page_gather(n, &words, DATE_TEXT_MAX);
    t = text_trim(text_of_buf(&words));
    for (size_t i = 0; t.len > 0 && i + t.len <= around.len; i++) {
        if (memcmp(around.data + i, t.data, t.len) != 0)
            continue;
        end = around.data + i + t.len;
        break;
    }
    sheaf_buf_free(&words);
    return end;
}

/* Whether an element with the date `wanted` is amid a sentence. */
static bool
is_in_prose(struct search *l, const struct node *n, const char *wanted)
{
    const struct node *block = block_of(n);
    struct text t, rest;
    char day[DATE_MAX];
    const char *end;

    if (page_breaks(n) || (block->tag != TAG_P && block->tag != TAG_LI &&
                           block->tag != TAG_BLOCKQUOTE))
        return false;
    if (l->amid == AMID_MAX)
        return true;
    rest = t = text_within(l, block, NEAR_MAX);
    while (date_find(&rest, l->lang, day)) {
        if (strncmp(day, wanted, 10) != 0)
            continue;
        l->amid += is_amid(t, t.data, rest.data);
        return is_amid(t, t.data, rest.data);
    }
    end = behind_words(n, t);
    if (end == NULL || !is_amid(t, t.data, end))
        return false;
    l->amid++;
    return true;
}

/* ---- */

static void
look_date(struct search *l, const struct node *n)
{
    struct text machine, shown;
    char day[DATE_MAX];
    int grade = grade_behind(l, n, grade_date(l, n));
    bool update;

    if (grade == 0)
        return;
    if (!is_near(l, n))
        grade = is_masthead(l, n) || !(grade > 6 || is_right_before(l, n))
                    ? 0 : grade - 5;
    update = has_words(l, n, " update modified lastmod dt-updated "
                             "last-updated date-updated ") ||
             is_behind_update(l, n);
    if (grade <= (update ? l->updated_grade : l->date_grade))
        return;
    machine = page_attr(l->page, n, n->tag == TAG_TIME ? "datetime"
                                                       : "title");
    if (machine.len == 0)
        machine = page_attr(l->page, n, "data-datetime");
    shown = text_within(l, n, DATE_TEXT_MAX);
    if (!update && speaks_of_update(shown)) {
        struct text c = shown;

        /* In "Published 3 May, updated 4 May" the first date counts. */
        if (!date_find(&c, l->lang, day) ||
            speaks_of_update(text_from(shown.data,
                                       (size_t)(c.data - shown.data))))
            update = true;
        if (grade <= (update ? l->updated_grade : l->date_grade))
            return;
    }
    if (!date_read(machine, l->lang, day) || strlen(day) < 10) {
        machine = shown;
        if (!date_find(&machine, l->lang, day))
            return;
    }
    if (is_in_prose(l, n, day))
        return;
    if (update) {
        l->updated_grade = grade;
        l->seen->updated.len = 0;
        buf_add_str(&l->seen->updated, day);
    } else {
        l->date_grade = grade;
        l->seen->published.len = 0;
        buf_add_str(&l->seen->published, day);
    }
}

/* Whether `n` is part of the text around it, not a part of a line. */
static bool
is_phrase(const struct node *n)
{
    return n->tag != TAG_SPAN && n->tag != TAG_OTHER && !page_breaks(n);
}

/* Whether a text is of the article, and not of the top of the site. */
static bool
is_of_article(const struct search *l, const struct node *n)
{
    return n->index > l->headline->index ||
           ((is_near(l, n) || is_right_before(l, n)) && !is_masthead(l, n));
}

/* The text from `n` on, up to the end of the line that reaches `max` bytes,
 * with its lines as is_amid wants them. */
static struct text
text_from_node(struct search *l, const struct node *n, size_t max)
{
    const struct node *root = l->page->root, *block = NULL;
    char mark = '\0';

    l->room.len = 0;
    while (n != NULL && l->room.len < 4 * max) {
        if (l->room.len >= max && mark == '\n')
            break;
        if (n->tag == TAG_BR || (n->tag == TAG_TEXT && block_of(n) != block))
            mark = '\n';
        else if (n->tag != TAG_TEXT && !is_phrase(n) && mark == '\0')
            mark = '\t';
        if (n->tag == TAG_TEXT && !n->raw && !is_blank(n) &&
            is_of_article(l, n)) {
            size_t from;

            buf_add(&l->room, mark != '\0' ? &mark : " ", 1);
            from = l->room.len;
            page_decode(&l->room, text_cut(text_trim(n->text), max), false);
            for (size_t i = from; i < l->room.len; i++)
                if (strchr("\n\t", l->room.data[i]) != NULL)
                    l->room.data[i] = ' ';
            block = block_of(n);
            mark = n->parent != block && !is_phrase(n->parent) ? '\t' : '\0';
        }
        n = is_elsewhere(l, n) ? page_skip(n, root) : page_next(n, root);
    }
    return text_of_buf(&l->room);
}

/* The elements right before the headline, at most this many. */
static const struct node *
before_headline(const struct search *l)
{
    size_t index = l->headline->index, bytes = 0;

    while (index > 1 && bytes < BEFORE_MAX &&
           l->headline->index - index < 20) {
        const struct node *n = page_node(l->page, --index);

        bytes += n->tag == TAG_TEXT && !n->raw ? n->text.len : 0;
    }
    return page_node(l->page, index);
}

/* The start of the line before `line`, if that is only a label. */
static const char *
with_label(const char *from, const char *line)
{
    const char *before = line;

    if (line > from)
        before--;
    while (before > from && before[-1] != '\n')
        before--;
    return words_count(text_from(before, (size_t)(line - before))) <=
                   LABEL_WORDS_MAX
               ? before : line;
}

/* A date in words that is not amid a sentence. One that is called the day of a
 * change is noted. */
static bool
find_day_in(struct search *l, struct text t, char day[DATE_MAX])
{
    struct text rest = t;
    const char *from = t.data;

    while (date_find(&rest, l->lang, day)) {
        const char *line = rest.data;

        if (is_amid(t, from, rest.data))
            continue;
        while (line > from && line[-1] != '\n')
            line--;
        line = with_label(from, line);
        from = rest.data;
        if (!speaks_of_update(text_from(line, (size_t)(from - line))))
            return true;
        if (l->seen->updated.len == 0)
            buf_add_str(&l->seen->updated, day);
    }
    day[0] = '\0';
    return false;
}

/* A date in words near the headline: right after it, right before it, or
 * further down, in this order. */
static void
find_day(struct search *l)
{
    char *day = l->seen->day;
    struct text t;
    size_t headline;

    if (l->headline == NULL)
        return;
    headline = text_within(l, l->headline, HEADLINE_MAX).len;
    t = text_from_node(l, l->headline, headline + BEFORE_MAX);
    if (find_day_in(l, t, day))
        return;
    t = text_from_node(l, before_headline(l), BEFORE_MAX);
    if (find_day_in(l, t, day))
        return;
    t = text_from_node(l, l->headline, headline + NEAR_MAX);
    if (find_day_in(l, t, day) || l->footer == NULL)
        return;
    t = text_from_node(l, l->footer,
                       l->footer->size < BEFORE_MAX ? l->footer->size
                                                    : BEFORE_MAX);
    (void)find_day_in(l, t, day);
}

/* Notes where the article has a footer below its text. */
static void
look_footer(struct search *l, const struct node *n)
{
    bool text = n->tag == TAG_TEXT;

    l->told = l->told ||
              (text && !n->raw && n->text.len > TOLD_MIN &&
               l->headline != NULL && n->index > l->headline->index);
    if (text || !l->told || n->index < l->footer_end ||
        (n->tag != TAG_FOOTER && !has_words(l, n, " footer ")) ||
        !is_of_article_itself(l->seen, n))
        return;
    l->footer_end = page_end(l->page, n);
    if (l->footer == NULL)
        l->footer = n;
}

void
seen_read(struct seen *s, struct text lang)
{
    struct search l = {
        .page = s->page, .seen = s, .lang = lang, .headline = s->heading
    };
    const struct node *root = s->page->root;

    for (const struct node *n = root; n != NULL;) {
        if (is_elsewhere(&l, n)) {
            n = page_skip(n, root);
            continue;
        }
        look_footer(&l, n);
        look_author(&l, n);
        if (n->tag != TAG_TEXT)
            look_date(&l, n);
        n = page_next(n, root);
    }
    find_day(&l);
    sheaf_buf_free(&l.room);
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
