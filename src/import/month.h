/*
 * month.h - the names of months.
 */
#ifndef SHEAF_IMPORT_MONTH_H
#define SHEAF_IMPORT_MONTH_H

#include "import/import.h"

/* 1 to 12, for a name in about twenty languages, in any case; 0 if unknown. */
unsigned month_named(struct text word);
/* Whether `t` begins with the name of a day of the week, in some languages. */
bool weekday_named(struct text t);

#endif
