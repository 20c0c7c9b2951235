/*
 * pool.c - in place of base/pool.c: all work is done here, in order.
 */
#include "base/pool.h"

int
pool_new(struct pool **out, unsigned threads, struct sheaf_error *err)
{
    (void)threads;
    (void)err;
    *out = NULL;
    return SHEAF_OK;
}

unsigned
pool_threads(const struct pool *pool)
{
    (void)pool;
    return 1;
}

void
pool_run(struct pool *pool, pool_job *job, void *arg, size_t count)
{
    (void)pool;
    for (size_t i = 0; i < count; i++)
        job(arg, i, 0);
}

void
pool_free(struct pool *pool)
{
    (void)pool;
}
