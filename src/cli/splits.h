/*
 * splits.h - ranges of an archive for engines that share out work.
 */
#ifndef SHEAF_CLI_SPLITS_H
#define SHEAF_CLI_SPLITS_H

#include "cli/archive.h"
#include "cli/args.h"

/* Prints about as many ranges along groups as --splits says. */
int splits_print(const struct archive *a, const struct args *args);

#endif
