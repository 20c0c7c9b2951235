/*
 * tap.h - a test is a C program that prints TAP for prove(1).
 */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count;
static int tap_failed;

__attribute__((format(printf, 2, 3))) static inline bool
ok(bool good, const char *format, ...)
{
    va_list args;

    tap_count++;
    tap_failed += !good;
    printf("%sok %d - ", good ? "" : "not ", tap_count);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    fflush(stdout);
    return good;
}

#define eq_int(got, want, ...)                                                \
    do {                                                                      \
        long long got_ = (long long)(got);                                    \
        long long want_ = (long long)(want);                                  \
        if (!ok(got_ == want_, __VA_ARGS__))                                  \
            printf("# %s:%d: got %lld, want %lld\n", __FILE__, __LINE__,      \
                   got_, want_);                                              \
    } while (0)

#define eq_str(got, want, ...)                                                \
    do {                                                                      \
        const char *got_ = (got);                                             \
        const char *want_ = (want);                                           \
        if (!ok(strcmp(got_, want_) == 0, __VA_ARGS__))                       \
            printf("# %s:%d: got \"%s\", want \"%s\"\n", __FILE__, __LINE__,  \
                   got_, want_);                                              \
    } while (0)

#define eq_mem(got, want, len, ...)                                           \
    do {                                                                      \
        if (!ok(memcmp((got), (want), (len)) == 0, __VA_ARGS__))              \
            printf("# %s:%d: bytes differ\n", __FILE__, __LINE__);            \
    } while (0)

/* For main: `return tap_done();` */
static inline int
tap_done(void)
{
    printf("1..%d\n", tap_count);
    return tap_failed != 0 || tap_count == 0;
}

#endif
