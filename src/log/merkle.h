/*
 * merkle.h - the tree of RFC 9162, section 2.1, over hashes.
 *
 * Nothing here reads, writes or allocates. A hash is 32 bytes; several are
 * passed end to end. Leaves are numbered from 0. Sizes go up to
 * MERKLE_SIZE_MAX, because other tools keep them in signed integers.
 */
#ifndef SHEAF_LOG_MERKLE_H
#define SHEAF_LOG_MERKLE_H

#include "base/base.h"
#include "base/hash.h"

#define MERKLE_SIZE_MAX ((uint64_t)INT64_MAX)

/* No path or compact range has more hashes than this. */
#define MERKLE_PATH_MAX 64

/* ---- Compact range ------------------------------------------------------- */

/*
 * The first `size` leaves as the roots of the perfect subtrees that they
 * fall into, one for each bit set in `size`: hash[k] covers 2^k leaves, and
 * means nothing where bit k is clear.
 */
struct merkle_range {
    uint64_t size;
    uint8_t hash[MERKLE_PATH_MAX][HASH_BYTES];
};

void merkle_range_init(struct merkle_range *r);

/* Adds the hash of one leaf, or the root of 2^level leaves. The size so far
 * must be a multiple of 2^level, and the new size at most MERKLE_SIZE_MAX. */
void merkle_range_add(struct merkle_range *r, const uint8_t leaf[HASH_BYTES]);
void merkle_range_add_subtree(struct merkle_range *r, unsigned level,
                              const uint8_t root[HASH_BYTES]);

/* The root; for no leaves, SHA-256 of nothing. */
void merkle_range_root(const struct merkle_range *r, uint8_t out[HASH_BYTES]);

/* The root over `n` leaf hashes. */
void merkle_root(const uint8_t *hashes, uint64_t n, uint8_t out[HASH_BYTES]);

/* ---- Making paths -------------------------------------------------------- */

/*
 * Where a path gets its hashes from: the root of the leaves from `start` on,
 * `count` of them. Only perfect subtrees are asked for: `count` is a power
 * of two and `start` a multiple of it. SHEAF_OK, or a code that ends the
 * making of the path and is handed on.
 */
typedef int (*merkle_subtree)(void *arg, uint64_t start, uint64_t count,
                              uint8_t out[HASH_BYTES]);

/* The root of leaves [start, end), at least one; end at most MERKLE_SIZE_MAX.
 * `start` must be a multiple of the largest power of two that is not above
 * end - start, as it is for every node of a tree. */
int merkle_subtree_root(uint64_t start, uint64_t end, merkle_subtree hash_of,
                        void *arg, uint8_t out[HASH_BYTES]);

/* The path from leaf `index` to the root of the first `size` leaves, lowest
 * hash first. SHEAF_EINVAL: index is not below size, or size is too large. On
 * failure *count is unchanged and `out` undefined. */
int merkle_inclusion_path(uint64_t index, uint64_t size,
                          merkle_subtree hash_of, void *arg,
                          uint8_t out[MERKLE_PATH_MAX][HASH_BYTES],
                          size_t *count);

/* The proof that the tree of `m` leaves is the beginning of that of `n`.
 * SHEAF_EINVAL for m == 0 (the empty tree needs no proof) and for m > n. */
int merkle_consistency_path(uint64_t m, uint64_t n, merkle_subtree hash_of,
                            void *arg,
                            uint8_t out[MERKLE_PATH_MAX][HASH_BYTES],
                            size_t *count);

/* ---- Checking paths ------------------------------------------------------ */

/* How many hashes the path has: index below size, 0 < m <= n. */
size_t merkle_inclusion_length(uint64_t index, uint64_t size);
size_t merkle_consistency_length(uint64_t m, uint64_t n);

/* Accepts any values; false for those that have no path. */
bool merkle_check_inclusion(uint64_t index, uint64_t size,
                            const uint8_t leaf[HASH_BYTES],
                            const uint8_t *path, size_t count,
                            const uint8_t root[HASH_BYTES]);
bool merkle_check_consistency(uint64_t m, uint64_t n,
                              const uint8_t root_m[HASH_BYTES],
                              const uint8_t root_n[HASH_BYTES],
                              const uint8_t *path, size_t count);

/* ---- Many leaves at once (proofs.md, F15) -------------------------------- */

/*
 * One path for any number of leaves, at least one, their numbers strictly
 * increasing and below `size`: to compute the root, a stretch without any of
 * them takes the next hash, one leaf alone is its own, and any other is split
 * as RFC 9162 splits it, left first.
 */
size_t merkle_set_length(const uint64_t *leaves, size_t count, uint64_t size);
/* `out` has room for merkle_set_length hashes. */
int merkle_set_path(const uint64_t *leaves, size_t count, uint64_t size,
                    merkle_subtree hash_of, void *arg, uint8_t *out);
/* The root, from `count` leaf hashes and the path. Accepts any values; false
 * for leaves that have no path, or a path of another length. */
bool merkle_set_root(const uint64_t *leaves, const uint8_t *hashes,
                     size_t count, uint64_t size, const uint8_t *path,
                     size_t path_count, uint8_t out[HASH_BYTES]);

#endif
