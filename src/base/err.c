/*
 * err.c - filling in a struct sheaf_error.
 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

static int
fill(struct sheaf_error *err, int code, int sys, uint64_t offset,
     const char *clause, const char *format, va_list args)
{
    if (err == NULL)
        return code;
    memset(err, 0, sizeof *err);
    err->code = code;
    err->sys = sys;
    err->offset = offset;
    snprintf(err->clause, sizeof err->clause, "%s", clause);
    vsnprintf(err->message, sizeof err->message, format, args);
    return code;
}

#define FILL(code, sys, offset, clause)                                       \
    do {                                                                      \
        va_list args;                                                         \
        va_start(args, format);                                               \
        (void)fill(err, (code), (sys), (offset), (clause), format, args);     \
        va_end(args);                                                         \
    } while (0)

int
fail(struct sheaf_error *err, int code, const char *format, ...)
{
    FILL(code, 0, NO_OFFSET, "");
    return code;
}

int
fail_corrupt(struct sheaf_error *err, uint64_t offset, const char *clause,
             const char *format, ...)
{
    FILL(SHEAF_ECORRUPT, 0, offset, clause);
    return SHEAF_ECORRUPT;
}

int
fail_verify(struct sheaf_error *err, uint64_t offset, const char *clause,
            const char *format, ...)
{
    FILL(SHEAF_EVERIFY, 0, offset, clause);
    return SHEAF_EVERIFY;
}

int
fail_clause(struct sheaf_error *err, int code, uint64_t offset,
            const char *clause, const char *format, ...)
{
    FILL(code, 0, offset, clause);
    return code;
}

int
fail_limit(struct sheaf_error *err, uint64_t offset, const char *clause,
           const char *format, ...)
{
    FILL(SHEAF_ELIMIT, 0, offset, clause);
    return SHEAF_ELIMIT;
}

static int
fail_sys(struct sheaf_error *err, int sys, const char *format, ...)
{
    FILL(SHEAF_EIO, sys, NO_OFFSET, "");
    return SHEAF_EIO;
}

int
fail_io(struct sheaf_error *err, int sys, const char *what)
{
    return fail_sys(err, sys, "%s: %s", what, strerror(sys));
}

int
fail_nomem(struct sheaf_error *err)
{
    return fail(err, SHEAF_ENOMEM, "out of memory");
}

const char *
sheaf_version(void)
{
    return SHEAF_VERSION;
}

const char *
sheaf_strerror(int code)
{
    switch ((enum sheaf_code)code) {
    case SHEAF_OK:           return "success";
    case SHEAF_END:          return "nothing more to read";
    case SHEAF_ENOTFOUND:    return "no such article";
    case SHEAF_ECORRUPT:     return "corrupt or malformed";
    case SHEAF_EVERIFY:      return "not authentic";
    case SHEAF_EUNSUPPORTED: return "unsupported version";
    case SHEAF_ELIMIT:       return "over a limit";
    case SHEAF_EIO:          return "input or output failed";
    case SHEAF_ENOMEM:       return "out of memory";
    case SHEAF_EINVAL:       return "invalid argument";
    case SHEAF_ESTOPPED:     return "stopped";
    case SHEAF_EREDACTED:    return "redacted";
    case SHEAF_EMISSING:     return "missing";
    case SHEAF_EROLLBACK:    return "rolled back";
    case SHEAF_EFORK:        return "forked";
    case SHEAF_EINCOMPLETE:  return "not known";
    }
    return "unknown error";
}
