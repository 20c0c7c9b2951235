/*
 * coding.h - content codings of HTTP: gzip, deflate, br and zstd.
 */
#ifndef SHEAF_IMPORT_CODING_H
#define SHEAF_IMPORT_CODING_H

#include "import/import.h"

struct coding;

enum coded {
    CODED_WHOLE,
    CODED_NOT,     /* the bytes are not coded so */
    CODED_CUT,     /* they end too early: `out` is the start */
    CODED_BAD,     /* damaged: `why` says how */
    CODED_UNKNOWN, /* no such coding is known */
};

/* Undoes the coding `name` of `bytes`, which stay in use. `out` is valid until
 * coding_free(*coding), which also takes NULL. */
enum coded coding_undo(struct coding **coding, struct text name,
                       struct text bytes, struct meter *meter, unsigned depth,
                       struct text *out, int *code, char **why);
void coding_free(struct coding *coding);

#endif
