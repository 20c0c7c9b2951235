/*
 * minisign.c - key and signature files of minisign, key files of signify.
 *
 * Both kinds of file are a line of comment and a line of base64. What the
 * base64 of a secret key holds:
 *
 *     minisign  "Ed" | "Sc", or 00 00 | "B2" | salt 32 | opslimit 8 LE |
 *               memlimit 8 LE | { ID 8 | seed 32, public 32 | check 32 }
 *     signify   "Ed" | "BK" | rounds 4 BE | salt 16 | check 8 | ID 8 |
 *               seed 32, public 32
 *
 * With "Sc", minisign has what is in braces XORed with scrypt of the
 * passphrase, and check is BLAKE2b-256 of "Ed", ID and the 64 bytes of key;
 * without, check is 0 and not looked at. With 0 rounds, signify's key is in
 * the clear, and check starts SHA-512 of it; with more, it is encrypted with
 * a function that libsodium does not have.
 */
#include "log/minisign.h"

#include <sodium.h>
#include <stdio.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"

#define COMMENT "untrusted comment: "
#define COMMENT_BYTES (sizeof COMMENT - 1)
#define BOM "\xEF\xBB\xBF"
#define BOM_BYTES (sizeof BOM - 1)
#define TRUSTED "trusted comment: "
#define TRUSTED_BYTES (sizeof TRUSTED - 1)
#define TRUSTED_MAX 1024

/* The longest trusted comment that minisign itself accepts. */
#define TRUSTED_READ_MAX 8192

#define ID_BYTES 8
#define SEED_BYTES 32
#define PUBLIC_BYTES 32
#define SECRET_BYTES 64
#define SIG_BYTES KEY_SIG_BYTES

/* "Ed", ID, and a public key or a signature. */
#define PUBLIC_FILE_BYTES (2 + ID_BYTES + PUBLIC_BYTES)
#define SIG_FILE_BYTES (2 + ID_BYTES + SIG_BYTES)

/* Offsets in minisign's secret key. */
#define KDF_AT 2
#define CHECK_ALG_AT 4
#define SALT_AT 6
#define SALT_BYTES 32
#define OPS_AT 38
#define MEM_AT 46
#define LOCKED_AT 54
#define LOCKED_BYTES (ID_BYTES + SECRET_BYTES + HASH_BYTES)
#define MINISIGN_BYTES (LOCKED_AT + LOCKED_BYTES)

/* minisign's own limits; a file that asks for more is not from minisign. */
#define OPS_MAX crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE
#define MEM_MAX crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_SENSITIVE

/* Offsets in signify's secret key. */
#define SIGNIFY_CHECK_AT 24
#define SIGNIFY_CHECK_BYTES 8
#define SIGNIFY_ID_AT 32
#define SIGNIFY_KEY_AT 40
#define SIGNIFY_BYTES (SIGNIFY_KEY_AT + SECRET_BYTES)

_Static_assert(crypto_sign_SEEDBYTES == SEED_BYTES, "Ed25519");
_Static_assert(crypto_sign_SECRETKEYBYTES == SECRET_BYTES, "Ed25519");
_Static_assert(crypto_pwhash_scryptsalsa208sha256_SALTBYTES == SALT_BYTES,
               "scrypt");

static void
put_le64(uint8_t *p, uint64_t v)
{
    put_le32(p, (uint32_t)v);
    put_le32(p + 4, (uint32_t)(v >> 32));
}

/* Replaces the content of `out`. Allocates at most once, before the copy, so
 * that no secret stays in memory that was freed. */
static int
emit(struct sheaf_buf *out, const char *text, size_t len,
     struct sheaf_error *err)
{
    if (!buf_reserve(out, len))
        return fail_nomem(err);
    out->len = 0;
    (void)buf_add(out, text, len);
    return SHEAF_OK;
}

static bool
starts(struct sheaf_bytes line, const char *what, size_t len)
{
    return line.len >= len && memcmp(line.data, what, len) == 0;
}

