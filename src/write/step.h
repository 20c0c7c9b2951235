/*
 * step.h - says what a writer does while it works long, and whether to go on.
 */
#ifndef SHEAF_WRITE_STEP_H
#define SHEAF_WRITE_STEP_H

#include "base/err.h"

struct step {
    int (*call)(void *arg, int stage); /* may be NULL */
    void *arg;
};

/* SHEAF_ESTOPPED if the caller wants to stop. */
static inline int
step_take(const struct step *s, int stage, struct sheaf_error *err)
{
    if (s->call != NULL && s->call(s->arg, stage) != 0)
        return fail(err, SHEAF_ESTOPPED, "stopped");
    return SHEAF_OK;
}

#endif
