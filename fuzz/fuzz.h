/*
 * fuzz.h - common to all fuzz targets.
 *
 * A target is a file fuzz_NAME.c with the one function below. It is linked
 * with libFuzzer (make fuzz), or with driver.c, which calls it for files: then
 * it is a regression test for any compiler.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "sheaf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that must hold for every input. */
#define MUST_HOLD(condition)                                                  \
    do {                                                                      \
        if (!(condition)) {                                                   \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, \
                    #condition);                                              \
            abort();                                                          \
        }                                                                     \
    } while (0)

/* What rule 2 of sheaf.h promises after a failure, and what err.h does: the
 * code is repeated, there is a message of one printable line, and what is
 * corrupt breaks a clause. */
static inline void
check_error(int rc, const struct sheaf_error *err)
{
    MUST_HOLD(rc < 0 && err->code == rc);
    MUST_HOLD(err->message[0] != '\0');
    MUST_HOLD(memchr(err->message, '\0', sizeof err->message) != NULL);
    MUST_HOLD(memchr(err->clause, '\0', sizeof err->clause) != NULL);
    for (const char *p = err->message; *p != '\0'; p++)
        MUST_HOLD(*p >= ' ' && *p <= '~');
    if (rc == SHEAF_ECORRUPT || rc == SHEAF_EVERIFY)
        MUST_HOLD(err->clause[0] == 'F');
}

/* Input that a target takes apart: a few bytes that decide, then the rest. */
struct bits {
    const uint8_t *at;
    size_t left;
};

/* 0 when there is no more. */
static inline uint8_t
bits_u8(struct bits *in)
{
    if (in->left == 0)
        return 0;
    in->left--;
    return *in->at++;
}

/* At most `len` bytes. */
static inline struct sheaf_bytes
bits_take(struct bits *in, size_t len)
{
    struct sheaf_bytes b = { in->at, len < in->left ? len : in->left };

    in->at += b.len;
    in->left -= b.len;
    return b;
}

/* A copy with nothing behind it, so that a sanitizer sees each byte too far. */
static inline uint8_t *
exact_copy(const void *data, size_t len)
{
    uint8_t *copy = calloc(len != 0 ? len : 1, 1);

    if (copy == NULL)
        abort();
    if (len != 0)
        memcpy(copy, data, len);
    return copy;
}

#endif
