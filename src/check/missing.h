/*
 * missing.h - which articles of a group were not found (format.md F13,
 * Recover).
 */
#ifndef SHEAF_CHECK_MISSING_H
#define SHEAF_CHECK_MISSING_H

#include "base/base.h"
#include "format/group.h"
#include "sheaf.h"

/* Starts as zeros; missing_free frees its memory. */
struct missing {
    uint8_t (*seen)[16]; /* short hashes of IDs, since the last group */
    size_t count;
    size_t room;
    uint32_t *taken; /* at the first of equal hashes: how many of these the
                        group's lines have matched */
    struct sheaf_buf id;
};

void missing_free(struct missing *m);
/* Records that an article was found. */
int missing_see(struct missing *m, struct sheaf_bytes id,
                struct sheaf_error *err);
/*
 * Ends a group: calls `lost` with the ID of each article that its columns name
 * and that was not seen after the group before. Stops if `lost` fails.
 */
int missing_tell(struct missing *m, const struct group *g,
                 struct sheaf_bytes columns, uint64_t offset,
                 int (*lost)(void *arg, struct sheaf_bytes id,
                             struct sheaf_error *err),
                 void *arg, struct sheaf_error *err);

#endif
