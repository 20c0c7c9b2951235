/*
 * system.c - what the library asks of a system, and libsodium of its own parts
 * that are not here.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "web/bridge.h"

/* The page's only random bytes: they come from its browser. */
int
getentropy(void *out, size_t len)
{
    page_random(out, len);
    return 0;
}

/* A failed assert ends the module; the page then says so. */
_Noreturn void __assert_fail(const char *what, const char *file, int line,
                             const char *function);
_Noreturn void
__assert_fail(const char *what, const char *file, int line,
              const char *function)
{
    (void)what;
    (void)file;
    (void)line;
    (void)function;
    __builtin_trap();
}

/* printf of a fraction, of which there is none, would end by these. */
char __stderr_FILE[256];
int
fputs(const char *restrict text, FILE *restrict file)
{
    (void)text;
    (void)file;
    __builtin_trap();
}

/* Of sodium/core.c, which chooses code for a processor. */
int sodium_init(void);
int
sodium_init(void)
{
    return 0;
}

_Noreturn void sodium_misuse(void);
_Noreturn void
sodium_misuse(void)
{
    __builtin_trap();
}

/* Of sodium/utils.c, which also has memory that is locked. */
void sodium_memzero(void *const memory, const size_t len);
void
sodium_memzero(void *const memory, const size_t len)
{
    volatile unsigned char *volatile p = memory;

    for (size_t i = 0; i < len; i++)
        p[i] = 0;
}

int sodium_memcmp(const void *const a, const void *const b, size_t len);
int
sodium_memcmp(const void *const a, const void *const b, size_t len)
{
    const volatile unsigned char *volatile x = a;
    const volatile unsigned char *volatile y = b;
    volatile unsigned char d = 0;

    for (size_t i = 0; i < len; i++)
        d = (unsigned char)(d | (x[i] ^ y[i]));
    return (1 & ((d - 1) >> 8)) - 1;
}

int sodium_is_zero(const unsigned char *n, const size_t len);
int
sodium_is_zero(const unsigned char *n, const size_t len)
{
    unsigned char d = 0;

    for (size_t i = 0; i < len; i++)
        d |= n[i];
    return 1 & ((d - 1) >> 8);
}
