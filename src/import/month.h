/*
 * month.h - the names of months.
 */
#ifndef SHEAF_IMPORT_MONTH_H
#define SHEAF_IMPORT_MONTH_H

#include "import/import.h"

/* 1 to 12, by a name of some twenty languages in any case; 0: none. */
unsigned month_named(struct text word);

#endif
