/*
 * sink.h - sinks that only the library makes, and temporary files.
 */
#ifndef SHEAF_BASE_SINK_H
#define SHEAF_BASE_SINK_H

#include "base/base.h"
#include "sheaf.h"

/*
 * A sink that continues a file that is there, from `offset` on. The file is
 * locked (flock) until close: while another process holds the lock this is
 * SHEAF_EIO with err->sys EWOULDBLOCK. A file that is not `expect_size` bytes
 * long, or is no longer the one at `path` once it is locked, was changed
 * since the caller looked: SHEAF_ESTOPPED.
 *
 * Nothing happens to the file until something is written to the sink; then
 * it is cut to `offset` first. `sync` and `commit` make what was written
 * durable. Close without a commit cuts the file to `offset` again, if
 * anything was done to it.
 */
SHEAF_MUST int sink_append(struct sheaf_sink *out, const char *path,
                           uint64_t offset, uint64_t expect_size,
                           struct sheaf_error *err);

/*
 * A sink to a new file beside the one at `path`, which is followed if it is a
 * link: its name with `suffix`, or with `suffix` and a number from 2 on if
 * there is such a file already. `name` gets it, with a NUL behind it.
 */
SHEAF_MUST int sink_beside(struct sheaf_sink *out, const char *path,
                           const char *suffix, struct sheaf_buf *name,
                           struct sheaf_error *err);

/* ---- Temporary files ----------------------------------------------------- */

#define TEMP_DIR_DEFAULT "/var/tmp"

/* A file without a name, which is gone when it is closed, also after a crash.
 * Initialise with TEMP_INIT. */
struct temp {
    int fd;
    char what[120]; /* for messages: "temporary file in DIR" */
};
#define TEMP_INIT { -1, "" }

/* In the folder `dir`, or TEMP_DIR_DEFAULT when that is NULL. */
SHEAF_MUST int temp_open(struct temp *t, const char *dir,
                         struct sheaf_error *err);
/* All of `len`, or SHEAF_EIO. */
SHEAF_MUST int temp_write(const struct temp *t, uint64_t offset,
                          const void *data, size_t len,
                          struct sheaf_error *err);
SHEAF_MUST int temp_read(const struct temp *t, uint64_t offset, void *data,
                         size_t len, struct sheaf_error *err);
/* Also for one that was never opened. */
void temp_close(struct temp *t);

#endif
