/*
 * hash.c - the hashes of the format, and signatures.
 *
 * They are libsodium's. SHA-256 is that of libcrypto where the build has it:
 * it uses the instructions of the processor for that.
 */
#include "base/hash.h"

#include <errno.h>
#ifdef SHEAF_LIBCRYPTO
#define OPENSSL_SUPPRESS_DEPRECATED /* what is new takes longer to start */
#include <openssl/sha.h>
#endif
#include <sodium.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/mem.h"

_Static_assert(crypto_generichash_BYTES == HASH_BYTES, "BLAKE2b-256");
_Static_assert(crypto_hash_sha256_BYTES == HASH_BYTES, "SHA-256");
_Static_assert(crypto_shorthash_siphashx24_BYTES == HASH_INNER_BYTES &&
                   crypto_shorthash_siphashx24_KEYBYTES ==
                       HASH_INNER_KEY_BYTES,
               "SipHash-2-4 of 128 bits");
_Static_assert(sizeof(crypto_generichash_state) <= 384 &&
                   _Alignof(crypto_generichash_state) <= 64,
               "struct hash_blake has room for the state");

/* The most that getentropy gives at once. */
#define GETENTROPY_MAX 256
/* How much of a source is held in memory at once. */
#define SOURCE_CHUNK ((size_t)1 << 17)

int
hash_start(struct sheaf_error *err)
{
    static atomic_bool started;
    uint8_t probe[1];
    int rc;

    if (atomic_load(&started))
        return SHEAF_OK;
    /* sodium_init ends the process when there are no random bytes. */
    rc = hash_random(probe, sizeof probe, err);
    if (rc != SHEAF_OK)
        return rc;
    if (sodium_init() < 0)
        return fail(err, SHEAF_EUNSUPPORTED, "libsodium can't be started");
    atomic_store(&started, true);
    return SHEAF_OK;
}

void
hash_blake2b(const void *data, size_t len, uint8_t out[HASH_BYTES])
{
    (void)crypto_generichash(out, HASH_BYTES, data, len, NULL, 0);
}

void
hash_blake2b_keyed(const uint8_t key[HASH_BYTES], const void *data, size_t len,
                   uint8_t out[HASH_BYTES])
{
    (void)crypto_generichash(out, HASH_BYTES, data, len, key, HASH_BYTES);
}

void
hash_check64(const void *data, size_t len, uint8_t out[HASH_CHECK_BYTES])
{
    uint8_t whole[HASH_BYTES];

    hash_blake2b(data, len, whole);
    memcpy(out, whole, HASH_CHECK_BYTES);
}

void
hash_inner(const uint8_t key[HASH_INNER_KEY_BYTES], const void *data,
           size_t len, uint8_t out[HASH_INNER_BYTES])
{
    (void)crypto_shorthash_siphashx24(out, data, len, key);
}

/* The first place in the struct that is aligned for the state. */
static crypto_generichash_state *
ledger_of(struct hash_blake *h)
{
    size_t past = (uintptr_t)h->space & 63;

    return (void *)(h->space + (past != 0 ? 64 - past : 0));
}

void
hash_blake_start(struct hash_blake *h)
{
    (void)crypto_generichash_init(ledger_of(h), NULL, 0, HASH_BYTES);
}

void
hash_blake_start_keyed(struct hash_blake *h, const uint8_t key[HASH_BYTES])
{
    (void)crypto_generichash_init(ledger_of(h), key, HASH_BYTES, HASH_BYTES);
}

void
hash_blake_add(struct hash_blake *h, const void *data, size_t len)
{
    (void)crypto_generichash_update(ledger_of(h), data, len);
}

int
hash_blake_add_source(struct hash_blake *h, const struct sheaf_source *source,
                      uint64_t offset, uint64_t size, struct sheaf_buf *into,
                      struct sheaf_error *err)
{
    uint8_t *chunk = mem_new(SOURCE_CHUNK, 1);
    int rc = chunk != NULL ? SHEAF_OK : fail_nomem(err);

    for (uint64_t at = 0; rc == SHEAF_OK && at < size;) {
        size_t n = (size_t)min_u64(SOURCE_CHUNK, size - at);
        int sys = source->ops->read_at(source->ctx, offset + at, chunk, n);

        if (sys != 0)
            rc = fail_io(err, sys, "reading an article");
        else if (into != NULL && !buf_add(into, chunk, n))
            rc = fail_nomem(err);
        else
            hash_blake_add(h, chunk, n);
        at += n;
    }
    mem_free(chunk);
    return rc;
}

void
hash_blake_end(struct hash_blake *h, uint8_t out[HASH_BYTES])
{
    (void)crypto_generichash_final(ledger_of(h), out, HASH_BYTES);
}

/* ---- SHA-256 ------------------------------------------------------------ */

#ifdef SHEAF_LIBCRYPTO

typedef SHA256_CTX sha256;

static void
sha256_start(sha256 *s)
{
    (void)SHA256_Init(s);
}

