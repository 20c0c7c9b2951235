/*
 * map.h - --map FILE: where in a record the user's data has what.
 *
 *     # a comment
 *     FIELD = SELECTOR
 *     FIELD = "TEXT"        the same for all
 *
 * FIELD is one of body, id, url, headline, published, updated, section,
 * lang, summary, byline, keywords; `type`, the body's media type; or
 * `record`, which says where the records of a document are. A field may have
 * several lines: the first that finds something counts. A SELECTOR is a JSON
 * pointer or a member's name in JSON, a column in a table, an XPath
 * expression in XML. A field without a line is found as it is without a map.
 */
#ifndef SHEAF_IMPORT_MAP_H
#define SHEAF_IMPORT_MAP_H

#include "import/import.h"

struct map_line {
    const char *field;
    const char *selector; /* without quotes */
    bool constant;
};

/* Reads the file, or ends the program. */
void map_load(const char *path);
bool map_loaded(void);
/* The first line for `field` from *at on, which moves on behind it; NULL:
 * there is no more. */
const struct map_line *map_next(const char *field, size_t *at);

#endif
