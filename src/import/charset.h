/*
 * charset.h - bytes of a page or text to UTF-8, as a browser reads them.
 */
#ifndef SHEAF_IMPORT_CHARSET_H
#define SHEAF_IMPORT_CHARSET_H

#include "import/import.h"

#define CHARSET_NAME_MAX 40

/* What is stated about the bytes; each may be empty. */
struct charset_hints {
    struct text http; /* the charset of the HTTP Content-Type */
    struct text meta; /* the charset that the page or the XML declaration
                         names */
    struct text lang; /* the language of the page, if it names no charset */
};

/*
 * Returns the bytes as UTF-8, without byte order mark and NULs: `bytes` itself
 * if nothing changes, otherwise a copy in `room`. Unreadable bytes become
 * U+FFFD.
 */
struct text charset_decode(struct text bytes, struct charset_hints hints,
                           struct sheaf_buf *room);

/* The same for text whose charset is known, also one that browsers do not
 * read, but mail programs. False: `label` is no charset. */
bool charset_read(struct text bytes, struct text label,
                  struct sheaf_buf *room, struct text *out);

/* What RFC 1428 calls it if some bytes of UTF-8 are not. */
#define CHARSET_MIXED "unknown-8bit"

enum charset_found { CHARSET_NONE, CHARSET_UNKNOWN, CHARSET_SURE,
                     CHARSET_GUESSED };

/* The charset of a file by its bytes, as a label. CHARSET_NONE: it has bytes
 * that text does not have; CHARSET_UNKNOWN: none was found. */
enum charset_found charset_of_text(struct text bytes,
                                   char label[CHARSET_NAME_MAX]);

/* The place of the first byte that no charset of text has but UTF-16, or the
 * length of the text. */
size_t charset_control(struct text t);

/* iconv's name for the charset that these bytes look like; `usual` if that is
 * not sure. */
const char *charset_guess(struct text bytes, const char *usual);

/* iconv's name for a label, as a browser reads it. False: unknown. */
bool charset_name(struct text label, char name[CHARSET_NAME_MAX]);
/* The same with those that browsers do not read, but mail programs: utf-7. */
bool charset_any_name(struct text label, char name[CHARSET_NAME_MAX]);

/* The character of byte 0x80 to 0x9F in windows-1252. */
unsigned charset_1252(unsigned byte);
/* Appends a character; an invalid one becomes U+FFFD. */
void charset_add(struct sheaf_buf *b, unsigned long c);

#endif
