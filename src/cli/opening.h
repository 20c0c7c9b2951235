/*
 * opening.h - opens the archive of the command line.
 */
#ifndef SHEAF_CLI_OPENING_H
#define SHEAF_CLI_OPENING_H

#include "cli/archive.h"
#include "cli/args.h"

/* Opens the first operand. With the command's -p or -P, its signature is
 * checked, and it must extend the checkpoint that was seen before (pins.h). */
int archive_open_args(struct archive *a, const struct args *args);

#endif
