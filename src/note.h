/*
 * note.h - the signed checkpoint: a C2SP signed note. Floor 4.
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
 *   F9.6  the first signature is the log's: named as the origin, and 64 bytes
 *         after the key ID. At most 15 follow, none of that name, no name
 *         and key ID twice
 *   F9.7  the log's key ID is that of its name, algorithm 1 and public key:
 *         first 4 bytes of SHA-256(name, 0A, 01, key)
 *   F9.8  the log's signature is Ed25519, over the three lines
 *
 * Base64 is RFC 4648, section 4, padded, and only in the form in which it is
 * written: no bits after the last byte. F9.1 to F9.6 are note_parse's, and
 * SHEAF_ECORRUPT (too many bytes or signatures: SHEAF_ELIMIT); F9.7 and F9.8
 * are note_verify's, and SHEAF_EVERIFY.
 */
#ifndef SHEAF_NOTE_H
#define SHEAF_NOTE_H

#include "base.h"
#include "hash.h"
#include "sheaf.h"

#define NOTE_MAX 65536
#define NOTE_SIGS_MAX 16
#define NOTE_ORIGIN_MAX 255
#define NOTE_KEY_ID_BYTES 4
#define NOTE_SIG_BYTES 64

/* Origin, 19 digits, root, three newlines, and a NUL. */
#define CHECKPOINT_TEXT_SIZE                                                  \
    (NOTE_ORIGIN_MAX + 19 + BASE64_LEN(HASH_BYTES) + 3 + 1)

struct checkpoint {
    char origin[NOTE_ORIGIN_MAX + 1];
    uint64_t size;
    uint8_t root[HASH_BYTES];
};

/* One line. `base64` is the key ID and the signature after it, known to be
 * well formed; base64_decode gives its bytes. */
struct note_sig {
    struct sheaf_bytes name;
    struct sheaf_bytes base64;
    uint8_t key_id[NOTE_KEY_ID_BYTES];
};

/* Views are into the bytes that were parsed. */
struct note {
    struct checkpoint checkpoint;
    struct sheaf_bytes text;         /* the three lines: what is signed */
    uint8_t log_sig[NOTE_SIG_BYTES]; /* of sigs[0] */
    size_t sig_count;                /* 1 to NOTE_SIGS_MAX */
    struct note_sig sigs[NOTE_SIGS_MAX];
};

/* As F9.2 says. */
bool note_origin_ok(const char *origin, size_t len);

/* The first lines of a note, with a NUL after them; *len doesn't count that.
 * SHEAF_EINVAL if F9.2 or F9.3 forbids the origin or the size. */
int checkpoint_text(const struct checkpoint *c,
                    char out[CHECKPOINT_TEXT_SIZE], size_t *len,
                    struct sheaf_error *err);

/* Is it a note, and what does it say? Nothing is said about who wrote it:
 * that is note_verify's. The bytes have to outlive *out. */
int note_parse(struct sheaf_bytes bytes, struct note *out,
               struct sheaf_error *err);

/* Has the owner of this Ed25519 public key signed it, as the log? Whether
 * the origin is the one that was wanted is the caller's to ask; and nothing
 * is said about the lines after the log's. */
int note_verify(const struct note *note, const uint8_t public_key[32],
                struct sheaf_error *err);

/* A note with the log's signature, in place of what `out` held. The secret
 * key is libsodium's: a seed of 32 bytes, then the public key. The same
 * checkpoint and key give the same bytes. SHEAF_EINVAL as checkpoint_text. */
int note_sign(const struct checkpoint *c, const uint8_t secret_key[64],
              struct sheaf_buf *out, struct sheaf_error *err);

/* As F9.7 says, for a valid origin. */
void note_key_id(const char *origin, const uint8_t public_key[32],
                 uint8_t out[NOTE_KEY_ID_BYTES]);

#endif
