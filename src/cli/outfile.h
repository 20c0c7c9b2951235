/*
 * outfile.h - output that goes to a file, or else to standard output, and
 * saying what went wrong with it.
 */
#ifndef SHEAF_CLI_OUTFILE_H
#define SHEAF_CLI_OUTFILE_H

#include "cli/out.h"
#include "cli/util.h"

/* A new file, of which nothing is to be seen before out_finish; `replace` is
 * an enum sheaf_replace. */
int out_create(struct out *o, const char *path, int replace);
/* "-" or NULL: standard output; otherwise out_create. */
int out_open(struct out *o, const char *path, bool replace);
/* Flushes and, for a file, commits. `path` is for the message. It is not a
 * failure when standard error does not take a summary. */
int out_finish(struct out *o, const char *path);
/* Gives up a file that was not finished; nothing after out_finish. */
void out_drop(struct out *o);

#endif
