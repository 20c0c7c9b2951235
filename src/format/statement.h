/*
 * statement.h - redactions and key changes (format.md F6). Floor 6.
 *
 * Both are leaves that say something about others: a redaction, that an
 * article was removed and why; a key change, that from here on another key
 * signs. Seals, the third kind of statement, are leaf.h's.
 */
#ifndef SHEAF_FORMAT_STATEMENT_H
#define SHEAF_FORMAT_STATEMENT_H

#include "base/base.h"
#include "format/leaf.h"
#include "log/note.h"
#include "sheaf.h"

/* ---- Redactions ---------------------------------------------------------- */

#define REDACTION_REASON_MAX 1024

struct redaction {
    uint32_t rev;        /* these four as in the removed article's record */
    uint8_t target[32];  /* its leaf hash */
    uint8_t id_hash[32];
    uint64_t leaf;       /* its number */
    int64_t time;        /* of the redaction, as claimed */
    struct sheaf_bytes reason;
};

/* 1 to 1,024 bytes of UTF-8 without control characters. */
bool redaction_reason_ok(struct sheaf_bytes reason);
/* Append the LEF frame; `hash` is the leaf's. SHEAF_EINVAL for a reason that
 * F6.7 forbids. */
int redaction_encode(const struct redaction *r, struct sheaf_buf *out,
                     uint8_t hash[32], struct sheaf_error *err);
/* F6.7, but for what it names. The reason is a view into the leaf. */
int redaction_decode(const struct leaf_stored *leaf, uint64_t offset,
                     struct redaction *out, struct sheaf_error *err);

/* ---- Key changes --------------------------------------------------------- */

#define KEY_CHANGE_SIZE 216

struct key_change {
    uint32_t count;      /* the archive's key changes up to this one */
    int64_t time;        /* as claimed */
    uint8_t prev[32];    /* leaf hash of the one before, or zeros */
    uint8_t old_key[32];
    uint8_t new_key[32];
    uint8_t new_id[8];   /* minisign's number of the new key */
    uint8_t old_sig[64];
    uint8_t new_sig[64];
};

/* The keys and signatures of one, all else zero. SHEAF_EINVAL if the keys are
 * the same. */
int key_change_make(const struct sheaf_secret_key *old_key,
                    const struct sheaf_secret_key *new_key,
                    struct sheaf_bytes origin, struct key_change *out,
                    struct sheaf_error *err);
/* The part, and the LEF frame with the leaf's hash, both appended. */
bool key_change_part(const struct key_change *k, struct sheaf_buf *out);
bool key_change_encode(const struct key_change *k, struct sheaf_buf *out,
                       uint8_t hash[32]);

/* The part alone (F6.8): its form, both signatures, and that `old_key` is
 * `before`, the `new_key` of the one before it; NULL for the first. All of
 * *out but count, time and prev, which are 0. */
int key_change_check(struct sheaf_bytes part, struct sheaf_bytes origin,
                     const uint8_t *before, uint64_t offset,
                     struct key_change *out, struct sheaf_error *err);
/* The leaf with it: number `count`, whose `prev` is `prev_hash`, the leaf
 * hash of the one before (NULL for the first). */
int key_change_decode(const struct leaf_stored *leaf,
                      struct sheaf_bytes origin, uint32_t count,
                      const uint8_t *prev_hash, const uint8_t *before,
                      uint64_t offset, struct key_change *out,
                      struct sheaf_error *err);

/* F9.10: the key that signs once `k` is in the tree, where `key` did. True if
 * that is another. */
bool key_change_follow(const struct key_change *k,
                       struct sheaf_public_key *key);

/* Who has signed this note? Starts as { key that is trusted, note }, goes
 * through the key changes below the note's size, in order, and ends with
 * key_chain_verify: SHEAF_EVERIFY with F9.7, F9.8 or F9.10. */
struct key_chain {
    struct sheaf_public_key key;
    const struct note *note;
    bool replaced; /* the note names a key that another one had replaced */
};
void key_chain_follow(struct key_chain *chain, const struct key_change *k);
int key_chain_verify(const struct key_chain *chain, struct sheaf_error *err);

#endif
