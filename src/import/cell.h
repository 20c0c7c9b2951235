/*
 * cell.h - lists that are the text of one value, as tables have them.
 */
#ifndef SHEAF_IMPORT_CELL_H
#define SHEAF_IMPORT_CELL_H

#include "import/tree.h"

/* Whether the text is a list: a JSON array, a list of strings of Python or an
 * array of PostgreSQL. Then `tree`, which starts as { 0 }, is that as JSON; its
 * strings are in `room`. */
bool cell_is_list(struct text t, struct tree *tree, struct sheaf_buf *room);

#endif
