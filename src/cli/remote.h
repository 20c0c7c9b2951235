/*
 * remote.h - an archive on another machine, read by sheaf-http.
 *
 * http/http.h describes what is asked and answered. What was read stays in
 * memory, up to a bound; what a reader says it will read again is also kept in
 * the folder of cachedir.h, if the server gives the file a strong ETag.
 */
#ifndef SHEAF_CLI_REMOTE_H
#define SHEAF_CLI_REMOTE_H

#include "cli/args.h"

/* Whether this names an archive on another machine. */
bool remote_is(const char *name);
/* The same name without user, password and query, for messages; NULL: there
 * is no memory. To be freed. */
char *remote_shown(const char *name);
/* The name of a file beside it, whose own name has `suffix` behind that of the
 * archive, and the same query. False: there is no memory. */
bool remote_beside(const char *name, const char *suffix,
                   struct sheaf_buf *out);
/* From here on with the options of this command. */
int remote_options(const struct args *args);
/* Opens a source. */
int remote_open(struct sheaf_source *out, const char *url, const char *shown,
                struct sheaf_error *err);
/* Whether the last one could not be opened because there is no such file. */
bool remote_missing(void);
/* Whether a file was replaced while it was read. */
bool remote_changed(void);

#endif
