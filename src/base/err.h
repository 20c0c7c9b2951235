/*
 * err.h - filling in a struct sheaf_error.
 *
 * Each function here returns the code that it stores, so that a caller can
 * `return fail(...)`. A NULL err is fine. fail_corrupt and fail_verify are
 * the only ways to return SHEAF_ECORRUPT and SHEAF_EVERIFY, so that the
 * clause of spec/format.md can't be forgotten.
 */
#ifndef SHEAF_BASE_ERR_H
#define SHEAF_BASE_ERR_H

#include "base/base.h"
#include "sheaf.h"

/* The place in the archive is unknown, or does not matter. */
#define NO_OFFSET UINT64_MAX

int fail(struct sheaf_error *err, int code, const char *format, ...)
    PRINTF_LIKE(3, 4);
int fail_corrupt(struct sheaf_error *err, uint64_t offset, const char *clause,
                 const char *format, ...) PRINTF_LIKE(4, 5);
int fail_verify(struct sheaf_error *err, uint64_t offset, const char *clause,
                const char *format, ...) PRINTF_LIKE(4, 5);
/* Another code that goes with a clause. */
int fail_clause(struct sheaf_error *err, int code, uint64_t offset,
                const char *clause, const char *format, ...)
    PRINTF_LIKE(5, 6);
int fail_limit(struct sheaf_error *err, uint64_t offset, const char *clause,
               const char *format, ...) PRINTF_LIKE(4, 5);
/* SHEAF_EIO with an errno value. */
int fail_io(struct sheaf_error *err, int sys, const char *what);
int fail_nomem(struct sheaf_error *err);

#endif
