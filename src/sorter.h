/*
 * sorter.h - more records than fit in memory, in order. Floor 5.
 *
 * Records are all of one size and sorted as bytes, first to last, so that a
 * key is put in front and big-endian. Two records that are equal can't be
 * told apart; both come out. What comes out depends on what was added, and on
 * nothing else: not on the order, nor on the memory.
 *
 *     sorter_new, sorter_add ..., sorter_start, sorter_next ..., sorter_free
 *
 * What fits in `memory` never touches the disk. More goes to one temporary
 * file without a name, and is merged from there. Then the buffers take
 * `memory` again, or 4 KiB for every `memory` bytes added if that is more.
 *
 * After a failure the only call left is sorter_free.
 */
#ifndef SHEAF_SORTER_H
#define SHEAF_SORTER_H

#include "base.h"
#include "sheaf.h"

#define SORTER_RECORD_MAX 256

struct sorter;

/* `record_size` is 1 to SORTER_RECORD_MAX. `tmpdir` is where temporary files
 * go (NULL: TEMP_DIR_DEFAULT); it is copied, and looked at only when needed. */
SHEAF_MUST int sorter_new(struct sorter **out, size_t record_size,
                          size_t memory, const char *tmpdir,
                          struct sheaf_error *err);
/* SHEAF_EIO: the temporary file; its message says so. */
SHEAF_MUST int sorter_add(struct sorter *s, const void *record,
                          struct sheaf_error *err);
uint64_t sorter_count(const struct sorter *s);
SHEAF_MUST int sorter_start(struct sorter *s, struct sheaf_error *err);
/* Copies the next record to `record`, or gives SHEAF_END. */
SHEAF_MUST int sorter_next(struct sorter *s, void *record,
                           struct sheaf_error *err);
void sorter_free(struct sorter *s);

#endif
