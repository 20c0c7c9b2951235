/*
 * html_seen_author.c - the author that a page shows.
 */
#include "import/html_search.h"

#include <strings.h>

#include "import/date.h"
#include "import/month.h"
#include "import/words.h"

#define AUTHOR_MAX ((size_t)150)
/* Nodes in which the name of an author may be. */
#define CARD_NODES 50

static int
grade_author(const struct search *l, const struct node *n)
{
    if (n->tag == TAG_TIME || n->tag == TAG_IMG || n->tag == TAG_INPUT)
        return 0;
    if (n->tag == TAG_A &&
        (words_any(page_attr(l->page, n, "rel"), " author ")))
        return 6;
    if (search_has(l, n, " author-name authorname byline-name byline-author "
                        "article-author post-author entry-author "
                        "author-link byline-link autor-name c-byline-author "
                        "name-author author-fn contributor-name "))
        return 5;
    if (search_has(l, n, " author authors autor autoren auteur auteurs "
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
    if (search_has(l, n, " byline by-line bylines vcard creator credit-name "
                        "article-byline entry-byline signature "))
        return 3;
    return 0;
}

/* Whether other names follow `link` within `n`, as in "A, B and C". */
static bool
has_more_names(const struct node *n, const struct node *link)
{
    static const char *const marks[] = { ",", "&", "and ", "und ", "y ",
                                         "et ", "e " };
    const struct node *next = page_skip(link, n);
    struct text t;

    while (next != NULL && (next->tag != TAG_TEXT || search_blank(next)))
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

    while (n != NULL && (n->tag == TAG_TEXT || !search_has(l, n, " p-name ")))
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
            search_has(l, k->parent, " screen-reader* sr-only "))
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

void
search_author(struct search *l, const struct node *n)
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
        grade = search_grade(l, n, grade_author(l, n));
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
