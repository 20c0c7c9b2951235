/*
 * time.h - sheaf-time: asks an authority for a time stamp (RFC 3161), and
 * checks one.
 *
 * It is a program of its own, because it needs libcrypto and libcurl and reads
 * what others have made; it gives up its rights (import/sandbox.h). Integers
 * are big-endian.
 *
 *   sheaf-time check [CAFILE]
 *     in:  u32 how many texts; each u32 length, bytes; the rest is the reply
 *   sheaf-time ask URL SECONDS [CAFILE]
 *     in:  u32 1; u32 length, bytes: the text to be stamped
 *   out: 'T' u32 which text was stamped, u64 seconds since 1970, u32 length,
 *        name of the authority; the rest is the reply, if it was asked for
 *        'E' u8 exit code, the rest is what is wrong
 *
 * Without CAFILE, authorities are those that the system trusts.
 */
#ifndef SHEAF_TIME_TIME_H
#define SHEAF_TIME_TIME_H

#include <openssl/ts.h>

#include "base/buf.h"
#include "sheaf.h"

#define REPLY_MAX ((size_t)256 << 10)
#define TEXTS_MAX 64

/* As in cli/util.h. */
enum { FAILED = 1, MALFORMED = 4, NOT_AUTHENTIC = 5 };

/* Prints the failure and ends the program. */
void fail(int code, const char *format, ...) PRINTF_LIKE(2, 3)
    __attribute__((noreturn));
/* What libcrypto says, the last reason first; "" if nothing. */
const char *crypto_reason(void);

/* Asks the authority at `url`, and appends its reply. */
void ask(const char *url, long seconds, struct sheaf_bytes query,
         struct sheaf_buf *reply);

struct stamp {
    size_t text; /* which one */
    int64_t time;
    char *authority;
};
/* Checks a reply; ends the program if it is not good. `nonce` may be NULL. */
void check(struct sheaf_bytes reply, const struct sheaf_bytes *texts,
           size_t count, const char *ca_file, const ASN1_INTEGER *nonce,
           struct stamp *out);

#endif
