/*
 * mem.h - the library's only allocator. Floor 1.
 *
 * Memory from here is given back with mem_free. Sizes that come from a file
 * are checked against a limit before they get here. Builds with SHEAF_TEST
 * can make the nth allocation fail; see tests/t_faults.c.
 */
#ifndef SHEAF_BASE_MEM_H
#define SHEAF_BASE_MEM_H

#include "base/base.h"

/* `count` zeroed objects of `size` bytes; NULL when there is no memory, or
 * the product overflows. A product of zero gives a pointer to free, too. */
void *mem_new(size_t count, size_t size);

/* Resize to `count` objects; the old block stays valid on failure. */
void *mem_resize(void *ptr, size_t count, size_t size);

/* `size` bytes of any content, in huge pages if possible: to touch a megabyte
 * for the first time otherwise takes half as long as to decompress it. */
void *mem_new_large(size_t size);

void mem_free(void *ptr);

#ifdef SHEAF_TEST
/* The allocation after the next `n` fails, once; a negative n: none does. */
void mem_fail_after(long n);
/* Blocks handed out and not yet given back. */
long mem_live(void);
#endif

#endif
