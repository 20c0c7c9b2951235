/*
 * state.h - what follows from the leaves so far: tiles, runs, top (format.md
 * F6 to F11). Floor 7.
 *
 * The writer asks it what to write, the verifier what should stand there;
 * both feed it the same leaves. So neither has a second opinion.
 */
#ifndef SHEAF_STATE_H
#define SHEAF_STATE_H

#include "base.h"
#include "leaf.h"
#include "sheaf.h"
#include "statement.h"
#include "top.h"

struct state {
    struct top top;       /* as it would be written now, root included only
                             after state_close */
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

int state_init(struct state *s, struct sheaf_error *err);
void state_free(struct state *s);

/* The next generation begins at `offset`. */
void state_begin(struct state *s, uint64_t offset);
void state_leaf(struct state *s, const uint8_t hash[32]);

static inline bool
state_slab_full(const struct state *s)
{
    return s->slab_fill == SLAB_LEAVES;
}

/* The LEF frame of a redaction at `offset`; its leaf is taken in. It has a
 * row in this run's MAP (redaction_row). */
int state_redaction(struct state *s, const struct redaction *redaction,
                    struct sheaf_buf *out, struct sheaf_error *err);
/* The LEF frame of a key change at `offset`, from the key that has signed
 * until now; its leaf is taken in. The origin has to be known. SHEAF_EINVAL
 * when `old_key` is not the key in force or the keys are the same. */
int state_key_change(struct state *s, uint64_t offset, int64_t time,
                     const struct sheaf_secret_key *old_key,
                     const struct sheaf_secret_key *new_key,
                     struct sheaf_buf *out, struct sheaf_error *err);
/* One that has been found right, at `offset`. */
int state_take_key_change(struct state *s, uint64_t offset,
                          const struct key_change *change,
                          const uint8_t hash[32], struct sheaf_error *err);

/* The SLB frame that is due at `offset`. */
int state_slab(struct state *s, uint64_t offset, struct sheaf_buf *out,
               struct sheaf_error *err);
/* The TIL frame that is due at `offset`; nothing if none is. */
int state_tiles(struct state *s, uint64_t offset, struct sheaf_buf *out,
                struct sheaf_error *err);

/* The run of this generation's leaves up to and with its seal, which is
 * about to come: added, and merged by the rule of F8. *merged tells how many
 * older runs it took in. Their tables are still in place, from the run that
 * is returned on; the caller reads and frees them, and then sets the tables
 * and the map root of the one run that is left. */
struct top_run *state_run(struct state *s, unsigned *merged);

/* The LEF frame of this generation's seal, for a run list that is complete;
 * its leaf is taken in. */
int state_seal(struct state *s, uint64_t offset, int64_t time,
               struct sheaf_buf *out, struct sheaf_error *err);

int state_add_dict(struct state *s, const struct top_dict *dict,
                   struct sheaf_error *err);

/* Sets the root in the top. */
void state_close(struct state *s);

/* What ends a generation whose TOP begins at `offset`: `top` gets TOP, which
 * is to be made durable before the rest; `end` gets END [PAD] TOP END. The
 * state is ready for state_begin. */
int state_end(struct state *s, uint64_t offset, struct sheaf_buf *top,
              struct sheaf_buf *end, struct sheaf_error *err);

/* The origin by F9, for the first generation's root. */
int state_default_origin(struct state *s, struct sheaf_error *err);

#endif
