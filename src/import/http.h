/*
 * http.h - an HTTP response as crawls keep it, and its body as it was before
 * it was coded for the way.
 */
#ifndef SHEAF_IMPORT_HTTP_H
#define SHEAF_IMPORT_HTTP_H

#include "import/headers.h"

/* Longer headers are an error. */
#define HTTP_HEAD_MAX (256 * KIB)
/* Content codings on top of each other. */
#define CODINGS_MAX 3

struct http {
    unsigned status;
    struct text status_line;
    struct headers headers;
    size_t head; /* bytes before the body */
};

/* Reads the status line and the headers at the start of `block`, which may be
 * cut behind them. False: `why` says what is wrong. Initialise with { 0 }. */
bool http_open(struct http *http, struct text block, const char **why);
void http_close(struct http *http);

struct http_body {
    struct text bytes;     /* without transfer and content coding */
    struct text unchunked; /* without transfer coding */
    const char *doubt;     /* what may be wrong with it, or NULL */
    struct sheaf_buf chunks;
    struct coding *codings[CODINGS_MAX];
    size_t coding_count;
};

/*
 * Undoes the codings of a body. Many crawlers undo one and keep the header
 * that names it, so that bytes which are not coded so are left as they are.
 * `cut`: the crawler cut the body short, so that its end may be missing.
 * `meter` and `depth` are as in struct input. False: `why` is the error and
 * `code` its exit code. Call http_body_free in any case.
 */
bool http_body_open(struct http_body *body, const struct http *http,
                    struct text raw, bool cut, struct meter *meter,
                    unsigned depth, int *code, char **why);
void http_body_free(struct http_body *body);

#endif
