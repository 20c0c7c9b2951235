/*
 * tar.h - writing a tar archive: ustar, with pax headers for what does not
 * fit. The same articles give the same bytes.
 */
#ifndef SHEAF_CLI_TAR_H
#define SHEAF_CLI_TAR_H

#include "cli/outfile.h"

/* Writes the header before a file's `size` bytes. `time` is in milliseconds
 * since 1970; INT64_MIN counts as 0. False when out of memory. */
bool tar_header(struct out *o, struct sheaf_bytes path, uint64_t size,
                int64_t time);
/* Writes the padding after them. */
void tar_padding(struct out *o, uint64_t size);
void tar_end(struct out *o);

#endif
