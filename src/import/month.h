/*
 * month.h - the names of months, and words in lower case.
 */
#ifndef SHEAF_IMPORT_MONTH_H
#define SHEAF_IMPORT_MONTH_H

#include "import/import.h"

/* 1 to 12, by a name of some twenty languages in any case; 0: none. */
unsigned month_named(struct text word);
/* At most `cap` - 1 bytes of `t` in lower case, and a NUL; their count.
 * Latin, Greek and Cyrillic letters have cases here. */
size_t text_lower(struct text t, char *out, size_t cap);

#endif
