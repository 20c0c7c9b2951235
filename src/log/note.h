/*
 * note.h - the signed checkpoint: a C2SP signed note.
 *
 * A checkpoint states origin, size and root of a tree; a note is a checkpoint
 * with signatures below. It reads as follows, where the long dash is U+2014:
 *
 *     news.example/archive
 *     1000
 *     qtTVNWHDQoRtAnqWGHPQ6SzOGkz3Fq8EWmuAnoZ5L0g=
 *
 *     (dash) news.example/archive gakrMYezrIC2nVkj...
 *     (dash) witness.example/w1 BxfbngAAAABlU/EA...
 *
 * The rules are tighter than those of C2SP's signed-note v1.0.0 and
 * tlog-checkpoint v1.0.0, so that all tools that read these agree on what a
 * note says:
 *
 *   F9.1  at most 65,536 bytes, UTF-8 without control characters (U+0000 to
 *         U+001F, U+007F to U+009F) but for the newline, which is the last
 *         byte; three lines, an empty line, and lines with signatures
 *   F9.2  line 1, the origin: 1 to 255 of A-Z a-z 0-9 . _ / ~ -, and not
 *         beginning with "cosignature/"
 *   F9.3  line 2, the size: decimal, no leading zero, at most 2^63 - 1
 *   F9.4  line 3, the root: base64 of 32 bytes
 *   F9.5  each further line: U+2014, space, key name, space, base64 of key ID
 *         (4 bytes) and signature (at least 1 byte). The name has 1 to 255
 *         bytes, none a '+', and no white space
 *   F9.6  the first signature is the log's: named as the origin. At most 15
 *         follow, none of that name, no name and key ID twice
 *   F9.7  the log's key ID is that of its name, algorithm 1 and public key:
 *         first 4 bytes of SHA-256(name, 0A, 01, key)
 *   F9.8  the log's signature is Ed25519, 64 bytes, over the three lines
 *   F9.11 a cosigner's key ID is that of name, algorithm 4 and public key;
 *         after it stand the time, 8 bytes, seconds since 1970, at most
 *         2^63 - 1, and 64 bytes of signature
 *   F9.12 a cosigner's signature is Ed25519, over "cosignature/v1", a newline,
 *         "time ", the time in decimal, a newline, and the three lines
 *
 * Lines of keys that nobody knows, and of algorithms that are not read here,
 * such as 6 (ML-DSA-44), are well-formed lines and nothing more: they are
 * kept.
 *
 * Base64 is RFC 4648, section 4, padded, and only in the form in which it is
 * written: no bits after the last byte. F9.1 to F9.6 are note_parse's, and
 * SHEAF_ECORRUPT (too many bytes or signatures: SHEAF_ELIMIT); F9.7 and F9.8
 * are note_verify's, and SHEAF_EVERIFY; F9.11 (SHEAF_ECORRUPT) and F9.12
 * (SHEAF_EVERIFY) are note_cosigned's.
 */
#ifndef SHEAF_LOG_NOTE_H
#define SHEAF_LOG_NOTE_H

#include "base/base.h"
#include "base/base64.h"
#include "base/hash.h"
#include "sheaf.h"

#define NOTE_MAX 65536
#define NOTE_SIGS_MAX 16
#define NOTE_ORIGIN_MAX 255
#define NOTE_KEY_ID_BYTES 4
#define NOTE_SIG_BYTES 64

/* Origin, 19 digits, root, three newlines, and a NUL. */
#define CHECKPOINT_TEXT_SIZE                                                  \
    (NOTE_ORIGIN_MAX + 19 + BASE64_LEN(HASH_BYTES) + 3 + 1)

/* A line with a cosignature: dash, name, base64, two spaces, newline. */
#define NOTE_COSIG_BYTES (NOTE_KEY_ID_BYTES + 8 + NOTE_SIG_BYTES)
#define NOTE_COSIG_LINE_SIZE                                                  \
    (3 + 1 + NOTE_ORIGIN_MAX + 1 + BASE64_LEN(NOTE_COSIG_BYTES) + 1)

enum note_alg {
    NOTE_ED25519 = 0x01,     /* a log's */
    NOTE_COSIGNATURE = 0x04, /* a witness's: cosignature/v1, Ed25519 */
    NOTE_ML_DSA_44 = 0x06    /* a witness's, not read here */
};

/* A key with the name that it signs under. */
struct note_key {
    struct sheaf_bytes name;
    uint8_t alg; /* enum note_alg, or another */
    uint8_t id[NOTE_KEY_ID_BYTES];
    uint8_t key[32]; /* Ed25519's; zeros for algorithms that aren't */
};

struct checkpoint {
    char origin[NOTE_ORIGIN_MAX + 1];
    uint64_t size;
    uint8_t root[HASH_BYTES];
};

/* One signature line. `base64` is the key ID and the signature after it. It is
 * well formed; base64_decode gives its bytes. */
