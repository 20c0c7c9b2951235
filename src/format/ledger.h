/*
 * ledger.h - what follows from the leaves so far: tiles, runs, top (format.md
 * F6 to F11).
 *
 * The writer asks the ledger what to write, the verifier what should be there.
 * Both feed it the same leaves, so both follow the same rules.
 */
#ifndef SHEAF_FORMAT_LEDGER_H
#define SHEAF_FORMAT_LEDGER_H

#include "base/base.h"
#include "format/leaf.h"
#include "sheaf.h"
#include "format/statement.h"
#include "format/top.h"

/* From so many bytes of a generation, or of its top, PAD is there (F12). */
#define PAD_FROM 32768
#define PAD_FROM_TOP 1024

struct ledger {
    struct top top;       /* as it would be written now; the root is set by
                             ledger_close */
    uint8_t *slab;        /* hashes of the slab that is not full */
    uint32_t slab_fill;
    uint64_t gen_start;   /* offset where this generation begins */
    uint64_t gen_first;   /* its first leaf */
    uint64_t last_end;    /* offset of the last END before it, or 0 */
    uint8_t last_hash[32];
    uint32_t must;        /* features, for the end record (F12) */
    uint32_t may;
    uint8_t seal_hash[32]; /* leaf hash of the newest seal */
    uint8_t prev_root[32]; /* of the tree before this generation */
    /* Of the newest key change, if top.key_count is not 0: */
    uint8_t key_hash[32];
    uint8_t key_new[32];
    bool key_unknown; /* it has an algorithm that this version can't check */
    /* The newest whole top, against which others are written (F11), and the
     * place of its second copy; 0 if there is none. */
    struct top base;
    uint64_t base_at;
    uint32_t base_length;
    /* A PAD keeps its copies apart. Otherwise one sector can take both, and
     * with them every top that is written against it: none is. */
    bool base_apart;
};

int ledger_init(struct ledger *s, struct sheaf_error *err);
void ledger_free(struct ledger *s);

/* The next generation begins at `offset`. */
void ledger_begin(struct ledger *s, uint64_t offset);
void ledger_leaf(struct ledger *s, const uint8_t hash[32]);

static inline bool
ledger_slab_full(const struct ledger *s)
{
    return s->slab_fill == SLAB_LEAVES;
}

/* Appends the LEF frame of a redaction at `offset`, and takes its leaf. It
 * has a row in this run's MAP (redaction_row). */
int ledger_redaction(struct ledger *s, const struct redaction *redaction,
                    struct sheaf_buf *out, struct sheaf_error *err);
/* Appends the LEF frame of a key change at `offset`, from the key that
 * signed until now, and takes its leaf. The origin must be known.
 * SHEAF_EINVAL: `old_key` is not the key in force, or the keys are the
 * same. */
int ledger_key_change(struct ledger *s, uint64_t offset, int64_t time,
                     const struct sheaf_secret_key *old_key,
                     const struct sheaf_secret_key *new_key,
                     struct sheaf_buf *out, struct sheaf_error *err);
/* The key that signs since the newest key change; NULL if there is no key
 * change, or its algorithm is unknown. */
const uint8_t *ledger_signer(const struct ledger *s);
/* Takes a key change at `offset` that has been checked. */
int ledger_take_key_change(struct ledger *s, uint64_t offset,
                          const struct key_change *change,
                          struct sheaf_bytes body, const uint8_t hash[32],
                          struct sheaf_error *err);

/* Appends the SLB frame that is due at `offset`. */
int ledger_slab(struct ledger *s, uint64_t offset, struct sheaf_buf *out,
               struct sheaf_error *err);
/* Appends the TIL frame that is due at `offset`, if one is. */
int ledger_tiles(struct ledger *s, uint64_t offset, struct sheaf_buf *out,
                struct sheaf_error *err);

/* Adds the run of this generation's leaves, including its seal, which comes
 * next, and merges it by the rule of F8. *merged is the number of older
 * runs that it absorbed. Their tables are still in place, from the returned
 * run on: the caller reads and frees them, and then sets the tables and the
 * map root of the one run that is left. */
struct top_run *ledger_run(struct ledger *s, unsigned *merged);
/* The same for a writer that merges otherwise: the new run begins at leaf
 * `first`. NULL, and nothing is added: no run may begin there (F8). */
struct top_run *ledger_run_from(struct ledger *s, uint64_t first,
                                unsigned *merged);

/* Appends the LEF frame of this generation's seal, and takes its leaf. The
 * list of runs must be complete. */
int ledger_seal(struct ledger *s, uint64_t offset, int64_t time,
               struct sheaf_buf *out, struct sheaf_error *err);

int ledger_add_dict(struct ledger *s, const struct top_dict *dict,
                   struct sheaf_error *err);

/* Sets the root in the top, after the last leaf and its tiles. */
void ledger_close(struct ledger *s);

/* Decides whether the next top is written against the base, and sets that in
 * the top. It will be at `offset`. */
int ledger_choose_base(struct ledger *s, uint64_t offset,
                       struct sheaf_error *err);
/* Makes a copy of `top` the base; its second copy is at `at`. */
int ledger_set_base(struct ledger *s, const struct top *top, uint64_t at,
                    uint32_t length, struct sheaf_error *err);

/* Appends the end of a generation whose TOP begins at `offset`: to `top`
 * the TOP, which must be durable before the rest is written; to `end` END
 * [PAD] TOP END. Afterwards the ledger is ready for ledger_begin. */
int ledger_end(struct ledger *s, uint64_t offset, struct sheaf_buf *top,
              struct sheaf_buf *end, struct sheaf_error *err);

/* Where the generation of this first END ends; its `end` is not read. */
uint64_t ledger_end_after(const struct end *first);
/* The first END of the generation that `end`, one of its two, ends. */
struct end ledger_first_end(const struct end *end);
/* What stands behind the first END of a generation, `first`, whose TOP frame
 * is `top`: [PAD] TOP END. It follows from the two, so that a copy that was
 * lost can be written again. SHEAF_ECORRUPT (F12.2) if `first` says that
 * something else stands there. */
int ledger_copy(const struct end *first, struct sheaf_bytes top,
                struct sheaf_buf *out, struct sheaf_error *err);

/* Sets the default origin of F9, from the root of the first generation. */
int ledger_default_origin(struct ledger *s, struct sheaf_error *err);

#endif
