/*
 * cell.h - what the text of one value stands for in tables: a list, or no
 * value.
 */
#ifndef SHEAF_IMPORT_CELL_H
#define SHEAF_IMPORT_CELL_H

#include "import/tree.h"

/* Whether the text is a list: a JSON array, a list of strings of Python or an
 * array of PostgreSQL. Then `tree`, which starts as { 0 }, is that as JSON; its
 * strings are in `room`. */
bool cell_is_list(struct text t, struct tree *tree, struct sheaf_buf *room);
/* Whether the text is one by which programs say that there is no value: NA,
 * nan, NULL. `prose`: only those that nobody writes as a headline. */
bool cell_is_missing(struct text t, bool prose);

#endif
