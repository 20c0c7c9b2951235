/*
 * opening.h - an archive as the command line says.
 */
#ifndef SHEAF_CLI_OPENING_H
#define SHEAF_CLI_OPENING_H

#include "cli/archive.h"
#include "cli/args.h"

/* The first operand. With the command's -p or -P its signature is checked, and
 * what was seen of the log before (pins.h) must be its beginning. */
int archive_open_args(struct archive *a, const struct args *args);

#endif
