/*
 * reseal.h - corrects the sums of a changed archive.
 *
 * A wrong checksum would be refused at once. Tests and fuzz targets correct it
 * here, so that the code behind it is reached, and no code in src/ needs to
 * know that it is being tested.
 */
#ifndef RESEAL_H
#define RESEAL_H

#include <stddef.h>
#include <stdint.h>

/*
 * Walk the frames of `data` from its head, as far as they can be told apart,
 * and make right, in place, what only guards against damage: the sums of
 * sheaf frames and of table pages, page roots, the checksums of zstd frames,
 * the sums in PAR, and the hashes of TOP and END in END. Numbers, leaf
 * hashes, roots and signatures are left as they are.
 */
void reseal(uint8_t *data, size_t len);

/* The same, after `edit` was called for each row of each MAP. It may change the
 * 20 bytes that a row has when it is not packed, as far as the widths of the
 * block allow. */
typedef void edit_row(void *arg, uint8_t *row);
void reseal_rows(uint8_t *data, size_t len, edit_row *edit, void *arg);

#endif
