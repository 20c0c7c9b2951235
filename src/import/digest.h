/*
 * digest.h - digests with the name of their algorithm, as in WARC:
 * "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ".
 */
#ifndef SHEAF_IMPORT_DIGEST_H
#define SHEAF_IMPORT_DIGEST_H

#include "import/import.h"

enum digest {
    DIGEST_SAME,
    DIGEST_OTHER,  /* that of other bytes */
    DIGEST_UNKNOWN /* an algorithm that is not known here */
};

/* Whether `labelled` is the digest of these bytes, in hexadecimal, base32 or
 * base64. */
enum digest digest_check(struct text labelled, struct text bytes);
/* The same in pieces: start, add any number of times, end once. NULL: the
 * algorithm is not known. */
struct digester *digest_start(struct text labelled);
void digest_add(struct digester *d, struct text bytes);
enum digest digest_end(struct digester *d);

#endif
