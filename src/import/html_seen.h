/*
 * html_seen.h - author and date where a page only shows them to people.
 */
#ifndef SHEAF_IMPORT_HTML_SEEN_H
#define SHEAF_IMPORT_HTML_SEEN_H

#include "import/page.h"

struct seen {
    struct sheaf_buf headline;  /* of the page's headings the likeliest */
    int headline_grade;   /* how likely */
    struct sheaf_buf authors;   /* a line each */
    struct sheaf_buf published; /* as it is written there */
    struct sheaf_buf updated;
    char day[DATE_MAX];   /* found in running text near the headline */
};

/* What the grade of a headline is that is sure. */
#define SEEN_SURE 7

/* `title` and `lang`: what <title> and the page say. */
void seen_read(struct seen *s, const struct page *page, struct text title,
               struct text lang);
void seen_free(struct seen *s);

#endif
