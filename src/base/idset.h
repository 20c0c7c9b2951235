/*
 * idset.h - remembers the IDs that came before in this packing.
 *
 * A map from an article's ID to its newest entry, for any number of articles.
 * The newest are in memory, the rest in a temporary file without a name, as
 * sorted runs.
 *
 * The table takes four fifths of `memory`. Each ID in the file costs 11 bits
 * (a Bloom filter and the first key of each page). The last fifth is enough
 * for them until the file has fifteen times as many IDs as the table; beyond
 * that they exceed `memory`. Every 64 runs are merged into one, which needs
 * room for both, in memory (11 bits for each ID) and on the disk (64 bytes).
 *
 * An ID is kept as 111 bits of its BLAKE2b, keyed with random bytes. So nobody
 * can prepare IDs that collide or that fill one part of the table. No output
 * depends on the key.
 *
 * After SHEAF_EIO or SHEAF_ENOMEM the only call left is idset_free.
 */
#ifndef SHEAF_BASE_IDSET_H
#define SHEAF_BASE_IDSET_H

#include "base/base.h"
#include "sheaf.h"

#define IDSET_KEY_BYTES 32
#define IDSET_CONTENT_BYTES 14

struct idset;

struct idset_entry {
    uint32_t rev;
    uint8_t leaf_hash[SHEAF_HASH_BYTES];
    uint8_t content[IDSET_CONTENT_BYTES];
};

/* `tmpdir` is the folder for temporary files (NULL: TEMP_DIR_DEFAULT). It is
 * copied, and used only when a file is needed. Starts the hashes. */
SHEAF_MUST int idset_new(struct idset **out, size_t memory, const char *tmpdir,
                        struct sheaf_error *err);

/* Makes room for so many IDs at once, as far as `memory` allows: growing takes
 * longer. The set is empty, and does without this if there is no memory. */
void idset_expect(struct idset *s, uint64_t count);

/* The random key, valid as long as `s`. `content` in an entry should be
 * BLAKE2b-256 with this key, cut to IDSET_CONTENT_BYTES. */
const uint8_t *idset_key(const struct idset *s);

/* SHEAF_ENOTFOUND: there is no entry; `err` is not changed. */
SHEAF_MUST int idset_get(struct idset *s, struct sheaf_bytes id,
                        struct idset_entry *out, struct sheaf_error *err);
/* Adds or replaces the entry of `id`. */
SHEAF_MUST int idset_put(struct idset *s, struct sheaf_bytes id,
                        const struct idset_entry *entry,
                        struct sheaf_error *err);
/* Does both: `old` is the entry before. SHEAF_ENOTFOUND: there was none, and
 * `entry` is in now. */
SHEAF_MUST int idset_swap(struct idset *s, struct sheaf_bytes id,
                         const struct idset_entry *entry,
                         struct idset_entry *old, struct sheaf_error *err);
void idset_free(struct idset *s);

#endif
