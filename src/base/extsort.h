/*
 * extsort.h - sorts more records than fit in memory.
 *
 * All records have the same size and are compared as bytes from the first on,
 * so a key comes first and is big-endian. Equal records are kept; nothing
 * distinguishes them. The output depends only on the records, not on the order
 * of adding or the memory.
 *
 *     extsort_new, extsort_add ..., extsort_start, extsort_next ...,
 *     extsort_free
 *
 * Records that fit in `memory` never touch the disk. More go to one temporary
 * file without a name, and are merged from there. The merge buffers take
 * `memory`, or 4 KiB for every `memory` bytes added if that is more.
 *
 * After a failure the only call left is extsort_free.
 */
#ifndef SHEAF_BASE_EXTSORT_H
#define SHEAF_BASE_EXTSORT_H

#include "base/base.h"
#include "sheaf.h"

#define EXTSORT_RECORD_MAX 256

struct extsort;

/* `record_size` is 1 to EXTSORT_RECORD_MAX. `tmpdir` is the folder for
 * temporary files (NULL: TEMP_DIR_DEFAULT). It is copied, and used only when a
 * file is needed. */
SHEAF_MUST int extsort_new(struct extsort **out, size_t record_size,
                          size_t memory, const char *tmpdir,
                          struct sheaf_error *err);
/* SHEAF_EIO: the temporary file failed. */
SHEAF_MUST int extsort_add(struct extsort *s, const void *record,
                          struct sheaf_error *err);
SHEAF_MUST int extsort_start(struct extsort *s, struct sheaf_error *err);
/* Copies the next record to `record`, or gives SHEAF_END. */
SHEAF_MUST int extsort_next(struct extsort *s, void *record,
                           struct sheaf_error *err);
void extsort_free(struct extsort *s);

#endif
