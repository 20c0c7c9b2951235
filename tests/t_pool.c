/*
 * The pool: each job runs once, for any number of threads and jobs, round
 * after round.
 */
#include "tap.h"

#include <sched.h>
#include <stdatomic.h>

#include "base/base.h"
#include "base/mem.h"
#include "base/pool.h"

#define JOBS_MAX 1000
#define WORKERS_MAX 7

struct tally {
    unsigned threads;
    unsigned done[JOBS_MAX]; /* plain: no two jobs share one */
    atomic_int inside[WORKERS_MAX];
    atomic_int wrong;
};

static void
count_one(void *arg, size_t index, unsigned worker)
{
    struct tally *t = arg;

    if (worker >= t->threads || atomic_fetch_add(&t->inside[worker], 1) != 0)
        atomic_fetch_add(&t->wrong, 1);
    t->done[index]++;
    if (index % 64 == 0)
        sched_yield();
    if (worker < t->threads)
        atomic_fetch_sub(&t->inside[worker], 1);
}

static void
test_threads(unsigned threads)
{
    static const size_t counts[] = { 0, 1, 2, 3, 7, 100, JOBS_MAX };
    static struct tally t;
    struct pool *pool = NULL;
    struct sheaf_error err = { 0 };
    int wrong = 0;

    eq_int(pool_new(&pool, threads, &err), SHEAF_OK, "%u threads", threads);
    eq_int(pool_threads(pool), threads > 1 ? threads : 1,
           "%u threads: it says so", threads);
    for (int round = 0; round < 200; round++) {
        size_t count = counts[(size_t)round % COUNT_OF(counts)];

        memset(&t, 0, sizeof t);
        t.threads = pool_threads(pool);
        pool_run(pool, count_one, &t, count);
        for (size_t i = 0; i < JOBS_MAX; i++)
            wrong += t.done[i] != (i < count);
        wrong += atomic_load(&t.wrong);
    }
    eq_int(wrong, 0, "%u threads: each job once", threads);
    pool_free(pool);
}

int
main(void)
{
    static const unsigned threads[] = { 0, 1, 2, 3, WORKERS_MAX };
    static struct tally t;
    struct pool *pool = NULL;

    for (size_t i = 0; i < COUNT_OF(threads); i++)
        test_threads(threads[i]);

    t.threads = pool_threads(NULL);
    pool_run(NULL, count_one, &t, 2);
    ok(t.done[0] == 1 && t.done[1] == 1, "no pool runs everything here");
    pool_free(NULL);
    eq_int(pool_new(&pool, 2, NULL), SHEAF_OK, "a pool that is never used");
    pool_free(pool);

#ifdef SHEAF_TEST
    for (long n = 0; n < 2; n++) {
        struct sheaf_error err = { 0 };
        struct pool *none = NULL;

        mem_fail_after(n);
        eq_int(pool_new(&none, 3, &err), SHEAF_ENOMEM, "allocation %ld", n);
        mem_fail_after(-1);
        ok(none == NULL && mem_live() == 0, "allocation %ld: no trace", n);
    }
#endif
    return tap_done();
}
