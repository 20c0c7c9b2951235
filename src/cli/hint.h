/*
 * hint.h - addresses that are nearly the one that was asked for.
 */
#ifndef SHEAF_CLI_HINT_H
#define SHEAF_CLI_HINT_H

#include "base/buf.h"

/* The address without what does not tell two pages apart: the scheme, www.,
 * a slash at its end, its fragment, and parameters that follow readers about.
 * False: `url` is no http address, or there is no memory. */
bool url_plain(struct sheaf_bytes url, struct sheaf_buf *out);

/* An article that has an address of the same plain form as `url`: its ID in
 * *out. False: there is none, or it can't be found out. */
bool hint_find(const struct sheaf_reader *reader,
               struct sheaf_scratch *scratch, const char *url,
               struct sheaf_buf *out);

#endif
