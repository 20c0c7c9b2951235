/*
 * html_dates.h - the days on which a page was published and changed.
 */
#ifndef SHEAF_IMPORT_HTML_DATES_H
#define SHEAF_IMPORT_HTML_DATES_H

#include "import/import.h"

#define DAYS_DATA 3
#define DAYS_CREATED 3
#define DAYS_UPDATED 4

/* What a page says of its dates, as written; an empty text is missing. */
struct html_days {
    struct text data[DAYS_DATA]; /* of publication, the surest first */
    struct text stray; /* of publication; of an item that may be another */
    struct text created[DAYS_CREATED];
    struct text stray_created;
    struct text url;
    struct text shown;                 /* by an element for dates */
    struct text near;                  /* in words near the headline */
    struct text dated;                 /* a date of no stated meaning */
    struct text updated[DAYS_UPDATED]; /* the last one is what is shown */
};

/* Fills in `published` and `updated`. */
void html_dates(const struct html_days *days, struct text lang,
                struct meta *m);

#endif
