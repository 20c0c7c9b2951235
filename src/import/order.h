/*
 * order.h - versions of an article that come in another order than their dates.
 */
#ifndef SHEAF_IMPORT_ORDER_H
#define SHEAF_IMPORT_ORDER_H

#include "import/import.h"

/* Warns of the first article that is older than one with its ID before it: the
 * last one that comes becomes the newest revision. */
void order_check(const struct meta *m, const char *place);
/* Says how many there were, at the end. */
void order_warn(void);

#endif
