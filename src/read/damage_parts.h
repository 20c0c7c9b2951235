/*
 * damage_parts.h - what was derived from the frames, and scanning for it.
 *
 * A derived part is kept by its key as long as the reader is open, also that it
 * cannot be derived. Pages have the keys of reader_page_key.
 */
#ifndef SHEAF_READ_DAMAGE_PARTS_H
#define SHEAF_READ_DAMAGE_PARTS_H

#include "read/scan.h"

/* Tiles and the roots of slabs have their number with one of these bits. */
#define PART_TILE ((uint64_t)1 << 63)
#define PART_SLAB ((uint64_t)1 << 62)
/* Kinds for reader_page_key beside those of tables. */
#define PART_ROOTS TABLE_KINDS /* of the pages of a block */
#define PART_GROUP (TABLE_KINDS + 1)
#define PART_ROWS (TABLE_KINDS + 2) /* and one for each table */
/* What only a key confirms is not the same without one. */
#define PART_ROWS_SIGNED (PART_ROWS + TABLE_KINDS)
#define PART_REDACTIONS (PART_TILE | PART_SLAB)
#define PART_REDACTIONS_SIGNED (PART_REDACTIONS + 1)

/* The part with this key, or NULL. The caller holds damage_lock. */
const struct rebuilt *part_locked(const struct sheaf_reader *r, uint64_t key);
/* Looks up a derived part. SHEAF_OK: it is in `out`. SHEAF_ECORRUPT, with
 * `why`: it cannot be derived. SHEAF_ENOTFOUND: it was not tried yet. */
int part_find(const struct sheaf_reader *r, uint64_t key,
              struct sheaf_buf *out, const struct sheaf_error *why,
              struct sheaf_error *err);
/* Keeps a part, or that it is gone for good. */
int part_keep(const struct sheaf_reader *r, uint64_t key, bool gone,
              const void *data, size_t len, struct sheaf_error *err);
/* Records that a part cannot be derived. SHEAF_ECORRUPT with `why`, unless
 * memory is short. */
int part_give_up(const struct sheaf_reader *r, uint64_t key,
                 const struct sheaf_error *why, struct sheaf_error *err);

/* In the hashes of the tile that begins with leaf `first`, replaces those of
 * lost leaves by what stands in the file, here and in earlier generations.
 * *found: with these they have the root. */
int damage_find_hashes(const struct sheaf_reader *r, uint64_t first,
                       struct sheaf_buf *hashes, const bool *lost,
                       const uint8_t root[32], bool *found,
                       struct sheaf_error *err);

/* A scan of a range of leaves with a scratch of its own, because the caller
 * is using another one. */
struct stretch_scan {
    struct scan scan;
    struct sheaf_scratch *s;
};

/* Begins at the frame at `offset`, whose first leaf is number `leaf`. Each
 * beginning that returns SHEAF_OK needs its stretch_end. */
int stretch_begin_at(struct stretch_scan *k, const struct sheaf_reader *r,
                     uint64_t offset, uint64_t leaf, uint64_t end,
                     struct sheaf_error *err);
/* Begins at or before leaf number `first`. */
int stretch_begin(struct stretch_scan *k, const struct sheaf_reader *r,
                  uint64_t first, uint64_t end, struct sheaf_error *err);
void stretch_end(struct stretch_scan *k);

#endif
