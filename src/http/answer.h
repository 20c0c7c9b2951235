/*
 * answer.h - what the headers of an answer say.
 */
#ifndef SHEAF_HTTP_ANSWER_H
#define SHEAF_HTTP_ANSWER_H

#include "base/base.h"
#include "sheaf.h"

#define ANSWER_TAG_MAX 200
/* Bytes of headers, those of redirections included. */
#define ANSWER_HEADERS_MAX ((size_t)128 << 10)

struct answer {
    int status;     /* 0: there was no status line */
    size_t headers; /* bytes of all headers */
    bool
        has_range; /* there is a Content-Range, in the form that is asked for */
    bool bad_range; /* or one that is not, or a second one */
    uint64_t from, to, total;
    bool coded;                   /* compressed on the way */
    char tag[ANSWER_TAG_MAX + 1]; /* ETag as it stands there, or "" */
    char region[64];              /* where S3 has the bucket, or "" */
    unsigned wait;                /* seconds to wait, if the server says so */
};

/* Takes a line of the headers, with or without its line end. A status line
 * begins anew. False: there are too many. */
bool answer_header(struct answer *a, struct sheaf_bytes line);
/* Whether the ETag is one that a changed file cannot have. */
bool answer_strong(const char *tag);
/* "bytes 0-99/1234", without anything else. */
bool answer_range(struct sheaf_bytes value, uint64_t *from, uint64_t *to,
                  uint64_t *total);

#endif
