/*
 * spool.h - bytes that come in pieces, kept in a temporary file.
 */
#ifndef SHEAF_BASE_SPOOL_H
#define SHEAF_BASE_SPOOL_H

#include "base/base.h"
#include "base/sink.h"
#include "sheaf.h"

/* Starts as SPOOL_INIT, ends with spool_free. */
struct spool {
    struct temp temp;
    uint64_t len;
    uint64_t from; /* where spool_source begins */
    int rc;        /* why spool_write failed */
    struct sheaf_error err;
};
#define SPOOL_INIT { .temp = TEMP_INIT }

/* Empties it. The first call makes the file, in `dir` (see temp_open). */
SHEAF_MUST int spool_begin(struct spool *s, const char *dir,
                           struct sheaf_error *err);
/* A sheaf_write. After a failure `rc` and `err` say why. */
int spool_write(void *spool, const void *data, size_t len);
/* The bytes from `from` on; valid as long as the spool. */
struct sheaf_source spool_source(struct spool *s, uint64_t from);
/* Passes all of it, piece by piece, to `write`; SHEAF_ESTOPPED if that
 * fails. */
SHEAF_MUST int spool_read_all(const struct spool *s, sheaf_write write,
                              void *arg, struct sheaf_error *err);
void spool_free(struct spool *s);

#endif
