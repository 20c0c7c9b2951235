/*
 * crawl.h - the records of a crawl (WARC, ARC), and what is made of them.
 */
#ifndef SHEAF_IMPORT_CRAWL_H
#define SHEAF_IMPORT_CRAWL_H

#include "import/digest.h"
#include "import/http.h"

/* Longer headers of a record are an error. */
#define RECORD_HEAD_MAX (256 * KIB)

struct crawl_media;

/* The texts are views of the record. */
struct crawl_record {
    bool arc;
    uint64_t number; /* in the crawl, from 1 */
    struct text version; /* "WARC/1.0" */
    struct text type;    /* WARC-Type; an ARC has responses only */
    struct text uri;     /* without <> */
    struct text mime;    /* of the block, with its parameters */
    struct text id;
    char date[DATE_MAX]; /* as in metadata, or "" */
    struct headers headers;
    size_t head;     /* bytes before the block */
    uint64_t size;   /* of the block */
    uint64_t stated; /* that of the header, which may be wrong */
};

/* ---- warc.c, arc.c ---- */

/* Whether a record begins here. */
bool warc_starts(struct text t);
bool arc_starts(struct text t);
/* The length of the header at the start of `t`; 0 if its end is not there. */
size_t arc_head(struct text t);
/* Reads a header, all of `head`, into `r`. False: `why` says what is wrong. */
bool warc_open(struct crawl_record *r, struct text head, const char **why);
bool arc_open(struct crawl_record *r, struct text head, const char **why);

/* ---- crawl_content.c ---- */

/* Whether the block that begins with `start` is an HTTP response. */
bool content_is_http(const struct crawl_record *r, struct text start);
/* The Content-Type of what was captured. */
struct text content_type(const struct crawl_record *r,
                         const struct http *http);
/* The address of what a revisit repeats. */
struct text crawl_repeats(const struct crawl_record *r);

/* What was captured. */
struct content {
    struct text block; /* of the record */
    struct http http;
    struct http_body body;
    struct text type; /* Content-Type */
};

/* Opens the record `whole`. `meter` and `depth` are as in struct input. False:
 * `why` is the error and `code` its exit code. Call content_close in any
 * case. */
bool content_open(struct content *c, const struct crawl_record *r,
                  struct text whole, struct meter *meter, unsigned depth,
                  int *code, char **why);
void content_close(struct content *c);
/* Whether the digests of the record are right: of its block, and of the
 * payload in any of the forms that crawlers take it in. */
void content_digests(const struct content *c, const struct crawl_record *r,
                     enum digest *block, enum digest *payload);

/* ---- capture.c ---- */

/* What is done with a record. */
enum fate {
    FATE_ARTICLE, /* it is one, unless its body shows otherwise */
    FATE_OUT,     /* left out and counted, as `kind` */
    FATE_NAMED,   /* the same, and named */
    FATE_REVISIT,
    FATE_WRONG /* rejected: `kind` says why */
};

/* Decides that by the start of its block, which holds any HTTP headers. */
enum fate capture_fate(const struct crawl_record *r, struct text start,
                       char kind[64]);

/* The same for what articles may have as parts: FATE_ARTICLE, FATE_REVISIT or
 * FATE_OUT. */
enum fate capture_media_fate(const struct crawl_record *r, struct text start);

/* Makes an article of a record, or leaves it out, or rejects it. `meter` is
 * for its content. A `suspect` record is from damaged data: it is taken only
 * if its digest is right. */
void capture_import(const struct item *item, const char *place,
                    const struct crawl_record *r, struct text whole,
                    struct meter *meter, bool suspect);
/* Counts or names a record that repeats another one. */
void capture_revisit(const char *place, const struct crawl_record *r);

/* ---- crawl.c ---- */

/* Notes in `media` where the crawl has what articles may have as parts. Says
 * nothing about what is damaged: the articles are read after that. */
void crawl_gather(const struct item *item, struct crawl_media *media);

#endif
