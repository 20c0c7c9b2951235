/*
 * row.h - rows of tables as records: each becomes a JSON object, so that a
 * table and JSON are read, mapped and given back in one way.
 */
#ifndef SHEAF_IMPORT_ROW_H
#define SHEAF_IMPORT_ROW_H

#include "import/record.h"

struct row {
    struct sheaf_buf text; /* the object up to now */
    struct tree tree;
    bool bad; /* it is over a limit, and will be rejected */
};

void row_start(struct row *row);
/* A value under `key`. Text that is not UTF-8 is taken for --charset, or for
 * windows-1252. */
void row_text(struct row *row, struct text key, struct text value);
/* A value that is JSON already: a number, null. */
void row_json(struct row *row, struct text key, const char *value);
/* Makes an article of it. */
void row_end(struct row *row, struct records *records, const char *place,
             uint64_t number);
void row_free(struct row *row);

#endif
