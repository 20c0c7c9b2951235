/*
 * pool.c - one piece of work, spread over threads.
 */
#include "base/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "base/err.h"
#include "base/mem.h"

struct worker {
    struct pool *pool;
    pthread_t thread;
    unsigned number; /* from 1; the caller is 0 */
};

/* `lock` protects everything but `next`. During a round, the work itself (job,
 * arg, count) does not change and is read without the lock. */
struct pool {
    pthread_mutex_t lock;
    pthread_cond_t start; /* a new round, or the end */
    pthread_cond_t done;  /* the last worker has left the round */
    uint64_t round;
    unsigned busy; /* workers that have not yet left the round */
    bool stop;

    pool_job *job;
    void *arg;
    size_t count;
    atomic_size_t next;

    unsigned started;
    struct worker *workers;
};

static void
take_jobs(struct pool *p, unsigned number)
{
    /* Stop at the first number past the end. Each thread goes over by at most
     * one, so `next` cannot wrap. */
    for (;;) {
        size_t i = atomic_fetch_add_explicit(&p->next, 1,
                                             memory_order_relaxed);

        if (i >= p->count)
            return;
        p->job(p->arg, i, number);
    }
}

static void *
worker_main(void *arg)
{
    const struct worker *w = arg;
    struct pool *p = w->pool;
    uint64_t seen = 0;

    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (!p->stop && p->round == seen)
            pthread_cond_wait(&p->start, &p->lock);
        if (p->stop)
            break;
        seen = p->round;
        pthread_mutex_unlock(&p->lock);
        take_jobs(p, w->number);
        pthread_mutex_lock(&p->lock);
        if (--p->busy == 0)
            pthread_cond_signal(&p->done);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* Signals are for the program's own threads. New threads inherit the mask of
 * the thread that makes them, so that one blocks all signals first. */
static int
start_workers(struct pool *p, unsigned count)
{
    sigset_t all;
    sigset_t before;
    int sys = 0;

    sigfillset(&all);
    sys = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (sys != 0)
        return sys;
    while (sys == 0 && p->started < count) {
        struct worker *w = &p->workers[p->started];

        w->pool = p;
        w->number = p->started + 1;
        sys = pthread_create(&w->thread, NULL, worker_main, w);
        if (sys == 0)
            p->started++;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return sys;
}

int
pool_new(struct pool **out, unsigned threads, struct sheaf_error *err)
{
    unsigned others = threads > 1 ? threads - 1 : 0;
    struct pool *p = mem_new(1, sizeof *p);
    int sys;

    if (p == NULL)
        return fail_nomem(err);
    p->workers = mem_new(others, sizeof *p->workers);
    if (p->workers == NULL) {
        mem_free(p);
        return fail_nomem(err);
    }
    /* With default attributes these three cannot fail on the systems we
     * support. */
    (void)pthread_mutex_init(&p->lock, NULL);
    (void)pthread_cond_init(&p->start, NULL);
    (void)pthread_cond_init(&p->done, NULL);
    atomic_init(&p->next, 0);
    sys = start_workers(p, others);
    if (sys != 0) {
        pool_free(p);
        return fail_io(err, sys, "can't start a thread");
    }
    *out = p;
    return SHEAF_OK;
}

unsigned
pool_threads(const struct pool *pool)
{
    return pool != NULL ? pool->started + 1 : 1;
}

void
pool_run(struct pool *pool, pool_job *job, void *arg, size_t count)
{
    if (pool == NULL || pool->started == 0 || count < 2) {
        for (size_t i = 0; i < count; i++)
            job(arg, i, 0);
        return;
    }
    pthread_mutex_lock(&pool->lock);
    assert(pool->busy == 0);
    pool->job = job;
    pool->arg = arg;
    pool->count = count;
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    pool->busy = pool->started;
    pool->round++;
    pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->lock);

    take_jobs(pool, 0);

    /* Wait for every worker, even one that had no job: a late worker must not
     * see the work of the next round. */
    pthread_mutex_lock(&pool->lock);
    while (pool->busy != 0)
        pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

void
pool_free(struct pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->stop = true;
    pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->started; i++)
        (void)pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->start);
    pthread_mutex_destroy(&pool->lock);
    mem_free(pool->workers);
    mem_free(pool);
}
