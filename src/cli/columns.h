/*
 * columns.h - an article as a row of a table, for CSV and SQLite.
 */
#ifndef SHEAF_CLI_COLUMNS_H
#define SHEAF_CLI_COLUMNS_H

#include "base/buf.h"

enum {
    COLUMN_LEAF,
    COLUMN_NAME,
    COLUMN_REV,
    COLUMN_DATE,
    COLUMN_UPDATED,
    COLUMN_PART_OF,
    COLUMN_HEAD,
    COLUMN_BYLINE,
    COLUMN_SUMMARY,
    COLUMN_KEYWORDS,
    COLUMN_LANG,
    COLUMN_URL,
    COLUMN_TYPE,
    COLUMN_SIZE,
    COLUMN_COUNT
};

/* Their names, as in the metadata. */
extern const char *const column_names[COLUMN_COUNT];
/* Those that are numbers. */
bool column_is_number(size_t column);

/* Initialise with { 0 }. */
struct columns {
    struct sheaf_buf values[COLUMN_COUNT]; /* empty: there is none */
};

/* Without a byline, the names of the authors stand there; these and keywords
 * are separated by "; ". False when out of memory. */
bool columns_fill(struct columns *c, const struct sheaf_article *article);
void columns_end(struct columns *c);

#endif
