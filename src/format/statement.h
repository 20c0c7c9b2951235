/*
 * statement.h - redactions and key changes (format.md F6).
 *
 * Both are leaves that say something about others: a redaction, that an
 * article was removed, and why; a key change, that another key signs from here
 * on. leaf.h has the third kind of statement, seals.
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
/* Appends the LEF frame; `hash` is its leaf hash. SHEAF_EINVAL: F6.7
 * forbids the reason. */
int redaction_encode(const struct redaction *r, struct sheaf_buf *out,
                     uint8_t hash[32], struct sheaf_error *err);
/* Checks F6.7, except for the article it names. The reason is a view of the
 * leaf. */
int redaction_decode(const struct leaf_stored *leaf, uint64_t offset,
                     struct redaction *out, struct sheaf_error *err);

/* ---- Key changes --------------------------------------------------------- */

/* The bytes of a key change's part before its keys and signatures. */
#define KEY_CHANGE_HEAD 34

struct key_change {
    uint32_t count;      /* the number of key changes up to this one */
    bool unknown;        /* an algorithm that this version does not know: the
                            keys and signatures are zeros */
    int64_t time;        /* as claimed */
    uint8_t prev[32];    /* leaf hash of the one before, or zeros */
    uint8_t old_key[32];
    uint8_t new_key[32];
    uint8_t new_id[8];   /* minisign's number of the new key */
    uint8_t old_sig[64];
    uint8_t new_sig[64];
};

/* Fills in the keys and signatures; all else is zero. SHEAF_EINVAL: the
 * keys are the same. */
int key_change_make(const struct sheaf_secret_key *old_key,
                    const struct sheaf_secret_key *new_key,
                    struct sheaf_bytes origin, struct key_change *out,
                    struct sheaf_error *err);
/* Appends the part alone; or the LEF frame, with its leaf hash. */
bool key_change_part(const struct key_change *k, struct sheaf_buf *out);
bool key_change_encode(const struct key_change *k, struct sheaf_buf *out,
                       uint8_t hash[32]);

/* The length that a part at the start of `bytes` states for itself, if all of
 * it is there and it can be a key change, or else 0. */
size_t key_change_length(struct sheaf_bytes bytes);
/* Checks the part alone (F6.8): its form, both signatures, and that
 * `old_key` is `before`, the `new_key` of the change before (NULL for the
 * first, and after one of an unknown algorithm). Sets all of *out but count,
 * time and prev, which are 0. SHEAF_EUNSUPPORTED: it has the form, but an
 * algorithm that this version does not know; *out is set. */
int key_change_check(struct sheaf_bytes part, struct sheaf_bytes origin,
                     const uint8_t *before, uint64_t offset,
                     struct key_change *out, struct sheaf_error *err);
/* Decodes the leaf of key change number `count`. Its `prev` must be
 * `prev_hash`, the leaf hash of the change before (NULL for the first).
 * SHEAF_EUNSUPPORTED: as above. */
int key_change_decode(const struct leaf_stored *leaf,
                      struct sheaf_bytes origin, uint32_t count,
                      const uint8_t *prev_hash, const uint8_t *before,
                      uint64_t offset, struct key_change *out,
                      struct sheaf_error *err);

/* F9.10: if `key` is the old key of `k`, replaces it by the new one and
 * returns true. */
bool key_change_follow(const struct key_change *k,
                       struct sheaf_public_key *key);

/* What takes key changes in order, and lists their keys: the first key, and the
 * new one of each. Returns what `listed` does if that is not 0. */
struct key_listing {
    sheaf_key_listed listed;
    void *arg;
    bool begun;
};
int key_listing_take(void *list, const struct key_change *change);

/* Checks who signed a note. Initialise with { trusted key, note }, pass it
 * through the key changes below the note's size, in order, and end with
 * key_chain_verify: SHEAF_EVERIFY with F9.7, F9.8 or F9.10;
 * SHEAF_EUNSUPPORTED after a key change of an unknown algorithm. */
struct key_chain {
    struct sheaf_public_key key;
    const struct note *note;
    bool replaced; /* the note names a key that was replaced */
    bool unknown;  /* nobody here can follow it */
};
void key_chain_follow(struct key_chain *chain, const struct key_change *k);
int key_chain_verify(const struct key_chain *chain, struct sheaf_error *err);

#endif
