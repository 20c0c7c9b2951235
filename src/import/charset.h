/*
 * charset.h - bytes of a page or text to UTF-8, as a browser reads them.
 */
#ifndef SHEAF_IMPORT_CHARSET_H
#define SHEAF_IMPORT_CHARSET_H

#include "import/import.h"

/* What is said about the bytes from outside and inside; each may be empty. */
struct charset_hints {
    struct text http; /* the charset of the Content-Type that came with it */
    struct text meta; /* what the page or the XML declaration names */
    struct text lang; /* the page's language, for what names nothing */
};

/*
 * The bytes as UTF-8, without byte order mark and NULs: `bytes` itself where
 * nothing has to change, else in `room`. What can't be read is U+FFFD.
 */
struct text charset_decode(struct text bytes, struct charset_hints hints,
                           struct sheaf_buf *room);

/* What byte 0x80 to 0x9F means where windows-1252 is meant. */
unsigned charset_1252(unsigned byte);
/* Appends a character; what is none becomes U+FFFD. */
void charset_add(struct sheaf_buf *b, unsigned long c);

#endif
