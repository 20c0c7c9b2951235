/*
 * proof.h - proofs as text: written, parsed and checked (proofs.md, F15).
 *
 * Nothing here reads archives. prove.c does, and writes proofs with these
 * functions. A struct proof holds what the text claims. proof_check and
 * proof_check_consistency check the claims, and sheaf_proof_ask says what they
 * mean for an ID.
 */
#ifndef SHEAF_PROOF_PROOF_H
#define SHEAF_PROOF_PROOF_H

#include "base/base.h"
#include "format/leaf.h"
#include "log/note.h"
#include "sheaf.h"
#include "format/statement.h"

/* Bytes before the note, in a proof of one article and in any other proof. */
#define PROOF_ONE_MAX (1u << 20)
#define PROOF_MAX ((size_t)16 << 20)
#define PROOF_STEPS_MAX 63 /* of a consistency path */

enum proof_kind {
    PROOF_ONE,        /* c2sp.org/tlog-proof@v1 */
    PROOF_MANY,       /* sheaf-proof/v1 */
    PROOF_CONSISTENCY /* the body of C2SP's add-checkpoint */
};

struct proof_rows {
    unsigned run;
    uint64_t first;
    struct sheaf_bytes rows; /* TABLE_ENTRY_SIZE bytes each */
    struct sheaf_bytes path;
};

/* A parsed proof. Views are of `bytes`, which holds everything that was
 * base64, and of the parsed text, which must outlive it. Free with
 * proof_free. */
struct proof {
    enum proof_kind kind;
    struct sheaf_buf bytes;
    struct sheaf_bytes keys;     /* the parts of key changes */
    size_t leaf_count;
    uint64_t *numbers;           /* of the leaves */
    struct sheaf_bytes *records; /* of PROOF_ONE: the rest of `extra` */
    struct sheaf_bytes seal;     /* the seal's part; empty if there is none */
    size_t rows_count;
    struct proof_rows *rows;
    struct sheaf_bytes path;
    uint64_t old_size;           /* of PROOF_CONSISTENCY */
    struct sheaf_bytes note_text;
    struct note note;
};

/* Checks F15.1, F15.5 and F15.8 as far as they concern the form. A
 * tlog-proof with an empty `extra` has this form: its record is empty. */
int proof_parse(struct sheaf_bytes text, struct proof *out,
                struct sheaf_error *err);
void proof_free(struct proof *p);

/* The part of the key change that begins at byte `at` of p->keys; empty if
 * there is none. */
struct sheaf_bytes proof_key(const struct proof *p, size_t at);

/* ---- Writing ------------------------------------------------------------- */

/* Write a proof, and replace the content of `out`. `keys` is the parts of
 * key changes, one after the other. SHEAF_ELIMIT: the proof is too long. */
int proof_write_one(struct sheaf_bytes record, struct sheaf_bytes keys,
                    uint64_t index, struct sheaf_bytes path,
                    struct sheaf_bytes note, struct sheaf_buf *out,
                    struct sheaf_error *err);
/* Writes the fields of `p` that a text has; the note is `note_text`. */
int proof_write_many(const struct proof *p, struct sheaf_buf *out,
                     struct sheaf_error *err);
int proof_write_consistency(uint64_t old_size, struct sheaf_bytes path,
                            struct sheaf_bytes note, struct sheaf_buf *out,
                            struct sheaf_error *err);

/* ---- Checking ------------------------------------------------------------ */

/* A decoded record. */
struct proof_leaf {
    uint64_t number;
    enum leaf_type type;
    uint32_t rev;
    int64_t time;
    uint8_t prev[32];
    uint8_t id_hash[32];
    uint8_t hash[32];
    struct sheaf_bytes record;
    unsigned parts;
};

/* A checked proof of one article or of several, with the key changes that
 * were followed. Initialise with { 0 }. */
struct sheaf_proof {
    struct sheaf_buf text;
    struct proof proof;
    struct proof_leaf *leaves; /* proof.leaf_count */
    struct seal seal;
    struct sheaf_public_key signer;
    unsigned followed;
};

/* Checks F15.2, F15.3 and F15.6; not the signature if `key` is NULL.
 * Decodes what was parsed from p->text to p->leaves. */
int proof_check(struct sheaf_proof *p, const struct sheaf_public_key *key,
                struct sheaf_error *err);
/* Checks F15.8, except the signature. */
int proof_check_consistency(const struct proof *p, uint64_t old_size,
                            const uint8_t old_root[32],
                            struct sheaf_error *err);

#endif
