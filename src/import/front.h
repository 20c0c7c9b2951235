/*
 * front.h - the front matter of a text, in which static sites have its
 * metadata: YAML between lines of "---", TOML between lines of "+++", JSON, or
 * lines "Title: Gate".
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
#define FRONT_MAX (64 * KIB)
/* Bytes in m->notes that front_meta may take. */
#define FRONT_NOTES (4 * SUMMARY_MAX)

struct front {
    struct front_pair pairs[FRONT_PAIRS];
    size_t count;
    struct sheaf_buf room;
};

/* Takes the front matter from the start of `body`; without one there are no
 * pairs. Initialise `f` with { 0 }. */
void front_read(struct front *f, struct text *body);
/* The same of a web page: only between lines of "---" or "+++", and only if it
 * is nothing that a page would show. */
void front_read_page(struct front *f, struct text *page);
/* Adds a pair, as other texts state them; list: the items of "a, b". */
void front_add(struct front *f, struct text key, struct text value);
void front_add_list(struct front *f, struct text key, struct text value,
                    char mark);
void front_free(struct front *f);

/* ---- front_meta.c ---- */

/* Puts what the pairs say into the metadata, m->front and m->dated among it;
 * m->notes has FRONT_NOTES bytes of room. */
void front_meta(const struct front *f, struct meta *m);

#endif
