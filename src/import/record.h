/*
 * record.h - an article from an object of named values: a JSON object, the
 * row of a table.
 */
#ifndef SHEAF_IMPORT_RECORD_H
#define SHEAF_IMPORT_RECORD_H

#include "import/tree.h"

/* What is known of all records of one input; starts as { 0 } with `item`. */
struct records {
    const struct item *item;
    const char *type; /* the body's, if the input says that; or NULL */
    const struct part *raw; /* stored with each article; or NULL */
    const struct value *hit; /* what the record was wrapped in; or NULL */
    bool mapped; /* --map has been applied */
    bool alone; /* the input is one record: its ID is the file's */
    bool number_ids; /* {"id": 12} was there */
    bool string_ids; /* {"id": "12"} was there */
};

/* Makes an article of `object`, which is in `tree`, or rejects it. `line` is
 * its number in the input, `place` says where it is, and `source` is what
 * --rejects keeps. An object that holds a list of records and is none itself,
 * as files of feeds and exports are, gives those. */
void import_record(struct records *r, const struct tree *tree,
                   const struct value *object, const char *place,
                   uint64_t line, struct text source);
/* Whether a table with this column, or an object with this member, may be
 * taken for records: it is a name of the body. */
bool record_has_body(struct text name);

#endif
