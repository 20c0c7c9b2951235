/*
 * diff.h - the lines in which two texts differ, by diff(1).
 */
#ifndef SHEAF_CLI_DIFF_H
#define SHEAF_CLI_DIFF_H

#include "base/buf.h"

/* Appends what `diff -u` prints below its two lines with names, with `context`
 * lines around each change: nothing if the texts are the same. An exit code. */
int diff_run(struct sheaf_bytes from, struct sheaf_bytes to, unsigned context,
             struct sheaf_buf *out);

#endif
