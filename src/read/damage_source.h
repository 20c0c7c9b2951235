/*
 * damage_source.h - a file that reads as if nothing in it had moved.
 */
#ifndef SHEAF_READ_DAMAGE_SOURCE_H
#define SHEAF_READ_DAMAGE_SOURCE_H

#include "base/base.h"
#include "sheaf.h"

/* Places from which on bytes are further on in a file than they should be. */
struct moved;

/*
 * Replaces *source by one that reads the same and owns it. Places can be put
 * into it later, also while other threads read. Without this, moved_use does
 * it.
 */
int moved_wrap(struct sheaf_source *source, struct sheaf_error *err);
/* Room for so many places in the file of `source`; none is in use yet. */
int moved_new(struct moved **out, const struct sheaf_source *source,
              size_t most, struct sheaf_error *err);
void moved_free(struct moved *m);
/* From `from` on, which is behind all places before, bytes are `by` bytes
 * further on in the file. In place of missing bytes there are zeros. */
void moved_add(struct moved *m, uint64_t from, int64_t by);
/* How far on bytes are behind the last place. */
int64_t moved_last(const struct moved *m);
/* Reads as if `m` was in use; valid as long as `m`. */
struct sheaf_source moved_source(struct moved *m);
/* *source reads by `m` from now on, and has `size` bytes. Owns `m`, also on
 * failure. It must be the one that `m` was made for, without places so far. */
int moved_use(struct moved *m, struct sheaf_source *source, uint64_t size,
              struct sheaf_error *err);

/* Changes when places are put in use: what was read before is of no use. */
uintptr_t moved_epoch(const struct sheaf_source *source);
/* Reads bytes at an offset of the unchanged file; an errno value if nothing is
 * in use. In a damaged frame, this reads what is before the damage. */
int moved_read_before(const struct sheaf_source *source, uint64_t offset,
                      void *buf, size_t len);
/* The file as it is. */
const struct sheaf_source *moved_raw(const struct sheaf_source *source);

#endif
