/*
 * recipe.h - the page of text in an archive that says how to read it.
 *
 * The text is spec/recipe.py: what a sheaf is, as a comment, and then a script.
 */
#ifndef SHEAF_FORMAT_RECIPE_H
#define SHEAF_FORMAT_RECIPE_H

#include "base/base.h"
#include "sheaf.h"

/* Appends the optional frame with the text. */
bool recipe_frame(struct sheaf_buf *out);
/* Whether a whole frame is that one, or that of an earlier version. The text is
 * not signed: anybody can write another one. */
bool recipe_is_frame(struct sheaf_bytes frame);

#endif
