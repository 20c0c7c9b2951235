/*
 * readable.h - the readable text of an article, for --text.
 *
 * Plain text and Markdown are their own text. That of HTML is found by
 * sheaf-import --text, a process of its own: it parses strangers' bytes, and
 * with it a get would load what it does not need. One process answers for
 * all articles. It gets, and gives back, integers being big-endian:
 *
 *   question = u8 type_len, type, u64 size, bytes of the body
 *   answer   = u64 size, UTF-8
 */
#ifndef SHEAF_CLI_READABLE_H
#define SHEAF_CLI_READABLE_H

#include <sys/types.h>

#include "cli/archive.h"
#include "cli/out.h"

enum readable_kind {
    READABLE_NOT,   /* no text: a picture, or who knows */
    READABLE_AS_IS, /* the body is text */
    READABLE_HTML
};

/* Starts as { 0 }. */
struct readable {
    pid_t child; /* 0: not needed yet */
    int to, from;
    struct sheaf_buf body, text; /* of the article asked about last */
};

enum readable_kind readable_kind(const struct sheaf_article *article);
/* The text of an article of HTML, in r->text. An exit code. */
int readable_html(struct readable *r, const struct archive *a,
                  const struct sheaf_article *article);
/* The text of any article to `o`; one without text is an error. That writing
 * failed is to be asked of `o`. */
int readable_write(struct readable *r, const struct archive *a,
                   const struct sheaf_article *article, struct out *o);
void readable_end(struct readable *r);

#endif
