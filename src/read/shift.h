/*
 * shift.h - a file in which bytes were inserted or lost.
 *
 * All that follows such a place lies elsewhere than offsets say. Only the
 * frame that holds it is damaged: once the place is known, offsets behind it
 * are put right, and all else can be read as ever.
 */
#ifndef SHEAF_READ_SHIFT_H
#define SHEAF_READ_SHIFT_H

#include "base/base.h"
#include "sheaf.h"

/*
 * Behind some place everything lies `by` bytes further on (or back) than it
 * should. Finds the place, and puts a source in the place of *source that
 * reads as if nothing had moved; `size` bytes, which is where the last end
 * record says that the file ends. It takes *source over when it succeeds. *at
 * is where the damage is, as far as it can be told. SHEAF_ENOTFOUND if every
 * frame is whole: then nothing was inserted or lost.
 */
int shift_undo(struct sheaf_source *source, int64_t by, uint64_t size,
               uint64_t *at, struct sheaf_error *err);

/* The bytes at an offset of the file as it is, when shift_undo has put in
 * `source`; an errno if it has not, or they are not there. In the frame that
 * is damaged, what lies before the damage is found so. */
int shift_read_raw(const struct sheaf_source *source, uint64_t offset,
                   void *buf, size_t len);

#endif
