/*
 * listing.h - prints articles for list and search.
 */
#ifndef SHEAF_CLI_LISTING_H
#define SHEAF_CLI_LISTING_H

#include <sys/types.h>

#include "cli/browse.h"
#include "cli/out.h"

struct listing {
    struct browse browse;
    struct out out;
    bool json;
    unsigned width; /* of the terminal; 0: there is none */
    pid_t pager;
    int (*run)(struct listing *l); /* NULL: browse_run */
};

/* What struct browse calls; `arg` is the listing. Of a redacted article only
 * the leaf number and the reason are left. */
int listing_item(void *arg, const struct browse_item *item);
int listing_redacted(void *arg, uint64_t leaf, const char *reason);
/* The same as an object of JSON. */
void listing_json(struct out *o, const struct browse *b,
                  const struct browse_item *item);
/* Runs the browse and prints what it gives, at a terminal by a pager. */
int listing_run(struct listing *l);

#endif
