/*
 * outfile.h - output to a file or to standard output, with messages for
 * failures.
 */
#ifndef SHEAF_CLI_OUTFILE_H
#define SHEAF_CLI_OUTFILE_H

#include "cli/out.h"
#include "cli/util.h"

/* For an archive: sheaf_sink_file, or for what is no regular file, such as
 * /dev/null, a sink that writes to it. SHEAF_EINVAL: the path is "-", or that
 * of a file that this run reads. */
int sink_open(struct sheaf_sink *out, const char *path, int replace,
              struct sheaf_error *err);
/* The same, but the output may take the place of `own`, which is read. */
int sink_open_over(struct sheaf_sink *out, const char *path, const char *own,
                   int replace, struct sheaf_error *err);
/* The paths that these were called with: the first one for NULL, and then the
 * next after each; NULL: no other. */
const char *sink_opened(const char *last);
/* Creates a file that is not visible before out_finish; `replace` is an
 * enum sheaf_replace. */
int out_create(struct out *o, const char *path, int replace);
/* "-" or NULL: standard output; otherwise out_create. */
int out_open(struct out *o, const char *path, int replace);
/* Writes a whole file, or to standard output, as out_open. */
int out_file(const char *path, int replace, struct sheaf_bytes bytes);
/* Flushes and, for a file, commits. `path` is for the message. It is not a
 * failure if standard error does not accept a summary. */
int out_finish(struct out *o, const char *path);
/* Discards an unfinished file; does nothing after out_finish. */
void out_drop(struct out *o);

#endif
