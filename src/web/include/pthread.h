/*
 * pthread.h - one thread: a page's module has no other, so there is nothing to
 * lock.
 */
#ifndef SHEAF_WEB_PTHREAD_H
#define SHEAF_WEB_PTHREAD_H

typedef struct {
    char unused;
} pthread_mutex_t;

#define PTHREAD_MUTEX_INITIALIZER { 0 }

static inline int
pthread_mutex_init(pthread_mutex_t *lock, const void *attributes)
{
    (void)lock;
    (void)attributes;
    return 0;
}

static inline int
pthread_mutex_lock(pthread_mutex_t *lock)
{
    (void)lock;
    return 0;
}

static inline int
pthread_mutex_unlock(pthread_mutex_t *lock)
{
    (void)lock;
    return 0;
}

static inline int
pthread_mutex_destroy(pthread_mutex_t *lock)
{
    (void)lock;
    return 0;
}

#endif
