/*
 * pins.h - what a reader remembers of the logs that he has verified.
 *
 * A signature does not say that there is no newer one. So the newest
 * checkpoint of each origin and key that was seen is kept, a pin, and an
 * archive that is older, or that goes on from another beginning, is refused:
 * a rollback or a fork. Then both checkpoints are kept as evidence.
 *
 * `verify` keeps pins; the other commands only compare with them.
 */
#ifndef SHEAF_CLI_PINS_H
#define SHEAF_CLI_PINS_H

#include "cli/archive.h"

enum pin_state {
    PIN_OFF,      /* not asked for, or nowhere to keep it */
    PIN_NEW,      /* this log was not seen before */
    PIN_SAME,     /* nor anything newer since */
    PIN_EXTENDED, /* the archive goes on from what was seen */
    PIN_ROLLBACK, /* what was seen is newer */
    PIN_FORK      /* what was seen is not the beginning of this */
};

struct pin {
    enum pin_state state;
    uint64_t size;        /* that was seen before */
    struct sheaf_buf evidence; /* a path, after a rollback or fork */
};

/*
 * Compares a signed archive, the signature of which has been checked, with
 * what was seen of its log before; with `keep` it becomes what was seen. An
 * exit code: EXIT_NOT_AUTHENTIC after a rollback or fork. pin_free in any
 * case.
 */
int pins_check(const struct args *args, const struct archive *a,
               const struct sheaf_public_key *key, bool keep,
               struct pin *out);
void pin_free(struct pin *pin);

#endif
