/*
 * recover_waiting.c - articles that stand before what they need.
 *
 * Frames may be in another order than they were written in, or there twice. A
 * revision whose predecessor has not been met waits until the end of the walk,
 * as does a difference whose base was not found: the base may be anywhere.
 */
#include "check/recover.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"

/* What waits lies anywhere: little is read for each. */
#define STEP ((uint64_t)16 << 10)
/* A frame that is lost comes last. */
#define LOST UINT64_MAX

int
recover_wait(struct recover *r, const struct walk_frame *f, uint32_t index,
             uint64_t rev, struct sheaf_error *err)
{
    const struct waiting w = { rev, f->offset, index, f->length, r->base_at };

    return buf_add(&r->waiting, &w, sizeof w) ? SHEAF_OK : fail_nomem(err);
}

/* ---- Differences --------------------------------------------------------- */

static int
restore(struct recover *r, struct waiting *w, struct sheaf_error *err)
{
    struct walk_frame f;
    int rc;

    r->base_at = 0;
    r->walk.at = w->offset;
    rc = walk_peek(&r->walk, &f, err);
    if (rc == SHEAF_OK)
        rc = walk_load(&r->walk, &f, err);
    if (rc == SHEAF_OK)
        rc = recover_delta(r, &f, err);
    if (rc != SHEAF_OK)
        return rc;
    w->rev = r->article.meta.rev;
    w->base = r->base_at;
    return missing_see(&r->missing, r->article.id, w->rev, err);
}

static int
restore_all(struct recover *r, recover_fn lost, struct sheaf_error *err)
{
    struct waiting *w = (struct waiting *)r->waiting.data;
    size_t count = r->waiting.len / sizeof *w;

    for (size_t i = 0; i < count; i++) {
        int rc = w[i].rev == 0 ? restore(r, &w[i], err) : SHEAF_OK;

        if (rc == SHEAF_OK)
            continue;
        if (recover_ends(rc))
            return rc;
        w[i].rev = LOST;
        rc = lost(r, &w[i], err);
        if (rc != SHEAF_OK)
            return rc;
    }
    return SHEAF_OK;
}

/* ---- In order ------------------------------------------------------------ */

/* Every revision has a higher number than the one that it follows. */
static int
compare(const void *a, const void *b)
{
    const struct waiting *x = a, *y = b;

    if (x->rev != y->rev)
        return x->rev < y->rev ? -1 : 1;
    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

int
recover_waiting(struct recover *r, recover_fn again, recover_fn lost,
                struct sheaf_error *err)
{
    struct waiting *w = (struct waiting *)r->waiting.data;
    size_t count = r->waiting.len / sizeof *w;
    int rc;

    r->last = true;
    r->walk.step = r->aside.step = STEP;
    rc = restore_all(r, lost, err);
    if (count != 0)
        qsort(w, count, sizeof *w, compare);
    for (size_t i = 0; rc == SHEAF_OK && i < count && w[i].rev != LOST; i++) {
        r->walk.at = w[i].offset;
        rc = again(r, &w[i], err);
    }
    return rc;
}
