/*
 * world.h - the leaves of a small archive, without the archive: material for
 * proofs, right or wrong in any way. Everything about it is fixed.
 */
#ifndef WORLD_H
#define WORLD_H

#include "proof/proof.h"
#include "format/table.h"

#define WORLD_LEAVES 9
#define WORLD_ARTICLES 6
#define WORLD_ROWS 7
#define WORLD_OLD_SIZE 5
#define WORLD_ORIGIN "example.org/proofs"

/* Leaves: 0 one/1, 1 two/1, 2 two/2, 3 salted/1, 4 gone/1, 5 three/1; then
 * 6 the redaction of 4, 7 a key change, 8 the seal. */
struct world {
    struct sheaf_secret_key old_key; /* signs up to leaf 6 */
    struct sheaf_secret_key new_key; /* signs from leaf 7 on */
    struct sheaf_secret_key other;   /* never signs anything */
    const char *ids[WORLD_ARTICLES];
    const char *bodies[WORLD_ARTICLES];
    struct sheaf_buf lines[WORLD_ARTICLES];
    struct sheaf_buf records[WORLD_LEAVES];
    uint8_t hashes[WORLD_LEAVES][HASH_BYTES];
    uint8_t rows[WORLD_ROWS][TABLE_ENTRY_SIZE];
    struct sheaf_buf key_change; /* its part */
    struct sheaf_buf seal;       /* its part */
    struct sheaf_buf note;
    struct sheaf_buf old_note;   /* of WORLD_OLD_SIZE leaves */
};

void world_make(struct world *w);
void world_free(struct world *w);

/* Sign a checkpoint of the first `size` leaves. */
void world_sign(const struct world *w, uint64_t size,
                const struct sheaf_secret_key *key, struct sheaf_buf *out);

/* A tlog-proof of one leaf. */
void world_one(const struct world *w, uint64_t leaf, struct sheaf_buf *out);

/* Which rows: from `first` on, `count`; and what a proof is put together
 * from. proof_free frees it; the bytes of paths are in `bytes`. */
struct world_rows {
    uint64_t first;
    size_t count;
};
void world_many(const struct world *w, const uint64_t *leaves, size_t count,
                bool seal, const struct world_rows *rows, size_t rows_count,
                struct proof *out);
/* The same for an ID and its rows, as `prove --newest` has it. */
void world_standing(const struct world *w, const char *id, struct proof *out);

void world_history(const struct world *w, uint64_t old_size,
                   struct sheaf_buf *out);

#endif
