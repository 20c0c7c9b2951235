/*
 * record.h - an article from an object of named values: a JSON object, the
 * row of a table.
 */
#ifndef SHEAF_IMPORT_RECORD_H
#define SHEAF_IMPORT_RECORD_H

#include "import/tree.h"

/* The state for all records of an input. Initialise with { 0 } and `item`. */
struct records {
    const struct item *item;
    const char *type; /* of the body, if the input states it; or NULL */
    const struct part *raw; /* stored with each article; or NULL */
    const struct value *hit; /* what the record was wrapped in; or NULL */
    bool mapped; /* --map has been applied */
    bool alone; /* the input is one record: its ID is the file's */
    bool number_ids; /* an {"id": 12} was seen */
    bool string_ids; /* an {"id": "12"} was seen */
};

/* Makes an article of `object`, which is in `tree`, or rejects it. `line`
 * is its number in the input, `place` says where it is, and `source` is
 * what --rejects keeps. An object that is not a record but has a list of
 * records, as in files of feeds and exports, gives these. */
void import_record(struct records *r, const struct tree *tree,
                   const struct value *object, const char *place,
                   uint64_t line, struct text source);
/* Whether this is a known name of a body: a table with such a column, or an
 * object with such a member, is read as records. */
bool record_has_body(struct text name);

#endif
