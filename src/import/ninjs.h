/*
 * ninjs.h - what ninjs, the news format in JSON, has beyond other records.
 */
#ifndef SHEAF_IMPORT_NINJS_H
#define SHEAF_IMPORT_NINJS_H

#include "import/tree.h"

/* Appends the pictures and other media among the `associations` of an item as
 * a canonical array, or nothing. */
void ninjs_media(const struct tree *doc, const struct value *item,
                 struct sheaf_buf *out);
/* Appends the names of the people who wrote the item; false: none. */
bool ninjs_authors(const struct tree *doc, const struct value *item,
                   struct sheaf_buf *out);
/* Warns if the item was withheld or canceled. */
void ninjs_warn(const struct tree *doc, const struct value *item,
                const char *place);

#endif
