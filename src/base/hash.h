/*
 * hash.h - the hashes of the format, and signatures.
 *
 * There are two hashes: BLAKE2b-256 for contents (`b2sum -l 256` checks it),
 * and SHA-256 for the tree, because RFC 9162 and the tools for transparency
 * logs use it.
 *
 * Only hash_start can fail. Call it first, once or more often in a process;
 * any thread may call it.
 */
#ifndef SHEAF_BASE_HASH_H
#define SHEAF_BASE_HASH_H

#include "base/base.h"
#include "sheaf.h"

#define HASH_BYTES SHEAF_HASH_BYTES
#define HASH_CHECK_BYTES 8

int hash_start(struct sheaf_error *err);

/* ---- BLAKE2b-256 --------------------------------------------------------- */

void hash_blake2b(const void *data, size_t len, uint8_t out[HASH_BYTES]);
void hash_blake2b_keyed(const uint8_t key[HASH_BYTES], const void *data,
                        size_t len, uint8_t out[HASH_BYTES]);

/* The first 8 bytes of BLAKE2b-256: detects accidents, not attackers. */
void hash_check64(const void *data, size_t len, uint8_t out[HASH_CHECK_BYTES]);

/* A keyed hash for what stays in this process, never for a file: SipHash-2-4
 * of 128 bits, which takes a third of BLAKE2b's time for a few bytes. Who does
 * not know the key cannot find two inputs with one hash. */
#define HASH_INNER_KEY_BYTES 16
#define HASH_INNER_BYTES 16
void hash_inner(const uint8_t key[HASH_INNER_KEY_BYTES], const void *data,
                size_t len, uint8_t out[HASH_INNER_BYTES]);

/* Hashing in pieces: start, add any number of times, end once. The struct must
 * not be moved or copied between start and end: the state in it needs 64-byte
 * alignment, which is computed from the address of the struct. */
struct hash_blake {
    uint8_t space[384 + 63];
};

void hash_blake_start(struct hash_blake *h);
void hash_blake_start_keyed(struct hash_blake *h,
                            const uint8_t key[HASH_BYTES]);
void hash_blake_add(struct hash_blake *h, const void *data, size_t len);
/* Adds `size` bytes of a source from `offset` on, and appends them to `into`
 * unless that is NULL. */
int hash_blake_add_source(struct hash_blake *h,
                          const struct sheaf_source *source, uint64_t offset,
                          uint64_t size, struct sheaf_buf *into,
                          struct sheaf_error *err);
void hash_blake_end(struct hash_blake *h, uint8_t out[HASH_BYTES]);

/* Random bytes, for keys and salts. */
SHEAF_MUST int hash_random(void *out, size_t len, struct sheaf_error *err);

/* ---- SHA-256 ------------------------------------------------------------- */

void hash_sha256(const void *data, size_t len, uint8_t out[HASH_BYTES]);

/* The same in pieces. */
struct hash_sha {
    uint64_t space[16];
};

void hash_sha_start(struct hash_sha *h);
void hash_sha_add(struct hash_sha *h, const void *data, size_t len);
void hash_sha_end(struct hash_sha *h, uint8_t out[HASH_BYTES]);

/* RFC 9162, 2.1.1: SHA-256 of 00 and the leaf's bytes, or of 01 and the two
 * children. `out` may be one of the children. */
void hash_leaf(const void *data, size_t len, uint8_t out[HASH_BYTES]);
void hash_node(const uint8_t left[HASH_BYTES], const uint8_t right[HASH_BYTES],
               uint8_t out[HASH_BYTES]);

/* ---- Ed25519 ------------------------------------------------------------- */

#define SIGN_PUBLIC_BYTES 32
#define SIGN_SECRET_BYTES 64 /* libsodium's: a seed, then the public key */
#define SIGN_BYTES 64

void hash_sign(const uint8_t secret[SIGN_SECRET_BYTES], const void *data,
               size_t len, uint8_t out[SIGN_BYTES]);
/* False also for keys of small order, and for signatures that are not
 * canonical. */
bool hash_signed(const uint8_t key[SIGN_PUBLIC_BYTES], const void *data,
                 size_t len, const uint8_t sig[SIGN_BYTES]);

#endif
