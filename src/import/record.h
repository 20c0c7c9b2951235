/*
 * record.h - an article from an object of named values: a JSON object, the
 * row of a table.
 */
#ifndef SHEAF_IMPORT_RECORD_H
#define SHEAF_IMPORT_RECORD_H

#include "import/tree.h"

/* What may be the date of articles that have none: names of members. */
#define UNDATED_NAMES 8
#define UNDATED_NAME_MAX ((size_t)80)

struct undated {
    unsigned seen; /* articles without a date */
    bool done;     /* one had a date, or there was a warning */
    size_t count;
    char names[UNDATED_NAMES][UNDATED_NAME_MAX + 1];
};

/* The state for all records of an input. Initialise with { 0 } and `item`. */
struct records {
    const struct item *item;
    const char *type; /* of the body, if the input states it; or NULL */
    const struct part *raw; /* stored with each article; or NULL */
    const struct value
        *hit; /* what the latest record was wrapped in; or NULL */
    const struct tree *outer_doc; /* the document that the records are in */
    const struct value *outer;    /* its object; or NULL */
    struct ghost *ghost;          /* of an export of Ghost; or NULL */
    bool mapped; /* --map has been applied */
    bool alone; /* the input is one record: its ID is the file's */
    bool number_ids; /* an {"id": 12} was seen */
    bool string_ids; /* an {"id": "12"} was seen */
    unsigned source; /* for numbered_check */
    uint64_t placed; /* for numbered_placed */
    uint64_t rows;   /* articles whose ID is the number of their row */
    struct undated undated;
    uint64_t beside; /* hash of the latest URL, if it is of an object beside
                        the text and there is no ID; or 0 */
    bool pieces;     /* it came again */
    uint64_t last;   /* the number of the latest article, for its ID */
};

/* Makes an article of `object`, which is in `tree`, or rejects it. `line`
 * is its number in the input, `place` says where it is, and `source` is
 * what --rejects keeps. An object that is not a record but has a list of
 * records, as in files of feeds and exports, gives these. */
void import_record(struct records *r, const struct tree *tree,
                   const struct value *object, const char *place,
                   uint64_t line, struct text source);
/* The same for an element of the list in such an object. */
void import_listed(struct records *r, const struct tree *tree,
                   const struct value *object, const char *place,
                   uint64_t line);

/* Whether the object has a body, and whether it is a list of objects of which
 * one has. */
bool record_is_article(struct records *r, const struct tree *tree,
                       const struct value *v);
bool record_is_list(struct records *r, const struct tree *tree,
                    const struct value *list);

/* Whether nothing in the document is read as something else: it is an article,
 * or a list of articles, or has one; each with a text and an ID, a URL, a
 * headline or a date. `cut`: its last object may have lost some. */
bool record_is_document(const struct tree *tree, bool cut);

/* Whether a list of records may be where a JSON pointer leads, or further
 * inside; or both. */
enum { PATH_LIST = 1, PATH_AROUND = 2 };
unsigned record_path(struct text pointer);

/* Whether this is a known name of a body: a table with such a column, or an
 * object with such a member, is read as records. */
bool record_has_body(struct text name);
/* Whether it is one of an ID, a URL, a headline or a date. `sure`: and not as
 * often that of something else. */
bool record_has_mark(struct text name, bool sure);

#endif
