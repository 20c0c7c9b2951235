/*
 * mend.h - an archive is repaired: what rewrite.h does where k->mend is set.
 */
#ifndef SHEAF_WRITE_MEND_H
#define SHEAF_WRITE_MEND_H

#include "write/rewrite.h"

/* ---- mend.c ---- */

/* Walks a generation. A leaf that is not the next one of the tree is left out,
 * and *why is why the first was. Its place is elsewhere, or one before it is
 * lost; mend_leaves restores those that can be derived. */
int mend_generation(struct rewrite *k, const struct end *e,
                    struct sheaf_error *why, struct sheaf_error *err);
/* Restores the generation's last leaves without a whole frame: key changes, and
 * then the seal. */
int mend_leaves(struct rewrite *k, const struct top *top,
                struct sheaf_error *err);
/* Walks the generations that are left out, so that their leaves are known. */
int mend_walk_left_out(struct rewrite *k, struct sheaf_error *err);
/* Every leaf that was left out must be in the tree: then it was a copy.
 * SHEAF_EINCOMPLETE. */
int mend_check_strays(struct rewrite *k, struct sheaf_error *err);
/* No state of the archive may be in the file that is none of k->ends: readers
 * may take it for inserted bytes. SHEAF_EINCOMPLETE. */
int mend_check_branches(struct rewrite *k, struct sheaf_error *err);

/* ---- surplus.c ---- */

/* Leaves generations without leaves out of k->ends, where they are more than
 * the seal after them counts. */
int mend_drop_surplus(struct rewrite *k, struct sheaf_error *err);

/* ---- lost_top.c ---- */

/* What the top of a generation with the end `e` said, as far as a writer needs
 * it. All leaves of it were taken, and `next` is the end of the generation
 * after it. */
int mend_lost_top(struct rewrite *k, const struct end *e,
                  const struct end *next, struct top *out,
                  struct sheaf_error *err);

#endif
