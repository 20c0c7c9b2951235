/*
 * hint.h - finds URLs that are nearly the one that was asked for.
 */
#ifndef SHEAF_CLI_HINT_H
#define SHEAF_CLI_HINT_H

#include "base/buf.h"

/* The URL without parts that do not distinguish pages: the scheme, www., a
 * slash at its end, its fragment, and parameters that track readers. False:
 * `url` is not an http URL, or memory is short. */
bool url_plain(struct sheaf_bytes url, struct sheaf_buf *out);

/* Finds an article whose URL has the same plain form as `url`; *out is its
 * ID. If `all`, all IDs are read for that, and not only some asked for. False:
 * there is none, or the search failed. */
bool hint_find(const struct sheaf_reader *reader,
               struct sheaf_scratch *scratch, const char *url, bool all,
               struct sheaf_buf *out);

#endif