/* The bytes of a key file, with or without the comment. */
static bool
read_file(struct sheaf_bytes text, uint8_t *out, size_t cap, size_t *out_len)
{
    if (starts(text, BOM, BOM_BYTES)) /* as Notepad writes it */
        text = sheaf_view(text.data + BOM_BYTES, text.len - BOM_BYTES);
    if (starts(text, COMMENT, COMMENT_BYTES)) {
        const uint8_t *end = memchr(text.data, '\n', text.len);

        if (end == NULL)
            return false;
        text.len -= (size_t)(end + 1 - text.data);
        text.data = end + 1;
    }
    if (text.len > 0 && text.data[text.len - 1] == '\n')
        text.len--;
    if (text.len > 0 && text.data[text.len - 1] == '\r')
        text.len--;
    return text.len > 0 &&
           base64_decode(text.data, text.len, out, cap, out_len);
}

/* ---- Public keys --------------------------------------------------------- */

int
sheaf_public_key_parse(struct sheaf_bytes text, struct sheaf_public_key *out,
                       struct sheaf_error *err)
{
    uint8_t raw[PUBLIC_FILE_BYTES];
    size_t raw_len;

    if (!read_file(text, raw, sizeof raw, &raw_len) ||
        raw_len != sizeof raw || memcmp(raw, "Ed", 2) != 0)
        return fail(err, SHEAF_EINVAL, "not a minisign public key");
    memcpy(out->id, raw + 2, ID_BYTES);
    memcpy(out->key, raw + 2 + ID_BYTES, PUBLIC_BYTES);
    return SHEAF_OK;
}

int
sheaf_public_key_format(const struct sheaf_public_key *key,
                        struct sheaf_buf *out, struct sheaf_error *err)
{
    uint8_t raw[PUBLIC_FILE_BYTES] = { 'E', 'd' };
    char base64[BASE64_SIZE(sizeof raw)];
    char text[128 + sizeof base64];
    int len;

    memcpy(raw + 2, key->id, ID_BYTES);
    memcpy(raw + 2 + ID_BYTES, key->key, PUBLIC_BYTES);
    base64_encode(raw, sizeof raw, base64);
    len = snprintf(text, sizeof text, COMMENT "minisign public key %016llX\n"
                   "%s\n", (unsigned long long)get_le64(key->id), base64);
    assert(len > 0 && (size_t)len < sizeof text);
    return emit(out, text, (size_t)len, err);
}

/* ---- Secret keys --------------------------------------------------------- */

/* XORs with scrypt's stream, which locks and unlocks. scrypt gets its memory
 * from libsodium and not from mem.h. */
static int
toggle_lock(uint8_t locked[LOCKED_BYTES], const uint8_t salt[SALT_BYTES],
            uint64_t ops, uint64_t mem, struct sheaf_bytes passphrase,
            struct sheaf_error *err)
{
    uint8_t stream[LOCKED_BYTES];

    if (crypto_pwhash_scryptsalsa208sha256(stream, sizeof stream,
                                           (const char *)passphrase.data,
                                           passphrase.len, salt, ops,
                                           (size_t)mem) != 0)
        return fail(err, SHEAF_ENOMEM,
                    "out of memory for the key's passphrase");
    for (size_t i = 0; i < sizeof stream; i++)
        locked[i] ^= stream[i];
    sodium_memzero(stream, sizeof stream);
    return SHEAF_OK;
}

/* minisign's check over ID and key, as they are before locking. */
static void
minisign_check(const uint8_t plain[ID_BYTES + SECRET_BYTES],
               uint8_t out[HASH_BYTES])
{
    uint8_t bytes[2 + ID_BYTES + SECRET_BYTES] = { 'E', 'd' };

    memcpy(bytes + 2, plain, ID_BYTES + SECRET_BYTES);
    hash_blake2b(bytes, sizeof bytes, out);
    sodium_memzero(bytes, sizeof bytes);
}

static bool
minisign_encrypted(const uint8_t *raw, size_t len)
{
    return len == MINISIGN_BYTES && memcmp(raw + KDF_AT, "Sc", 2) == 0;
}

static int
read_minisign(uint8_t raw[MINISIGN_BYTES], struct sheaf_bytes passphrase,
              struct sheaf_secret_key *out, struct sheaf_error *err)
{
    uint8_t *locked = raw + LOCKED_AT;
    uint8_t check[HASH_BYTES];
    uint64_t ops = get_le64(raw + OPS_AT);
    uint64_t mem = get_le64(raw + MEM_AT);
    int rc;

