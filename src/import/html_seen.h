/*
 * html_seen.h - author and date of pages that only show them to people.
 */
#ifndef SHEAF_IMPORT_HTML_SEEN_H
#define SHEAF_IMPORT_HTML_SEEN_H

#include "import/html_items.h"
#include "import/page.h"

struct seen {
    const struct page *page;
    struct text title; /* the content of <title> */
    const struct node
        *heading; /* the likeliest heading of the page, or NULL */
    struct items items;
    const struct node *article; /* the element of the article, or NULL */
    struct sheaf_buf headline;  /* the text of the heading */
    int headline_grade;   /* how likely */
    struct sheaf_buf authors;   /* one on each line */
    struct sheaf_buf published; /* as written */
    struct sheaf_buf updated;
    char day[DATE_MAX];   /* found in running text near the headline */
};

/* The grade from which a headline is sure. */
#define SEEN_SURE 7

/* Finds heading, items and article. `title` is the content of <title>. */
void seen_headline(struct seen *s, const struct page *page, struct text title);
/* Whether an element holds other articles, comments, or what all pages of the
 * site have. */
bool seen_is_elsewhere(const struct seen *s, const struct node *n);
/* Whether a footer tells of the article in which it is. One of a citation
 * tells of that. */
bool seen_is_of_article(const struct seen *s, const struct node *n);
/* Finds author and date. `lang` is the language of the page. */
void seen_read(struct seen *s, struct text lang);
void seen_free(struct seen *s);

#endif
