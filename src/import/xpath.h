/*
 * xpath.h - the fields that --map finds by XPath.
 */
#ifndef SHEAF_IMPORT_XPATH_H
#define SHEAF_IMPORT_XPATH_H

#include <libxml/tree.h>
#include <libxml/xpath.h>

#include "import/import.h"

/* `steps` bounds what one expression may do. Freed with
 * xmlXPathFreeContext(). */
xmlXPathContext *xpath_open(xmlDoc *doc, unsigned long steps);

/* Appends what the lines of --map for `field` find from `node` on, as text; of
 * several nodes the first one, or all of them with what separates paragraphs
 * or names. In a `page`, only lines with "//" or "/html" count, and constants:
 * others are JSON pointers or columns. Returns why an expression failed,
 * *selector, or NULL. */
const char *xpath_field(xmlXPathContext *x, xmlNode *node, bool page,
                        const char *field, struct sheaf_buf *out,
                        const char **selector);

#endif
