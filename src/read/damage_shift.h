/*
 * damage_shift.h - a file in which bytes were inserted or lost.
 *
 * Everything after such a place is at another offset than stated. Only the
 * frame that contains it is damaged: when the place is known, offsets after it
 * are corrected, and everything else can be read as usual.
 */
#ifndef SHEAF_READ_DAMAGE_SHIFT_H
#define SHEAF_READ_DAMAGE_SHIFT_H

#include "base/base.h"
#include "sheaf.h"

/*
 * After some place, everything is `by` bytes further on (or back) than it
 * should be. Finds the place, and replaces *source by one that reads as if
 * nothing had moved, which has `size` bytes. It owns the old *source, on
 * success. *at is the place of the damage, as exactly as it can be told.
 * SHEAF_ENOTFOUND: every frame is whole, so nothing was inserted or lost.
 */
int shift_undo(struct sheaf_source *source, int64_t by, uint64_t size,
               uint64_t *at, struct sheaf_error *err);

/* The same place if frames were inserted whole or are missing whole, in
 * damage_place.c. SHEAF_ENOTFOUND: a frame is damaged, or none says where. */
int place_between_frames(const struct sheaf_source *source, int64_t by,
                         uint64_t *out, struct sheaf_error *err);

/* Reads bytes at an offset of the unchanged file, if shift_undo made
 * `source`; an errno value otherwise. In the damaged frame, this reads what
 * is before the damage. */
int shift_read_raw(const struct sheaf_source *source, uint64_t offset,
                   void *buf, size_t len);

#endif
