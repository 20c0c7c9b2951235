/*
 * pool.h - one piece of work, spread over threads. Floor 3.
 *
 * A pool belongs to one thread, which works along with the pool's own; only
 * the jobs run elsewhere. What order they run in is not promised: a job
 * writes its result to a place of its own, found by `index`, and the caller
 * looks at the results in order when pool_run is back. So the outcome is the
 * same for every number of threads.
 */
#ifndef SHEAF_BASE_POOL_H
#define SHEAF_BASE_POOL_H

#include "base/base.h"
#include "sheaf.h"

struct pool;

/* `worker` is below pool_threads(), and no two jobs that run at the same time
 * have the same: it can choose a context that is reused from job to job. */
typedef void pool_job(void *arg, size_t index, unsigned worker);

/* `threads` counts the caller: 0 and 1 both mean no other. Threads of the
 * pool take no signals. SHEAF_ENOMEM, or SHEAF_EIO if one can't be started;
 * those before it have ended by then. */
SHEAF_MUST int pool_new(struct pool **out, unsigned threads,
                        struct sheaf_error *err);

/* How many jobs may run at once, the caller's thread included; at least 1,
 * which it is for a NULL pool. */
unsigned pool_threads(const struct pool *pool);

/* Runs job(arg, 0 .. count - 1, worker), each once, and returns when all are
 * done. All that the caller wrote before is seen by the jobs, and all that
 * they wrote by the caller after. Not to be called from a job. A NULL pool
 * runs everything here, in order. */
void pool_run(struct pool *pool, pool_job *job, void *arg, size_t count);

void pool_free(struct pool *pool);

#endif
