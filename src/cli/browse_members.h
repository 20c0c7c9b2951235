/*
 * browse_members.h - goes through the articles of a collection.
 *
 * Members come in their order, and of each ID only the newest revision, which
 * is that of the last member that has it.
 */
#ifndef SHEAF_CLI_BROWSE_MEMBERS_H
#define SHEAF_CLI_BROWSE_MEMBERS_H

#include "cli/browse.h"
#include "cli/collection.h"

struct browse_members {
    struct collection collection; /* without members: it is one archive */
    struct browse *browse;
    /* By member: the bits of its leaves that a name has given. */
    uint8_t **taken;
    size_t open; /* whose are in the browse; SIZE_MAX: nobody's */
    void (*entered)(void *arg); /* told with the browse's `arg`; may be NULL */
};

/* Opens what the first operand names: an archive, in b->archive, as by
 * archive_open_args; or a collection, whose members will be opened there. `m`
 * is zeroed, but for `entered`. Call browse_members_end in any case. */
int browse_open(struct browse_members *m, struct browse *b,
                const struct args *args);
void browse_members_end(struct browse_members *m);

#endif
