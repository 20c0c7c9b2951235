/*
 * log.h - what a signer remembers of the logs that he has signed.
 *
 * A log is an origin and a key. Whoever signs two trees for one log can be
 * shown to have done so, and then nobody believes either. So after each
 * commit the log's size and root are kept in a small text file, with the note
 * itself, in $XDG_STATE_HOME/sheaf/logs or ~/.local/state/sheaf/logs; and
 * before anything is signed, what was signed before must be its beginning.
 *
 * Whoever signs calls log_open, which keeps others from signing the same log
 * until log_close; then, if there is an archive to go on from, log_check;
 * and after the commit log_keep or log_save.
 */
#ifndef SHEAF_CLI_LOG_H
#define SHEAF_CLI_LOG_H

#include "cli/out.h"

struct archive;

struct log {
    struct sheaf_buf path;
    struct sheaf_buf note; /* the last one, if it was kept */
    char origin[256];
    uint64_t key;
    bool known; /* this was signed before, and up to ... */
    uint64_t size;
    uint8_t root[SHEAF_HASH_BYTES];
    int lock;   /* the file, as a descriptor */
    bool locked;
    bool made;  /* the file is there only for the lock */
};

/* Looks the log up and locks it. `l` may be zeros before, and is what
 * log_close takes back in any case. */
int log_open(struct log *l, const char *origin, const uint8_t key_id[8]);
/* Refuses an archive that does not go on from what was signed: an older one,
 * or another one of the same origin. `archive` needs no key. */
int log_check(const struct log *l, const struct archive *archive);
/* Replaces what was kept, in one step; without a note. */
int log_save(struct log *l, uint64_t size,
             const uint8_t root[SHEAF_HASH_BYTES]);
/* The same, with the note that `secret` has signed. */
int log_keep(struct log *l, const struct sheaf_written *written,
             const struct sheaf_secret_key *secret);
void log_close(struct log *l);

#endif
