/*
 * extsort.h - more records than fit in memory, in order.
 *
 * Records are all of one size and sorted as bytes, first to last, so that a
 * key is put in front and big-endian. Two records that are equal can't be
 * told apart; both come out. What comes out depends on what was added, and on
 * nothing else: not on the order, nor on the memory.
 *
 *     extsort_new, extsort_add ..., extsort_start, extsort_next ...,
 *     extsort_free
 *
 * What fits in `memory` never touches the disk. More goes to one temporary
 * file without a name, and is merged from there. Then the buffers take
 * `memory` again, or 4 KiB for every `memory` bytes added if that is more.
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
/* SHEAF_EIO: the temporary file failed; the message says so. */
SHEAF_MUST int extsort_add(struct extsort *s, const void *record,
                          struct sheaf_error *err);
SHEAF_MUST int extsort_start(struct extsort *s, struct sheaf_error *err);
/* Copies the next record to `record`, or gives SHEAF_END. */
SHEAF_MUST int extsort_next(struct extsort *s, void *record,
                           struct sheaf_error *err);
void extsort_free(struct extsort *s);

#endif
