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
    int rc;        /* of spool_write, and why it failed */
    struct sheaf_error err;
};
#define SPOOL_INIT { .temp = TEMP_INIT }

/* Empty it; the file is in `dir` (temp_open) and is made the first time. */
SHEAF_MUST int spool_begin(struct spool *s, const char *dir,
                           struct sheaf_error *err);
/* A sheaf_write. After a failure `rc` and `err` say why. */
int spool_write(void *spool, const void *data, size_t len);
/* What is from `from` on; valid as long as the spool is. */
struct sheaf_source spool_source(struct spool *s, uint64_t from);
/* All of it, piece by piece, to `write`; SHEAF_ESTOPPED if that fails. */
SHEAF_MUST int spool_read_all(const struct spool *s, sheaf_write write,
                              void *arg, struct sheaf_error *err);
void spool_free(struct spool *s);

#endif
