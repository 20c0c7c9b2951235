/*
 * front.h - the front matter of a Markdown file: YAML between lines of "---",
 * TOML between lines of "+++", JSON, or lines "Title: Gate".
 */
#ifndef SHEAF_IMPORT_FRONT_H
#define SHEAF_IMPORT_FRONT_H

#include "import/import.h"

/* One value. A list gives one pair for each item; the keys of nested tables
 * are joined: "author.name". */
struct front_pair {
    struct text key, value; /* in `room` */
};

#define FRONT_PAIRS 200

struct front {
    struct front_pair pairs[FRONT_PAIRS];
    size_t count;
    struct sheaf_buf room;
};

/* Takes the front matter from the start of `body`; without one there are no
 * pairs. Initialise `f` with { 0 }. */
void front_read(struct front *f, struct text *body);
void front_free(struct front *f);

#endif
