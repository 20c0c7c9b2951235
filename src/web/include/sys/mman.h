/*
 * mman.h - base/mem.c gives the system a hint that has no use here.
 */
#ifndef SHEAF_WEB_MMAN_H
#define SHEAF_WEB_MMAN_H

#include <stddef.h>

#define MADV_HUGEPAGE 14

static inline int
madvise(void *memory, size_t size, int advice)
{
    (void)memory;
    (void)size;
    (void)advice;
    return 0;
}

#endif
