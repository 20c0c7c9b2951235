/*
 * html_search.h - the search for what a page shows: what the files have in
 * common that look for the author (html_seen_author.c) and the date
 * (html_seen_date.c).
 */
#ifndef SHEAF_IMPORT_HTML_SEARCH_H
#define SHEAF_IMPORT_HTML_SEARCH_H

#include "import/html_seen.h"

/* Nodes that are looked at for each date or heading, of which there may be as
 * many as there are nodes. */
#define AROUND_MAX 500

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


/* ---- html_seen.c ---- */

/* Whether the class or id of an element has one of these words. */
bool search_has(const struct search *l, const struct node *n,
                const char *list);
bool search_within(const struct node *n, const struct node *up);
/* Whether an element is passed over. Widgets show other articles, too. */
bool search_passes(const struct search *l, const struct node *n);
/* Whether an element holds a whole article. */
bool search_article(const struct page *page, const struct node *n);
/* Whether a link to the front page is in it: its text names the site. */
bool search_home_link(const struct search *l, const struct node *n);
/* The text in an element, in l->room. */
struct text search_text(struct search *l, const struct node *n, size_t max);
/* The grade where it stands: what is below the text counts less. */
int search_grade(const struct search *l, const struct node *n, int grade);

static inline bool
search_blank(const struct node *text)
{
    return text_trim(text->text).len == 0;
}

/* ---- html_seen_author.c ---- */

/* Whether an author is in this node. */
void search_author(struct search *l, const struct node *n);

/* ---- html_seen_date.c ---- */

/* Whether a date is in this element. */
void search_date(struct search *l, const struct node *n);
/* Finds a day in the text near the headline. */
void search_day(struct search *l);

#endif
