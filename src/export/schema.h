/*
 * schema.h - the tables of the database: articles; search, an index of their
 * words; and sheaf, which says of what state of which archive they are.
 */
#ifndef SHEAF_EXPORT_SCHEMA_H
#define SHEAF_EXPORT_SCHEMA_H

#include "base/buf.h"
#include "export/words.h"

#define SCHEMA_APPLICATION 0x53684664 /* "ShFd" */
#define SCHEMA_VERSION 2
#define COLUMNS_MAX 64

/* Other words of the index say more of a word: it is in the headline, or the
 * body has it so often. */
enum mark { MARK_HEADLINE, MARK_SOME, MARK_MANY, MARK_COUNT };
#define MARK_SOME_LEAST 3
#define MARK_MANY_LEAST 8
/* Appends the character that begins such a word. */
bool schema_mark(struct sheaf_buf *out, enum mark mark);

/* The values of the table sheaf that the command gives; then come counts of
 * articles and of their words. */
#define STATE_COUNT 6

extern const char schema_search[], schema_state[];
/* CREATE TABLE articles. `names` ends with NULL. */
bool schema_articles(struct sheaf_buf *out, char **names, bool text);
/* Whether the tables are exactly these, and no other objects but theirs are
 * there. Of a file that anybody may have made. */
bool schema_is(sqlite3 *db, char **names);

#endif