    if (memcmp(raw + CHECK_ALG_AT, "B2", 2) != 0)
        return fail(err, SHEAF_EINVAL, "not a minisign secret key");
    if (minisign_encrypted(raw, MINISIGN_BYTES)) {
        if (passphrase.data == NULL)
            return fail(err, SHEAF_EINVAL,
                        "the secret key needs a passphrase");
        if (ops > OPS_MAX || mem > MEM_MAX)
            return fail(err, SHEAF_ELIMIT,
                        "the secret key asks for more than 1 GiB of memory, "
                        "or more time than minisign's");
        rc = toggle_lock(locked, raw + SALT_AT, ops, mem, passphrase, err);
        if (rc != SHEAF_OK)
            return rc;
        minisign_check(locked, check);
        if (sodium_memcmp(check, locked + ID_BYTES + SECRET_BYTES,
                          sizeof check) != 0)
            return fail_verify(err, NO_OFFSET, "",
                               "wrong passphrase for the secret key");
    } else if (memcmp(raw + KDF_AT, "\0\0", 2) != 0) {
        return fail(err, SHEAF_EINVAL, "not a minisign secret key");
    }
    memcpy(out->id, locked, ID_BYTES);
    memcpy(out->key, locked + ID_BYTES, SECRET_BYTES);
    return SHEAF_OK;
}

static int
read_signify(const uint8_t raw[SIGNIFY_BYTES], struct sheaf_secret_key *out,
             struct sheaf_error *err)
{
    uint8_t check[crypto_hash_sha512_BYTES];

    if (memcmp(raw + 2, "BK", 2) != 0)
        return fail(err, SHEAF_EINVAL, "not a signify secret key");
    if (get_be(raw + 4, 4) != 0)
        return fail(err, SHEAF_EINVAL,
                    "a signify key with a passphrase can't be read, only one "
                    "made with signify -n");
    (void)crypto_hash_sha512(check, raw + SIGNIFY_KEY_AT, SECRET_BYTES);
    if (sodium_memcmp(check, raw + SIGNIFY_CHECK_AT, SIGNIFY_CHECK_BYTES) != 0)
        return fail(err, SHEAF_EINVAL, "the secret key is damaged");
    memcpy(out->id, raw + SIGNIFY_ID_AT, ID_BYTES);
    memcpy(out->key, raw + SIGNIFY_KEY_AT, SECRET_BYTES);
    return SHEAF_OK;
}

/* Checks that the public half belongs to the seed. One signature made with
 * another public half would give the secret away, and no checksum guards a key
 * without a passphrase. */
static bool
halves_match(const uint8_t key[SECRET_BYTES])
{
    uint8_t pub[PUBLIC_BYTES];
    uint8_t again[SECRET_BYTES];
    bool match;

    (void)crypto_sign_seed_keypair(pub, again, key);
    match = sodium_memcmp(again, key, sizeof again) == 0;
    sodium_memzero(again, sizeof again);
    return match;
}

int
sheaf_secret_key_encrypted(struct sheaf_bytes text)
{
    uint8_t raw[MINISIGN_BYTES];
    size_t raw_len;
    int encrypted;

    encrypted = read_file(text, raw, sizeof raw, &raw_len) &&
                minisign_encrypted(raw, raw_len);
    sodium_memzero(raw, sizeof raw);
    return encrypted;
}

int
sheaf_secret_key_parse(struct sheaf_bytes text, struct sheaf_bytes passphrase,
                       struct sheaf_secret_key *out, struct sheaf_error *err)
{
    uint8_t raw[MINISIGN_BYTES] = { 0 };
    struct sheaf_secret_key key;
    size_t raw_len;
    int rc;

    rc = hash_start(err);
    if (rc != SHEAF_OK)
        return rc;
    if (!read_file(text, raw, sizeof raw, &raw_len) ||
        memcmp(raw, "Ed", 2) != 0)
        raw_len = 0;
    if (raw_len == MINISIGN_BYTES)
        rc = read_minisign(raw, passphrase, &key, err);
    else if (raw_len == SIGNIFY_BYTES)
        rc = read_signify(raw, &key, err);
    else
        rc = fail(err, SHEAF_EINVAL, "not a minisign secret key");
    if (rc != SHEAF_OK)
        goto out;
    if (!halves_match(key.key)) {
        rc = fail(err, SHEAF_EINVAL, "the secret key is damaged");
        goto out;
    }

