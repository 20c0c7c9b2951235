/*
 * pins.h - what a reader remembers of the logs that he has verified.
 *
 * A signature does not say that there is no newer one. So the newest
 * checkpoint seen of each log is kept: a pin. An archive that is older is a
 * rollback, and one with another beginning is a fork. Both are refused, and
 * then both checkpoints are kept as evidence.
 *
 * `verify` keeps pins; the other commands only compare with them.
 */
#ifndef SHEAF_CLI_PINS_H
#define SHEAF_CLI_PINS_H

#include "cli/args.h"
#include "cli/seen_checkpoints.h"

enum pin_state {
    PIN_OFF,      /* switched off, or no place to keep it */
    PIN_NEW,      /* this log was not seen before */
    PIN_SAME,     /* the checkpoint is the one seen before */
    PIN_EXTENDED, /* the archive extends the one seen before */
    PIN_ROLLBACK, /* the one seen before is newer */
    PIN_FORK      /* the archive does not begin with the one seen before */
};

struct pin {
    enum pin_state state;
    uint64_t size;             /* of the one seen before */
    struct sheaf_buf evidence; /* a path, after a rollback or fork */
    bool lost;                 /* the new one could not be kept */
};

/* The file of pins that the options name; *have is false if there is no place
 * for one. Call checkpoints_close in any case. */
int pins_find(struct checkpoints *c, const struct args *args, bool *have);

/*
 * Compares an archive whose signature was checked with `key` with the pin of
 * its log. With `keep`, the pin is updated. Returns an exit code:
 * EXIT_NOT_AUTHENTIC after a rollback or fork. Call pin_free in any case.
 */
int pins_check(const struct args *args, const struct archive *a,
               const struct sheaf_public_key *key, bool keep,
               struct pin *out);
void pin_free(struct pin *pin);

#endif
