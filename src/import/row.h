/*
 * row.h - rows of tables as records: each becomes a JSON object, so that
 * tables and JSON are read, mapped and restored in the same way.
 */
#ifndef SHEAF_IMPORT_ROW_H
#define SHEAF_IMPORT_ROW_H

#include "import/record.h"

struct row {
    struct sheaf_buf text; /* the object so far */
    struct tree tree;
    bool bad; /* over a limit; it will be rejected */
    size_t lost; /* bytes that are not in its charset */
    const char *charset; /* of text that is not UTF-8; NULL: windows-1252 */
    const char *place;   /* of the input, until the charset was warned of */
};

/* Guesses the charset of the rows by the start of their input. There is a
 * warning as soon as it is needed. */
void row_charset(struct row *row, struct text start, const char *place);
void row_start(struct row *row);
/* The text in UTF-8, in `room` if it is not: read as --charset, or else in the
 * charset of the row. */
struct text row_decode(struct row *row, struct text t,
                       struct sheaf_buf *room);
/* Adds a value under `key`, decoded. */
void row_text(struct row *row, struct text key, struct text value);
/* Adds a value that is JSON already: a number, null. */
void row_json(struct row *row, struct text key, struct text value);
/* Makes an article of the row. */
void row_end(struct row *row, struct records *records, const char *place,
             uint64_t number);
void row_free(struct row *row);

#endif