static void
sha256_add(sha256 *s, const void *data, size_t len)
{
    (void)SHA256_Update(s, data, len);
}

static void
sha256_end(sha256 *s, uint8_t out[HASH_BYTES])
{
    (void)SHA256_Final(out, s);
}

/* Up to this many bytes, and the padding, are four blocks. */
#define SHORT_MAX (256 - 9)

/* A short message in two parts. libcrypto is faster with blocks that lie
 * together than one by one, and its way of ending a hash takes as long as a
 * block. */
static void
sha256_short(const uint8_t *head, size_t head_len, const uint8_t *data,
             size_t len, uint8_t out[HASH_BYTES])
{
    uint8_t blocks[256];
    size_t all = head_len + len;
    size_t end = (all + 9 + 63) / 64 * 64;
    sha256 s;

    memcpy(blocks, head, head_len);
    if (len != 0)
        memcpy(blocks + head_len, data, len);
    memset(blocks + all, 0, end - all);
    blocks[all] = 0x80;
    put_be(blocks + end - 8, (uint64_t)all * 8, 8);
    (void)SHA256_Init(&s);
    (void)SHA256_Update(&s, blocks, end);
    for (size_t i = 0; i < 8; i++, out += 4) {
        out[0] = (uint8_t)(s.h[i] >> 24);
        out[1] = (uint8_t)(s.h[i] >> 16);
        out[2] = (uint8_t)(s.h[i] >> 8);
        out[3] = (uint8_t)s.h[i];
    }
}

#else

typedef crypto_hash_sha256_state sha256;

static void
sha256_start(sha256 *s)
{
    (void)crypto_hash_sha256_init(s);
}

static void
sha256_add(sha256 *s, const void *data, size_t len)
{
    (void)crypto_hash_sha256_update(s, data, len);
}

static void
sha256_end(sha256 *s, uint8_t out[HASH_BYTES])
{
    (void)crypto_hash_sha256_final(s, out);
}

#define SHORT_MAX (256 - 9)

static void
sha256_short(const uint8_t *head, size_t head_len, const uint8_t *data,
             size_t len, uint8_t out[HASH_BYTES])
{
    sha256 s;

    sha256_start(&s);
    sha256_add(&s, head, head_len);
    sha256_add(&s, data, len);
    sha256_end(&s, out);
}

#endif

_Static_assert(sizeof(sha256) <= sizeof(struct hash_sha),
               "struct hash_sha has room for the state");

void
hash_sha_start(struct hash_sha *h)
{
    sha256_start((sha256 *)(void *)h->space);
}

void
hash_sha_add(struct hash_sha *h, const void *data, size_t len)
{
    sha256_add((sha256 *)(void *)h->space, data, len);
}

void
hash_sha_end(struct hash_sha *h, uint8_t out[HASH_BYTES])
{
    sha256_end((sha256 *)(void *)h->space, out);
}

void
hash_sha256(const void *data, size_t len, uint8_t out[HASH_BYTES])
{
    sha256 s;

    sha256_start(&s);
    sha256_add(&s, data, len);
    sha256_end(&s, out);
}

void
hash_leaf(const void *data, size_t len, uint8_t out[HASH_BYTES])
{
    static const uint8_t mark = 0;
    sha256 s;

    if (len < SHORT_MAX) {
        sha256_short(&mark, 1, data, len, out);
        return;
    }
    sha256_start(&s);
    sha256_add(&s, &mark, 1);
    sha256_add(&s, data, len);
    sha256_end(&s, out);
}

void
hash_node(const uint8_t left[HASH_BYTES], const uint8_t right[HASH_BYTES],
          uint8_t out[HASH_BYTES])
{
    uint8_t head[1 + HASH_BYTES];

    head[0] = 1;
    memcpy(head + 1, left, HASH_BYTES);
    sha256_short(head, sizeof head, right, HASH_BYTES, out);
}

/* ---- Ed25519 ------------------------------------------------------------ */

void
hash_sign(const uint8_t secret[SIGN_SECRET_BYTES], const void *data,
          size_t len, uint8_t out[SIGN_BYTES])
{
    (void)crypto_sign_detached(out, NULL, data, len, secret);
}

bool
hash_signed(const uint8_t key[SIGN_PUBLIC_BYTES], const void *data,
            size_t len, const uint8_t sig[SIGN_BYTES])
{
    return crypto_sign_verify_detached(sig, data, len, key) == 0;
}

/* ---- Random bytes ------------------------------------------------------- */

/* libsodium's own function ends the process when the system has no random
 * bytes. */
int
hash_random(void *out, size_t len, struct sheaf_error *err)
{
    uint8_t *at = out;

    while (len != 0) {
        size_t n = len < GETENTROPY_MAX ? len : GETENTROPY_MAX;

        if (getentropy(at, n) != 0)
            return fail_io(err, errno, "no random bytes from the system");
        at += n;
        len -= n;
    }
    return SHEAF_OK;
}
