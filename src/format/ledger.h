/*
 * ledger.h - what follows from the leaves so far: tiles, runs, top (format.md
 * F6 to F11). Floor 7.
 *
 * The writer asks it what to write, the verifier what should stand there;
 * both feed it the same leaves. So neither has a second opinion.
 */
#ifndef SHEAF_FORMAT_LEDGER_H
#define SHEAF_FORMAT_LEDGER_H

#include "base/base.h"
#include "format/leaf.h"
#include "sheaf.h"
#include "format/statement.h"
#include "format/top.h"

struct ledger {
    struct top top;       /* as it would be written now, root included only
                             after ledger_close */
    uint8_t *slab;        /* hashes of the slab that is not full */
    uint32_t slab_fill;
    uint64_t gen_start;   /* offset where this generation begins */
    uint64_t gen_first;   /* its first leaf */
    uint64_t last_end;    /* offset of the last END before it, or 0 */
    uint8_t last_hash[32];
    uint8_t seal_hash[32]; /* leaf hash of the newest seal */
    uint8_t prev_root[32]; /* of the tree before this generation */
    /* Of the newest key change, if top.key_count is not 0: */
    uint8_t key_hash[32];
    uint8_t key_new[32];
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

/* The LEF frame of a redaction at `offset`; its leaf is taken in. It has a
 * row in this run's MAP (redaction_row). */
int ledger_redaction(struct ledger *s, const struct redaction *redaction,
                    struct sheaf_buf *out, struct sheaf_error *err);
/* The LEF frame of a key change at `offset`, from the key that has signed
 * until now; its leaf is taken in. The origin has to be known. SHEAF_EINVAL
 * when `old_key` is not the key in force or the keys are the same. */
int ledger_key_change(struct ledger *s, uint64_t offset, int64_t time,
                     const struct sheaf_secret_key *old_key,
                     const struct sheaf_secret_key *new_key,
                     struct sheaf_buf *out, struct sheaf_error *err);
/* One that has been found right, at `offset`; `body` is its LEF frame's. */
int ledger_take_key_change(struct ledger *s, uint64_t offset,
                          const struct key_change *change,
                          struct sheaf_bytes body, const uint8_t hash[32],
                          struct sheaf_error *err);

/* The SLB frame that is due at `offset`. */
int ledger_slab(struct ledger *s, uint64_t offset, struct sheaf_buf *out,
               struct sheaf_error *err);
/* The TIL frame that is due at `offset`; nothing if none is. */
int ledger_tiles(struct ledger *s, uint64_t offset, struct sheaf_buf *out,
                struct sheaf_error *err);

/* The run of this generation's leaves up to and with its seal, which is
 * about to come: added, and merged by the rule of F8. *merged tells how many
 * older runs it took in. Their tables are still in place, from the run that
 * is returned on; the caller reads and frees them, and then sets the tables
 * and the map root of the one run that is left. */
struct top_run *ledger_run(struct ledger *s, unsigned *merged);

/* The LEF frame of this generation's seal, for a run list that is complete;
 * its leaf is taken in. */
int ledger_seal(struct ledger *s, uint64_t offset, int64_t time,
               struct sheaf_buf *out, struct sheaf_error *err);

int ledger_add_dict(struct ledger *s, const struct top_dict *dict,
                   struct sheaf_error *err);

/* Sets the root in the top. */
void ledger_close(struct ledger *s);

/* What ends a generation whose TOP begins at `offset`: `top` gets TOP, which
 * is to be made durable before the rest; `end` gets END [PAD] TOP END. The
 * state is ready for ledger_begin. */
int ledger_end(struct ledger *s, uint64_t offset, struct sheaf_buf *top,
              struct sheaf_buf *end, struct sheaf_error *err);

/* The origin by F9, for the first generation's root. */
int ledger_default_origin(struct ledger *s, struct sheaf_error *err);

#endif
