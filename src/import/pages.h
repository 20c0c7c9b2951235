/*
 * pages.h - the list of pages that comes with a crawl: titles and times.
 */
#ifndef SHEAF_IMPORT_PAGES_H
#define SHEAF_IMPORT_PAGES_H

#include "import/import.h"

struct page_note {
    struct text url;
    struct text title; /* or empty */
    struct text time;  /* as in metadata, or empty */
};

/* Initialise with { 0 }. */
struct pages {
    struct sheaf_buf room;
    struct page_place *list;
    size_t count;
    size_t cap;
    bool full; /* over a limit: the others are not known */
};

/* Reads lines of JSON objects with `url`, `title` and `ts`. */
void pages_read(struct pages *p, struct input *in);
/* After all are read. */
void pages_sort(struct pages *p);
/* These are used from now on; returns those before, or NULL. */
struct pages *pages_use(struct pages *p);
/* The page of an address, the one of this time if there are several. */
bool pages_find(struct text url, struct text time, struct page_note *out);
void pages_free(struct pages *p);

#endif
