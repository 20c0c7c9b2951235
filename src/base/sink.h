/*
 * sink.h - sinks that only the library makes, and temporary files.
 */
#ifndef SHEAF_BASE_SINK_H
#define SHEAF_BASE_SINK_H

#include "base/base.h"
#include "sheaf.h"

/*
 * A sink that continues an existing file from `offset` on. The file is locked
 * (flock) until close. While another process holds the lock this is SHEAF_EIO
 * with err->sys EWOULDBLOCK. SHEAF_ESTOPPED: the file was changed since the
 * caller looked, because it is not `expect_size` bytes long, or once locked is
 * no longer the one at `path`.
 *
 * The first write makes a mark (mark.h) and cuts the file to `offset`; before
 * that, the file is not changed. `sync` and `commit` make the written bytes
 * durable, and remove the mark; so `sync` comes before what makes the bytes
 * valid. Close without a commit cuts the file to `offset` again, if it was
 * changed.
 */
SHEAF_MUST int sink_append(struct sheaf_sink *out, const char *path,
                           uint64_t offset, uint64_t expect_size,
                           struct sheaf_error *err);
/* Cuts the file to `offset` now, durably, and removes the mark of an append
 * that was interrupted. Nothing is written yet. */
SHEAF_MUST int sink_cut(struct sheaf_sink *sink, struct sheaf_error *err);

/* Gives a new file no more rights than the file at `path` has; if there is
 * none, those of its owner alone. Returns an errno. */
SHEAF_MUST int sink_rights_of(const struct sheaf_sink *sink, const char *path);

/*
 * A sink to a new file beside the one at `path` (if that is a link, beside its
 * target), with no more rights. Its name is that file's name with `suffix`, or,
 * if this exists, with `suffix` and a number from 2 on. `name` receives it, and
 * ends with a NUL.
 */
SHEAF_MUST int sink_beside(struct sheaf_sink *out, const char *path,
                           const char *suffix, struct sheaf_buf *name,
                           struct sheaf_error *err);

/* ---- Temporary files ----------------------------------------------------- */

#define TEMP_DIR_DEFAULT "/var/tmp"

/* A file without a name; it vanishes when it is closed, also after a crash.
 * Initialise with TEMP_INIT. */
struct temp {
    int fd;
    char what[120]; /* for messages: "temporary file in DIR" */
};
#define TEMP_INIT { -1, "" }

/* In the folder `dir`, or TEMP_DIR_DEFAULT when that is NULL. */
SHEAF_MUST int temp_open(struct temp *t, const char *dir,
                         struct sheaf_error *err);
/* Writes all `len` bytes, or fails with SHEAF_EIO. */
SHEAF_MUST int temp_write(const struct temp *t, uint64_t offset,
                          const void *data, size_t len,
                          struct sheaf_error *err);
SHEAF_MUST int temp_read(const struct temp *t, uint64_t offset, void *data,
                         size_t len, struct sheaf_error *err);
/* Also allowed for a file that was never opened. */
void temp_close(struct temp *t);

#endif
