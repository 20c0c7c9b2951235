/*
 * mem.h - the library's only allocator.
 *
 * Free this memory with mem_free. Sizes that come from a file are checked
 * against a limit before they get here. Builds with SHEAF_TEST can make the
 * nth allocation fail; see tests/t_faults.c.
 */
#ifndef SHEAF_BASE_MEM_H
#define SHEAF_BASE_MEM_H

#include "base/base.h"

/* `count` zeroed objects of `size` bytes. NULL when out of memory or when
 * the product overflows. For a product of zero the result is a pointer that
 * must be freed, too. */
void *mem_new(size_t count, size_t size);

/* Resizes to `count` objects. On failure the old block stays valid. */
void *mem_resize(void *ptr, size_t count, size_t size);

/* Makes room for at least `count` objects of `size` bytes in the array
 * *array, which has room for *room. An array that grows at least doubles;
 * the new objects are zeroed. On failure it returns false and changes
 * nothing. */
bool mem_grow(void *array, size_t *room, size_t count, size_t size);

/* `size` undefined bytes, in huge pages if possible. Without huge pages,
 * touching a megabyte for the first time takes half as long as decompressing
 * it. */
void *mem_new_large(size_t size);

void mem_free(void *ptr);

#ifdef SHEAF_TEST
/* Makes the allocation after the next `n` fail, once. Negative: none fails. */
void mem_fail_after(long n);
/* Whether that one came, or none was to fail. */
bool mem_has_failed(void);
/* Blocks allocated and not freed. */
long mem_live(void);
#endif

#endif