    *out = key;

out:
    sodium_memzero(&key, sizeof key);
    sodium_memzero(raw, sizeof raw);
    return rc;
}

int
sheaf_secret_key_format(const struct sheaf_secret_key *key,
                        struct sheaf_bytes passphrase, struct sheaf_buf *out,
                        struct sheaf_error *err)
{
    uint8_t raw[MINISIGN_BYTES] = { 'E', 'd', 0, 0, 'B', '2' };
    uint8_t *locked = raw + LOCKED_AT;
    char base64[BASE64_SIZE(sizeof raw)];
    char text[128 + sizeof base64] = "";
    int len;
    int rc;

    rc = hash_start(err);
    if (rc != SHEAF_OK)
        return rc;
    memcpy(locked, key->id, ID_BYTES);
    memcpy(locked + ID_BYTES, key->key, SECRET_BYTES);
    if (passphrase.data != NULL) {
        memcpy(raw + KDF_AT, "Sc", 2);
        rc = hash_random(raw + SALT_AT, SALT_BYTES, err);
        if (rc != SHEAF_OK)
            goto out;
        put_le64(raw + OPS_AT, OPS_MAX);
        put_le64(raw + MEM_AT, MEM_MAX);
        minisign_check(locked, locked + ID_BYTES + SECRET_BYTES);
        rc = toggle_lock(locked, raw + SALT_AT, OPS_MAX, MEM_MAX, passphrase,
                         err);
        if (rc != SHEAF_OK)
            goto out;
    }
    base64_encode(raw, sizeof raw, base64);
    len = snprintf(text, sizeof text, COMMENT "minisign %ssecret key\n%s\n",
                   passphrase.data != NULL ? "encrypted " : "", base64);
    assert(len > 0 && (size_t)len < sizeof text);
    rc = emit(out, text, (size_t)len, err);

out:
    sodium_memzero(raw, sizeof raw);
    sodium_memzero(base64, sizeof base64);
    sodium_memzero(text, sizeof text);
    return rc;
}

int
sheaf_keygen(struct sheaf_secret_key *secret, struct sheaf_public_key *pub,
             struct sheaf_error *err)
{
    uint8_t seed[crypto_sign_SEEDBYTES];
    int rc = hash_start(err);

    if (rc == SHEAF_OK)
        rc = hash_random(secret->id, ID_BYTES, err);
    if (rc == SHEAF_OK)
        rc = hash_random(seed, sizeof seed, err);
    if (rc != SHEAF_OK)
        return rc;
    (void)crypto_sign_seed_keypair(pub->key, secret->key, seed);
    sodium_memzero(seed, sizeof seed);
    memcpy(pub->id, secret->id, ID_BYTES);
    return SHEAF_OK;
}

void
sheaf_secret_key_wipe(struct sheaf_secret_key *key)
{
    sodium_memzero(key, sizeof *key);
}

/* ---- Signature files ----------------------------------------------------- */

static bool
comment_ok(const char *comment, size_t len)
{
    if (len > TRUSTED_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (comment[i] != '\t' && (comment[i] < 0x20 || comment[i] > 0x7E))
            return false;
    }
    return true;
}

int
sheaf_minisig(const struct sheaf_secret_key *key, struct sheaf_bytes text,
              const char *comment, struct sheaf_buf *out,
              struct sheaf_error *err)
{
    uint8_t raw[SIG_FILE_BYTES] = { 'E', 'd' };
    uint8_t *sig = raw + 2 + ID_BYTES;
    uint8_t both[SIG_BYTES + TRUSTED_MAX];
    uint8_t global[SIG_BYTES];
    char raw64[BASE64_SIZE(sizeof raw)];
    char global64[BASE64_SIZE(sizeof global)];
    char file[128 + TRUSTED_MAX + sizeof raw64 + sizeof global64];
    size_t comment_len = strlen(comment);
    int file_len;
    int rc;

