/*
 * tap.h - a test is a C program that prints TAP for prove(1). A failure is
 * reported with file, line, and the expression or both values.
 */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int tap_count;
static int tap_failed;

__attribute__((format(printf, 5, 6))) static inline bool
tap_ok(bool good, const char *file, int line, const char *expression,
       const char *format, ...)
{
    va_list args;

    tap_count++;
    tap_failed += !good;
    printf("%sok %d - ", good ? "" : "not ", tap_count);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    if (!good)
        printf("# %s:%d: %s\n", file, line, expression);
    fflush(stdout);
    return good;
}

#define ok(good, ...) tap_ok((good), __FILE__, __LINE__, #good, __VA_ARGS__)

#define eq_int(got, want, ...)                                                \
    do {                                                                      \
        long long got_ = (long long)(got);                                    \
        long long want_ = (long long)(want);                                  \
        if (!tap_ok(got_ == want_, __FILE__, __LINE__, #got " == " #want,     \
                    __VA_ARGS__))                                             \
            printf("# got %lld, want %lld\n", got_, want_);                   \
    } while (0)

#define eq_str(got, want, ...)                                                \
    do {                                                                      \
        const char *got_ = (got);                                             \
        const char *want_ = (want);                                           \
        if (!tap_ok(strcmp(got_, want_) == 0, __FILE__, __LINE__,             \
                    #got " is " #want, __VA_ARGS__))                          \
            printf("# got \"%s\", want \"%s\"\n", got_, want_);               \
    } while (0)

#define TAP_ROW ((size_t)16)
#define TAP_ROWS ((size_t)8)

/* The rows of `data` from the one with `at` on, no more than TAP_ROWS. */
static inline void
tap_dump(const char *what, const uint8_t *data, size_t len, size_t at)
{
    size_t from = at - at % TAP_ROW;
    size_t end = len - from < TAP_ROW * TAP_ROWS ? len
                                                 : from + TAP_ROW * TAP_ROWS;

    for (size_t i = from; i < end; i++) {
        if (i % TAP_ROW == 0)
            printf("# %-4s %06zx ", what, i);
        printf(" %02x%s", data[i],
               i % TAP_ROW == TAP_ROW - 1 || i == end - 1 ? "\n" : "");
    }
}

static inline void
tap_eq_mem(const void *got, const void *want, size_t len)
{
    const uint8_t *a = got, *b = want;
    size_t at = 0;

    while (at < len && a[at] == b[at])
        at++;
    printf("# of %zu bytes the first that differs is %zu\n", len, at);
    tap_dump("got", a, len, at);
    tap_dump("want", b, len, at);
}

#define eq_mem(got, want, len, ...)                                           \
    do {                                                                      \
        const void *got_ = (got);                                             \
        const void *want_ = (want);                                           \
        size_t len_ = (len);                                                  \
        if (!tap_ok(memcmp(got_, want_, len_) == 0, __FILE__, __LINE__,       \
                    #got " is " #want, __VA_ARGS__))                          \
            tap_eq_mem(got_, want_, len_);                                    \
    } while (0)

/* For main: `return tap_done();` */
static inline int
tap_done(void)
{
    printf("1..%d\n", tap_count);
    return tap_failed != 0 || tap_count == 0;
}

#endif
