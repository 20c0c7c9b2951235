/*
 * mem.c - the library's only allocator.
 */
#include "base/mem.h"

#include <stdlib.h>
#include <sys/mman.h>

/* Objects that an array has room for once it has any. */
#define GROW_MIN 16
#define HUGE_PAGE ((size_t)2 << 20)

#ifdef SHEAF_TEST
#include <stdatomic.h>

static atomic_long fail_in = -1;
static atomic_long live;

void
mem_fail_after(long n)
{
    atomic_store(&fail_in, n);
}

bool
mem_has_failed(void)
{
    return atomic_load(&fail_in) < 0;
}

long
mem_live(void)
{
    return atomic_load(&live);
}

static bool
fails_now(void)
{
    if (atomic_load(&fail_in) < 0)
        return false;
    return atomic_fetch_sub(&fail_in, 1) == 0;
}

#define COUNT_LIVE(n) atomic_fetch_add(&live, (n))
#else
#define fails_now() false
#define COUNT_LIVE(n) ((void)0)
#endif

void *
mem_new(size_t count, size_t size)
{
    size_t bytes;
    void *p;

    if (fails_now() || MUL_OVERFLOWS(count, size, &bytes))
        return NULL;
    if (count == 0 || size == 0)
        count = size = 1;
    p = calloc(count, size);
    if (p != NULL)
        COUNT_LIVE(1);
    return p;
}

void *
mem_resize(void *ptr, size_t count, size_t size)
{
    size_t bytes;
    void *p;

    if (fails_now() || MUL_OVERFLOWS(count, size, &bytes))
        return NULL;
    p = realloc(ptr, bytes != 0 ? bytes : 1);
    if (p != NULL && ptr == NULL)
        COUNT_LIVE(1);
    return p;
}

bool
mem_grow(void *array, size_t *room, size_t count, size_t size)
{
    size_t more;
    void *old, *grown;

    if (count <= *room)
        return true;
    if (MUL_OVERFLOWS(*room, 2, &more) || more < count)
        more = count;
    if (more < GROW_MIN)
        more = GROW_MIN;
    memcpy(&old, array, sizeof old);
    grown = mem_resize(old, more, size);
    if (grown == NULL)
        return false;
    memset((char *)grown + *room * size, 0, (more - *room) * size);
    memcpy(array, &grown, sizeof grown);
    *room = more;
    return true;
}

void *
mem_new_large(size_t size)
{
    void *p;

    /* Below half a page, zeroing the rest would take longer. */
    if (size < HUGE_PAGE / 2 || size > SIZE_MAX - HUGE_PAGE)
        return mem_resize(NULL, size, 1);
    if (fails_now())
        return NULL;
    p = aligned_alloc(HUGE_PAGE, (size + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1));
    if (p == NULL)
        return NULL;
    /* Only a hint. */
    (void)madvise(p, size, MADV_HUGEPAGE);
    COUNT_LIVE(1);
    return p;
}

void
mem_free(void *ptr)
{
    if (ptr != NULL)
        COUNT_LIVE(-1);
    free(ptr);
}
