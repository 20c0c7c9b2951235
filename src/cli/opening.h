/*
 * opening.h - opens the archive of the command line.
 */
#ifndef SHEAF_CLI_OPENING_H
#define SHEAF_CLI_OPENING_H

#include "cli/archive.h"
#include "cli/args.h"

/* Opens the first operand. With -p or -P the signature is checked, and the
 * archive must extend the checkpoint that was seen before (pins.h). */
int archive_open_args(struct archive *a, const struct args *args);

/* Refuses an archive that is of another log than a checkpoint, or does not
 * begin with what that has. */
int archive_goes_on(struct archive *a, const struct sheaf_checkpoint *with);

/* Refuses an origin that is not the one of --origin. `path` is what has it. */
int origin_check(const struct args *args, const char *path,
                 struct sheaf_bytes origin);

#endif
