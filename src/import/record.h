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
    bool number_ids; /* {"id": 12} was there */
    bool string_ids; /* {"id": "12"} was there */
};

/* Makes an article of the outermost object in `tree`, or rejects it. `line`
 * is its number in the input, `place` says where it is, and `source` is what
 * --rejects keeps. */
void import_record(struct records *r, const struct tree *tree,
                   const char *place, uint64_t line, struct text source);

#endif
