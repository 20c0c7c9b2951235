/*
 * newest.h - whether an article is the newest revision of its ID.
 */
#ifndef SHEAF_CLI_NEWEST_H
#define SHEAF_CLI_NEWEST_H

#include "base/idset.h"
#include "cli/archive.h"

/*
 * Tells, while an archive is listed, which leaves are the newest revision of
 * their ID. Asking sheaf_find each time would read every article. So all IDs
 * are first counted in a filter of bounded size: an ID that comes once needs
 * no lookup, and there are few others.
 */
enum newest_how {
    NEWEST_COUNT, /* count all IDs first */
    NEWEST_WAIT,  /* when many of them have been looked up: a filter may pass
                     few */
    NEWEST_ASK    /* never: the answer must be proven */
};
struct newest {
    const struct archive *archive;
    bool waits;     /* NEWEST_WAIT, and there were few so far */
    uint64_t asked; /* how many */
    struct sheaf_scratch *scratch;
    struct sheaf_buf id;
    uint8_t *filter; /* two bits for each slot; NULL: always ask */
    uint64_t slots;
    bool unknown;       /* IDs of some leaves are lost */
    struct idset *last; /* the last leaf of each ID, by the columns */
    uint64_t doubts;    /* leaves that may not be the newest */
    uint64_t hidden;    /* leaves whose newest revision is lost */
    uint64_t put_back;  /* leaves that are there although they were redacted */
    struct sheaf_error redacted; /* why the last of them was */
};

int newest_start(struct newest *n, const struct archive *a,
                 enum newest_how how);
/* `id` is as in struct sheaf_listing. Returns an exit code. A leaf of which it
 * is not known counts as the newest. */
int newest_is(struct newest *n, struct sheaf_bytes id, uint64_t leaf,
              bool *out);
/* Says of how many leaves it was not known; returns the exit code for that. */
int newest_code(const struct newest *n);
void newest_end(struct newest *n);

#endif
