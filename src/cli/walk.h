/*
 * walk.h - taking apart the metadata of an article.
 *
 * What the library hands out as metadata is canonical JSON, so this needs to
 * know little: there is no white space, and strings, braces and brackets are
 * in order. Given anything else it answers something, and stays within it.
 */
#ifndef SHEAF_CLI_WALK_H
#define SHEAF_CLI_WALK_H

#include "cli/text.h"

/* The members of an object: keys without their quotes, values whole. */
struct walk {
    struct sheaf_bytes rest;
    bool object;
};

/* Over an object's members or an array's items. */
struct walk walk_over(struct sheaf_bytes value);
/* The next one; false at the end. In an array, *key is empty. */
bool walk_next(struct walk *w, struct sheaf_bytes *key,
               struct sheaf_bytes *value);

/* A member of an object; false, and *value empty, if it has none. */
bool walk_member(struct sheaf_bytes object, const char *key,
                 struct sheaf_bytes *value);

bool walk_is_object(struct sheaf_bytes value);
bool walk_is_array(struct sheaf_bytes value);
/* Takes the quotes off a string; false if it is none. */
bool walk_string(struct sheaf_bytes value, struct sheaf_bytes *inside);
/* Appends what the string member `key` says; *have says if there is one.
 * False when there is no memory. */
bool walk_text(struct sheaf_bytes object, const char *key, struct text *out,
               bool *have);

#endif
