/*
 * numbered.h - IDs that are numbers of rows, in several tables, and those that
 * are places in a file.
 */
#ifndef SHEAF_IMPORT_NUMBERED_H
#define SHEAF_IMPORT_NUMBERED_H

#include "import/import.h"

/* Warns, once for each source, of an article whose ID is a number, and that of
 * another one in another source; `m->another` says so of each. `*source` is 0
 * at first, and then the number of the source `name`: a file or a table in
 * it. */
void numbered_check(unsigned *source, const char *name, struct meta *m,
                    struct text body, const char *place);
/* Warns of an input whose articles have only their places as IDs, which other
 * files of its name have, too. `*count` is 0 at first. */
void numbered_placed(uint64_t *count, const struct item *item);
/* Whether the ID is the number of the article's row. */
bool numbered_is_row(const struct meta *m);

#endif
