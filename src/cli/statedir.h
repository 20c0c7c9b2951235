/*
 * statedir.h - where the command remembers things: below $XDG_STATE_HOME/sheaf
 * or ~/.local/state/sheaf.
 */
#ifndef SHEAF_CLI_STATEDIR_H
#define SHEAF_CLI_STATEDIR_H

#include "cli/util.h"

/* Appends that folder, without a slash at its end. False, and nothing is
 * said, when neither variable is set or there is no memory. */
bool state_folder(struct sheaf_buf *path);
/* Creates the folder `path` and those above it that are not there, for their
 * owner only. */
int make_folders(struct sheaf_buf *path);
/* Appends an origin as a file's name: slashes become %2F, and of long ones the
 * end is replaced by a hash. */
bool add_origin_name(struct sheaf_buf *path, const char *origin, size_t len);
/* FNV-1a: to tell names apart, and no more than that. */
uint64_t name_hash(const void *data, size_t len);

/* A note, or other text of lines, with "| " before each. */
bool add_quoted(struct sheaf_buf *t, struct sheaf_bytes note);
/* Takes the quoted lines at the start of `rest`, appends what they say. */
bool take_quoted(struct sheaf_bytes *rest, struct sheaf_buf *note);

#endif
