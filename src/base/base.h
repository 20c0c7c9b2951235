/*
 * base.h - small things that every file may use.
 */
#ifndef SHEAF_BASE_BASE_H
#define SHEAF_BASE_BASE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

/* Stores a + b (a * b) through `out` and says whether it wrapped. */
#define ADD_OVERFLOWS(a, b, out) __builtin_add_overflow((a), (b), (out))
#define MUL_OVERFLOWS(a, b, out) __builtin_mul_overflow((a), (b), (out))

static inline uint64_t
min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t
max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

#endif
