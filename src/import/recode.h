/*
 * recode.h - text from other character sets to UTF-8, by iconv.
 */
#ifndef SHEAF_IMPORT_RECODE_H
#define SHEAF_IMPORT_RECODE_H

#include "import/import.h"

bool recode_knows(const char *charset);
/* Appends `t` as UTF-8; bytes that are not in `charset` become U+FFFD, and are
 * counted. False: there is no such charset. */
bool recode_known(const char *charset, struct text t, struct sheaf_buf *out,
                  size_t *bad);
/* The same; the program ends if there is no such charset. */
void recode(const char *charset, struct text t, struct sheaf_buf *out);

/* A whole input as UTF-8. Begin with recode_open and end with recode_close;
 * read `in` in between. */
#define RECODE_ROOM 8 /* for any character */

struct recoder {
    struct input in;
    struct input *from;
    void *cd;
    size_t unit; /* bytes that are skipped if they are no character */
    char held[RECODE_ROOM]; /* converted, for a reader who asks for less than
                               a character */
    size_t held_at;
    size_t held_len;
};
void recode_open(struct recoder *r, const char *charset, struct input *from);
void recode_close(struct recoder *r);

/* UTF-16 by its byte order mark, or by the zeros in its ASCII characters:
 * iconv's name for it, or NULL. */
const char *recode_utf16(struct text start);

#endif