struct note_sig {
    struct sheaf_bytes name;
    struct sheaf_bytes base64;
    uint8_t key_id[NOTE_KEY_ID_BYTES];
};

/* The views are of the parsed bytes. */
struct note {
    struct checkpoint checkpoint;
    struct sheaf_bytes text;         /* the three lines: what is signed */
    uint8_t log_sig[NOTE_SIG_BYTES]; /* of sigs[0], if that is as long ... */
    bool ed25519;                    /* ... which this says */
    size_t sig_count;                /* 1 to NOTE_SIGS_MAX */
    struct note_sig sigs[NOTE_SIGS_MAX];
};

/* The rule of F9.2. */
bool note_origin_ok(const char *origin, size_t len);

/* The text of a note, followed by a NUL that *len does not count.
 * SHEAF_EINVAL: F9.2 or F9.3 forbids the origin or the size. */
int checkpoint_text(const struct checkpoint *c,
                    char out[CHECKPOINT_TEXT_SIZE], size_t *len,
                    struct sheaf_error *err);

/* Parses three lines and nothing else: F9.2 to F9.4. */
int checkpoint_parse(struct sheaf_bytes text, struct checkpoint *out,
                     struct sheaf_error *err);

/* Parses a note. It checks no signature; note_verify does. The bytes must
 * outlive *out. */
int note_parse(struct sheaf_bytes bytes, struct note *out,
               struct sheaf_error *err);

/* F9.9 as far as it needs no tree: whether this note, NULL if there is none,
 * may come after one of `before` leaves, 0 if there was none. */
int note_follows(uint64_t before, const struct note *now, uint64_t offset,
                 struct sheaf_error *err);
/* F9.9: whether it is of this archive. `root` is that of the tree where it had
 * as many leaves as the note says; NULL: no generation ends there. */
int note_is_of(const struct note *note, struct sheaf_bytes origin,
               const uint8_t *root, uint64_t offset, struct sheaf_error *err);

/* Checks that the owner of this Ed25519 public key signed the note as the log.
 * The caller must check that the origin is the expected one. Other signature
 * lines are not checked. */
int note_verify(const struct note *note, const uint8_t public_key[32],
                struct sheaf_error *err);

/* Makes a note with the log's signature, and replaces the content of `out`.
 * The secret key is libsodium's: a seed of 32 bytes, then the public key. The
 * same checkpoint and key give the same bytes. SHEAF_EINVAL as in
 * checkpoint_text. */
int note_sign(const struct checkpoint *c, const uint8_t secret_key[64],
              struct sheaf_buf *out, struct sheaf_error *err);

/* ---- Cosignatures -------------------------------------------------------- */

/* Parses one line of F9.5, without its newline. The view is of that line. */
bool note_sig_parse(struct sheaf_bytes line, struct note_sig *out);

/* Whether F9.5 allows this as the name of a key. */
bool note_name_ok(struct sheaf_bytes name);

/* Parses a C2SP verifier key, NAME+ID+KEY: ID is the key ID in lower-case
 * hexadecimal, KEY the base64 of an algorithm byte and the public key. Any
 * algorithm is accepted if the key ID is as in F9.7; Ed25519 keys have 32
 * bytes. The name is a view of `text`. False: not a verifier key. */
bool note_key_parse(struct sheaf_bytes text, struct note_key *out);

/* Formats a verifier key, and replaces the content of `out`. */
int note_key_format(const struct note_key *key, struct sheaf_buf *out,
                    struct sheaf_error *err);

/* A key with its ID. `alg` is one with Ed25519. The name is borrowed. */
struct note_key note_key_of(struct sheaf_bytes name, enum note_alg alg,
                            const uint8_t public_key[32]);

/* Whether and when this key, of algorithm NOTE_COSIGNATURE, has cosigned.
 * SHEAF_END: there is no line with its name and key ID. */
int note_cosigned(const struct note *note, const struct note_key *key,
                  uint64_t *time, struct sheaf_error *err);

/* Makes a cosignature line with its newline, and replaces the content of
 * `out`. The name must be valid, and the time at most 2^63 - 1. */
int note_cosign(const struct note *note, struct sheaf_bytes name,
                uint64_t time, const uint8_t secret_key[64],
                struct sheaf_buf *out, struct sheaf_error *err);

/* Makes a note with a signature that was made elsewhere, without checking it.
 * Replaces the content of `out`. SHEAF_EINVAL as in checkpoint_text. */
int note_build(const struct checkpoint *c, const uint8_t public_key[32],
               const uint8_t sig[NOTE_SIG_BYTES], struct sheaf_buf *out,
               struct sheaf_error *err);

/* The key ID of F9.7, for a valid origin. */
void note_key_id(const char *origin, const uint8_t public_key[32],
                 uint8_t out[NOTE_KEY_ID_BYTES]);

#endif
