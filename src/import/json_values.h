/*
 * json_values.h - the values of a JSON text, one after the other.
 */
#ifndef SHEAF_IMPORT_JSON_VALUES_H
#define SHEAF_IMPORT_JSON_VALUES_H

#include "import/record.h"

/* ---- json_values.c ---- */

/* Takes the text of the next value. LINE_LONG: it is larger than RECORD_MAX,
 * and was skipped if that is asked for. */
enum line json_value(struct input *in, bool skip, struct text *out);
/* The length of the value that `t` begins with. */
size_t json_extent(struct text t);
/* Skips white space, and commas between two values of an array. Returns the
 * next byte, which is not taken, or -1 at the end. */
int json_skip_between(struct input *in, bool array);

/* Makes an article of one object, the record `number`. `listed`: it is in the
 * list of a document. */
void json_import(struct records *r, struct tree *tree, struct text source,
                 uint64_t number, bool listed);
void json_reject_long(const struct records *r, uint64_t number);

/* ---- json_sure.c ---- */

/* Whether the start of a text is nothing but records; `whole`: it is all. */
bool json_is_records(struct text t, bool whole);

/* ---- json_columns.c ---- */

/* Whether the outermost value is an object of columns, all of one length. */
bool json_is_columns(const struct tree *tree);
/* Makes an article of each row. */
void json_import_columns(struct records *r, const struct tree *tree,
                         const char *place);

/* ---- json_list.c ---- */

/*
 * A document that is too large to be in memory: the records of its list. Other
 * members of the document are passed over. The input is at its bracket; at the
 * end it is behind the document. `number` is that of the document.
 */
void import_wrapped_list(struct records *r, uint64_t number);

#endif
