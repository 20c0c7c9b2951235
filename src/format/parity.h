/*
 * parity.h - parity over a dictionary's payload (format.md F5.3).
 */
#ifndef SHEAF_FORMAT_PARITY_H
#define SHEAF_FORMAT_PARITY_H

#include "base/base.h"
#include "sheaf.h"

#define PARITY_PIECE 4096u
#define PARITY_NOT_FOUND INT32_MAX

/* Appends the PAR frame of a dictionary whose frame is at `offset`. */
bool parity_encode(uint64_t offset, struct sheaf_bytes payload,
                struct sheaf_bytes raw, uint32_t id, struct sheaf_buf *out);

/* The length of the PAR frame for a payload of this length. */
uint64_t parity_bytes(uint32_t payload);

/* Whether this is piece number `index` of the payload, by the sums in its
 * PAR frame. The frame is whole, and its sum was checked. */
bool parity_piece_ok(struct sheaf_bytes frame, uint32_t payload_len,
                     uint32_t index, const uint8_t *piece);
/* Takes those pieces of `from` that are whole and that `payload` has not: where
 * bytes were inserted or lost, not all are at the same distance. */
void parity_take(struct sheaf_bytes frame, uint32_t payload_len,
                 struct sheaf_bytes from, uint8_t *payload);
/* Searches `from` for the pieces that `payload` has not: a sector may have been
 * moved within it, so that what was between stands that much further on or
 * less far. The payload should begin at `at`. `from` begins at `offset` of the
 * file: sectors begin at multiples of 512. Or all of it, or its end, is shifted
 * to where a frame begins or ends: *places is of how many this may be tried,
 * and becomes how many are left. `shifts` are of its first piece and its last
 * one, or PARITY_NOT_FOUND. False: no memory. */
bool parity_search(struct sheaf_bytes frame, uint32_t payload_len,
                   struct sheaf_bytes from, size_t at, uint64_t offset,
                   size_t *places, uint8_t *payload, int32_t shifts[2]);
/* The number of pieces of a payload, and the length of one. */
uint32_t parity_pieces(uint32_t payload_len);
uint32_t parity_piece_length(uint32_t payload_len, uint32_t index);

/* Whether the sum of a PAR frame is right. */
bool parity_is_whole(struct sheaf_bytes frame);

/*
 * Repairs a damaged payload in place with its PAR frame, which is at `offset`.
 * If that is not whole, what it says is tried, and only the payload's own
 * checksum tells whether it was right. SHEAF_ECORRUPT: it cannot be repaired.
 */
int parity_repair(struct sheaf_bytes frame, uint64_t offset, uint8_t *payload,
               uint32_t payload_len, struct sheaf_error *err);

#endif
