/*
 * front.h - what a Markdown file says in its front matter: YAML between
 * lines of "---", or TOML between lines of "+++".
 */
#ifndef SHEAF_IMPORT_FRONT_H
#define SHEAF_IMPORT_FRONT_H

#include "import/import.h"

/* One value. A list gives one for each of its items; of tables within, keys
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

/* Takes the front matter off `body`; without one there are no pairs. Starts
 * as { 0 }. */
void front_read(struct front *f, struct text *body);
void front_free(struct front *f);

#endif
