/*
 * log.h - what a signer remembers of the logs that he has signed.
 *
 * A log is an origin and a key. Whoever signs two trees for one log can be
 * shown to have done so, and then nobody believes either. So after each
 * commit the log's size and root are kept in a small text file, in
 * $XDG_STATE_HOME/sheaf/logs or ~/.local/state/sheaf/logs.
 */
#ifndef SHEAF_CLI_LOG_H
#define SHEAF_CLI_LOG_H

#include "out.h"

struct log {
    struct text path;
    const char *origin;
    uint64_t key;
    bool known; /* this was signed before, and up to ... */
    uint64_t size;
    uint8_t root[SHEAF_HASH_BYTES];
};

/* Looks the log up. `origin` is borrowed. */
int log_open(struct log *l, const char *origin, const uint8_t key_id[8]);
/* Replaces what was kept, in one step. */
int log_save(struct log *l, uint64_t size,
             const uint8_t root[SHEAF_HASH_BYTES]);
void log_close(struct log *l);

#endif
