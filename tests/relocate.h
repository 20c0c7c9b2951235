/*
 * relocate.h - moves the offsets in an archive along with its frames.
 *
 * Offsets are not signed: whoever puts a frame in, or takes one out, can have
 * all others lead where they did.
 */
#ifndef RELOCATE_H
#define RELOCATE_H

#include <stddef.h>
#include <stdint.h>

/*
 * `by` bytes were put in at `at`, or -by bytes taken out there, and `data` is
 * what is there now. Corrects, in place, the offsets of all that is behind: in
 * END, GRP, PAR, REV, MAP, DIR and in a TOP that is whole. Then makes the sums
 * right, as reseal does.
 */
void relocate(uint8_t *data, size_t len, uint64_t at, int64_t by);

#endif
