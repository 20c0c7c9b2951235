/*
 * pool.h - one piece of work, spread over threads.
 *
 * A pool belongs to one thread, which works together with the pool's threads.
 * Jobs may run in any order. So a job writes its result to a place of its own,
 * found by `index`, and the caller reads the results in order after pool_run.
 * Then the result is the same for every number of threads.
 */
#ifndef SHEAF_BASE_POOL_H
#define SHEAF_BASE_POOL_H

#include "base/base.h"
#include "sheaf.h"

struct pool;

/* `worker` is below pool_threads(). Two jobs that run at the same time have
 * different workers, so a job can use a context that belongs to its worker. */
typedef void pool_job(void *arg, size_t index, unsigned worker);

/* `threads` includes the caller: 0 and 1 both mean no other thread. Threads of
 * the pool block all signals. SHEAF_ENOMEM, or SHEAF_EIO if a thread cannot be
 * started; all threads have ended then. */
SHEAF_MUST int pool_new(struct pool **out, unsigned threads,
                        struct sheaf_error *err);

/* How many jobs may run at once, including the caller's thread: at least 1,
 * and 1 for a NULL pool. */
unsigned pool_threads(const struct pool *pool);

/* Runs job(arg, 0 .. count - 1, worker), each once, and returns when all are
 * done. Jobs see everything that the caller wrote before, and the caller then
 * sees everything that they wrote. Must not be called from a job. With a NULL
 * pool, everything runs here, in order. */
void pool_run(struct pool *pool, pool_job *job, void *arg, size_t count);

void pool_free(struct pool *pool);

#endif
