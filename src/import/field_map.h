/*
 * field_map.h - --map FILE: where to find the fields of records.
 *
 *     # a comment
 *     FIELD = SELECTOR
 *     FIELD = "TEXT"        the same for all records
 *
 * FIELD is one of body, id, url, headline, published, updated, section, lang,
 * summary, byline or author, keywords; `type`, the media type of the body; or
 * `record`, which selects the records of a document. A field may have several
 * lines; the first one that finds something counts. A SELECTOR is a JSON
 * pointer or the name of a member in JSON, a column in a table, an XPath
 * expression in XML and in web pages. A field without a line is found as
 * without a map; so is a field of a page in which no line finds anything.
 */
#ifndef SHEAF_IMPORT_FIELD_MAP_H
#define SHEAF_IMPORT_FIELD_MAP_H

#include "import/import.h"

struct map_line {
    const char *field;
    const char *selector; /* without quotes */
    bool constant;
};

/* Reads the file, or ends the program. */
void map_load(const char *path);
bool map_loaded(void);
/* The first line for `field` from *at on, which then moves past it; NULL if
 * there is none. */
const struct map_line *map_next(const char *field, size_t *at);

#endif
