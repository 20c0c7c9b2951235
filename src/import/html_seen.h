/*
 * html_seen.h - author and date of pages that only show them to people.
 */
#ifndef SHEAF_IMPORT_HTML_SEEN_H
#define SHEAF_IMPORT_HTML_SEEN_H

#include "import/page.h"

struct seen {
    struct sheaf_buf headline;  /* the likeliest heading of the page */
    int headline_grade;   /* how likely */
    struct sheaf_buf authors;   /* one on each line */
    struct sheaf_buf published; /* as written */
    struct sheaf_buf updated;
    char day[DATE_MAX];   /* found in running text near the headline */
};

/* The grade from which a headline is sure. */
#define SEEN_SURE 7

/* `title` and `lang` are the content of <title> and the language of the
 * page. */
void seen_read(struct seen *s, const struct page *page, struct text title,
               struct text lang);
void seen_free(struct seen *s);

#endif
