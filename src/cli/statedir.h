/*
 * statedir.h - where the command remembers things: below $XDG_STATE_HOME/sheaf
 * or ~/.local/state/sheaf.
 */
#ifndef SHEAF_CLI_STATEDIR_H
#define SHEAF_CLI_STATEDIR_H

#include "cli/util.h"

/* Appends that folder, without a slash at its end. *have is false if neither
 * variable is set. */
int state_folder(struct sheaf_buf *path, bool *have);
/* Creates the folder `path` and the missing ones above it, for their owner
 * only. */
int make_folders(struct sheaf_buf *path);
/* Appends an origin as a file name: slashes become %2F, and a hash replaces
 * the end of a long one. */
bool add_origin_name(struct sheaf_buf *path, const char *origin, size_t len);

#endif
