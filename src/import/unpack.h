/*
 * unpack.h - what the readers of gzip and zstd data share.
 */
#ifndef SHEAF_IMPORT_UNPACK_H
#define SHEAF_IMPORT_UNPACK_H

#include "import/import.h"

/* Memory for decompressing zstd data: 128 MiB. */
#define WINDOW_LOG_MAX 27

/* What zlib's message means. */
const char *gzip_error(const char *message);
/* What libzstd's result means; returns the exit code. */
int zstd_error(size_t rc, const char **why);

#endif
