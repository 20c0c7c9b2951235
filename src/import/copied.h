/*
 * copied.h - tables between tabs as COPY of PostgreSQL and MySQL write them:
 * without quotes, with backslashes before what a cell cannot have.
 */
#ifndef SHEAF_IMPORT_COPIED_H
#define SHEAF_IMPORT_COPIED_H

#include "import/import.h"

struct copied {
    struct input in; /* the same table with quotes */
    struct input *from;
    bool inside; /* of a cell */
    char held[2];
    size_t held_len; /* bytes of it that are to be given */
};

/* Whether a table that begins so certainly is one. */
bool is_copied(struct text start);
void copied_open(struct copied *c, struct input *from);

#endif
