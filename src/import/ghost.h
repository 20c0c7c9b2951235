/*
 * ghost.h - what an export of Ghost has of its posts in other tables.
 */
#ifndef SHEAF_IMPORT_GHOST_H
#define SHEAF_IMPORT_GHOST_H

#include "import/record_fields.h"

/* NULL if `outer`, the document, is no export of Ghost. */
struct ghost *ghost_open(const struct tree *doc, const struct value *outer);
/* Fills in authors and tags that the post itself does not have. */
void ghost_fill(const struct ghost *g, struct record *r);
void ghost_close(struct ghost *g);

#endif
