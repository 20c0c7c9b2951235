/*
 * headers.h - "Name: value" lines before a body, as in WARC and HTTP.
 */
#ifndef SHEAF_IMPORT_HEADERS_H
#define SHEAF_IMPORT_HEADERS_H

#include "import/import.h"

/* More lines than this are an error. */
#define HEADERS_MAX 2000

struct header {
    struct text name;  /* a token of ASCII; empty: the line is no header */
    struct text value; /* trimmed; raw bytes, maybe folded over lines */
};

/* Initialise with { 0 }. The texts are views of what was parsed. */
struct headers {
    struct header *list;
    size_t count;
    size_t cap;
};

/* The length of the lines at the start of `t` up to and with the empty line
 * that ends them; 0 if there is none. */
size_t headers_end(struct text t);
/* False: more than HEADERS_MAX lines. Replaces what is in `h`. */
bool headers_parse(struct headers *h, struct text lines);
void headers_add(struct headers *h, struct text name, struct text value);
/* The first value of this name, in any case of letters; or empty. */
struct text headers_get(const struct headers *h, const char *name);
/* Appends a canonical JSON object. Several values of a name become a list, and
 * lines that are no headers are the list "$lines". */
void headers_json(const struct headers *h, struct sheaf_buf *out);
/* Appends a value as it is in JSON. */
void headers_value(struct text value, struct sheaf_buf *out);
void headers_free(struct headers *h);

/* The media type in a Content-Type: up to the first ';', trimmed. */
struct text media_type(struct text content_type);
/* The value of its parameter `charset`, or empty. */
struct text media_charset(struct text content_type);

#endif
