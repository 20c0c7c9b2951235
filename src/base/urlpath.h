/*
 * urlpath.h - the path of a file that another one names by a relative URL.
 */
#ifndef SHEAF_BASE_URLPATH_H
#define SHEAF_BASE_URLPATH_H

#include "base/base.h"
#include "sheaf.h"

#define URLPATH_MAX 4000

/* Whether an address has neither a scheme nor a leading slash, and names
 * something. */
bool urlpath_is_relative(struct sheaf_bytes url);

/*
 * Joins the folder of the file `from` and the relative `url`, without query
 * and fragment, its %XX decoded, and writes the path with a NUL: without ".",
 * ".." and doubled slashes. False if it leads out of where `from` begins, has
 * a NUL, or is longer than URLPATH_MAX.
 */
bool urlpath_join(const char *from, struct sheaf_bytes url,
                  char out[URLPATH_MAX + 1]);

#endif