    rc = hash_start(err);
    if (rc != SHEAF_OK)
        return rc;
    if (!comment_ok(comment, comment_len))
        return fail(err, SHEAF_EINVAL,
                    "a trusted comment is at most %d bytes of printable ASCII",
                    TRUSTED_MAX);
    memcpy(raw + 2, key->id, ID_BYTES);
    (void)crypto_sign_detached(sig, NULL, text.data, text.len, key->key);
    /* The second signature binds the comment to the first. */
    memcpy(both, sig, SIG_BYTES);
    memcpy(both + SIG_BYTES, comment, comment_len);
    (void)crypto_sign_detached(global, NULL, both, SIG_BYTES + comment_len,
                               key->key);
    base64_encode(raw, sizeof raw, raw64);
    base64_encode(global, sizeof global, global64);
    file_len = snprintf(file, sizeof file,
                        COMMENT "signature from a sheaf key\n%s\n"
                        TRUSTED "%s\n%s\n", raw64, comment, global64);
    assert(file_len > 0 && (size_t)file_len < sizeof file);
    return emit(out, file, (size_t)file_len, err);
}

/* The next line, without its end; false after the last. */
static bool
take_line(struct cursor *c, struct sheaf_bytes *line)
{
    line->data = cursor_line(c, &line->len);
    if (line->data == NULL)
        return false;
    if (line->len > 0 && line->data[line->len - 1] == '\r')
        line->len--;
    return true;
}

/* The two lines that minisign has and signify has not: a comment, and the
 * signature that binds it to the first signature. */
static bool
trusted_ok(struct cursor *c, const uint8_t sig[SIG_BYTES],
           const struct sheaf_public_key *key)
{
    uint8_t both[SIG_BYTES + TRUSTED_READ_MAX];
    uint8_t global[SIG_BYTES];
    struct sheaf_bytes comment, line;
    size_t len;

    if (!take_line(c, &comment) || !take_line(c, &line) || !cursor_done(c) ||
        !starts(comment, TRUSTED, TRUSTED_BYTES) ||
        comment.len - TRUSTED_BYTES > TRUSTED_READ_MAX ||
        !base64_decode(line.data, line.len, global, sizeof global, &len) ||
        len != sizeof global)
        return false;
    len = comment.len - TRUSTED_BYTES;
    memcpy(both, sig, SIG_BYTES);
    memcpy(both + SIG_BYTES, comment.data + TRUSTED_BYTES, len);
    return crypto_sign_verify_detached(global, both, SIG_BYTES + len,
                                       key->key) == 0;
}

int
minisign_read_signature(struct sheaf_bytes file,
                        const struct sheaf_public_key *key,
                   struct sheaf_bytes text, uint8_t sig[KEY_SIG_BYTES],
                   struct sheaf_error *err)
{
    struct cursor c = cursor_over(file.data, file.len);
    uint8_t raw[SIG_FILE_BYTES];
    struct sheaf_bytes line;
    size_t len;

    if (!take_line(&c, &line) || !starts(line, COMMENT, COMMENT_BYTES) ||
        !take_line(&c, &line) ||
        !base64_decode(line.data, line.len, raw, sizeof raw, &len) ||
        len != sizeof raw || raw[0] != 'E' ||
        (raw[1] != 'd' && raw[1] != 'D'))
        return fail(err, SHEAF_EINVAL,
                    "neither a note nor a signature of minisign or signify");
    if (raw[1] == 'D')
        return fail(err, SHEAF_EINVAL,
                    "a signature over a hash of the checkpoint can't go into "
                    "a note: sign its text with minisign -S -l");
    if (memcmp(raw + 2, key->id, ID_BYTES) != 0)
        return fail_verify(err, NO_OFFSET, "F9.7",
                           "signed with key %016llX, not %016llX",
                           (unsigned long long)get_le64(raw + 2),
                           (unsigned long long)get_le64(key->id));
    if (crypto_sign_verify_detached(raw + 2 + ID_BYTES, text.data, text.len,
                                    key->key) != 0)
        return fail_verify(err, NO_OFFSET, "F9.8",
                           "the signature is not one of this checkpoint");
    if (!cursor_done(&c) && !trusted_ok(&c, raw + 2 + ID_BYTES, key))
        return fail_verify(err, NO_OFFSET, "F9.8",
                           "the signature file's trusted comment is not "
                           "signed");

    memcpy(sig, raw + 2 + ID_BYTES, SIG_BYTES);
    return SHEAF_OK;
}
