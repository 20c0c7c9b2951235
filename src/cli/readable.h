/*
 * readable.h - the readable text of an article, for --text.
 *
 * Plain text and Markdown are their own text. sheaf-import --text finds the
 * text of HTML, and converts text that names another charset, in a process of
 * its own: it parses untrusted bytes, and a get would otherwise load libraries
 * that it does not need. One process answers for all articles. Question and
 * answer, with big-endian integers:
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
    READABLE_NOT,   /* not text */
    READABLE_AS_IS, /* the body is text */
    READABLE_HTML,
    READABLE_OTHER  /* text in a charset other than UTF-8 */
};

/* Initialise with { 0 }. */
struct readable {
    pid_t child; /* 0: not needed yet */
    int to, from;
    struct sheaf_buf body, text; /* of the last article */
};

enum readable_kind readable_kind(const struct sheaf_article *article);
/* Whether readable_find has to find the text. */
bool readable_is_found(const struct sheaf_article *article);
/* Finds the text of such an article, to r->text. Returns an exit code. */
int readable_find(struct readable *r, const struct archive *a,
                  const struct sheaf_article *article);
/* Writes the text of any article to `o`; one without text is an error.
 * Failures to write are left to out_finish. */
int readable_write(struct readable *r, const struct archive *a,
                   const struct sheaf_article *article, struct out *o);
void readable_end(struct readable *r);

#endif
