/*
 * tiles.h - the tree under the checkpoint as static files, for monitors of
 * transparency logs: https://c2sp.org/tlog-tiles.
 */
#ifndef SHEAF_CLI_TILES_H
#define SHEAF_CLI_TILES_H

#include "cli/archive.h"

struct tiles_written {
    uint64_t tiles;
    uint64_t written; /* of these, now */
};

/* Writes what is not there yet to `folder`, and the checkpoint last. A folder
 * of another log, or of a tree that this one does not extend, is refused. */
int tiles_write(const struct archive *a, const char *folder,
                struct tiles_written *out);

#endif
