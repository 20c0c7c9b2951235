/*
 * missing.h - which articles the groups name and nobody found (format.md F13,
 * Recover).
 */
#ifndef SHEAF_CHECK_MISSING_H
#define SHEAF_CHECK_MISSING_H

#include "base/base.h"
#include "base/idset.h"
#include "format/group.h"
#include "sheaf.h"

struct missing {
    struct idset *seen;      /* IDs with their revisions */
    struct sheaf_buf key;    /* of one of them */
    struct sheaf_buf groups; /* uint64_t, the offsets of those that name what
                                was not seen before them */
};

/* Called with the ID of an article, and the offset of the group that names
 * it. */
typedef int (*missing_fn)(void *arg, struct sheaf_bytes id, uint64_t offset,
                          struct sheaf_error *err);

/* `m` is zeros; missing_free frees its memory. */
int missing_start(struct missing *m, struct sheaf_error *err);
void missing_free(struct missing *m);
/* Records that an article was found. */
int missing_see(struct missing *m, struct sheaf_bytes id, uint64_t rev,
                struct sheaf_error *err);
/* Records the group if it names an article in its columns that was not seen. */
int missing_ask(struct missing *m, const struct group *g,
                struct sheaf_bytes columns, uint64_t offset,
                struct sheaf_error *err);
/* All is found that will be: calls `lost` for each article that the group
 * names, and that was not, once. Stops if it fails. */
int missing_tell(struct missing *m, const struct group *g,
                 struct sheaf_bytes columns, uint64_t offset, missing_fn lost,
                 void *arg, struct sheaf_error *err);

#endif
