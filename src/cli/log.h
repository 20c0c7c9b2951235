/*
 * log.h - what a signer remembers of the logs that he has signed.
 *
 * A log is an origin and a key. Signing two trees for one log is misbehaviour
 * that others can prove, after which nobody believes either. So after each
 * commit the size and root of the log are kept in a small text file, with the
 * note itself, in $XDG_STATE_HOME/sheaf/logs or ~/.local/state/sheaf/logs. An
 * archive is signed only if it extends what was signed before.
 *
 * A command that signs calls log_open, which keeps other processes from
 * signing the same log until log_close; then log_check, if there is an archive
 * to extend; and after the commit log_keep or log_save.
 */
#ifndef SHEAF_CLI_LOG_H
#define SHEAF_CLI_LOG_H

#include "cli/out.h"

struct archive;

struct log {
    struct sheaf_buf path;
    struct sheaf_buf note; /* the last note, if it was kept */
    char origin[256];
    uint64_t key;
    bool known; /* a checkpoint was signed before, of ... */
    uint64_t size;
    uint8_t root[SHEAF_HASH_BYTES];
    int lock;   /* the file, as a descriptor */
    bool locked;
    bool made;  /* the file exists only for the lock */
};

/* Looks up the log and locks it. Call log_close in any case. */
int log_open(struct log *l, const char *origin, const uint8_t key_id[8]);
/* Refuses an archive that does not extend what was signed: an older one, or
 * another one of the same origin. `archive` needs no key. */
int log_check(const struct log *l, const struct archive *archive);
/* Replaces what was kept, in one step, without a note. */
int log_save(struct log *l, uint64_t size,
             const uint8_t root[SHEAF_HASH_BYTES]);
/* The same, with the note that `secret` signed. */
int log_keep(struct log *l, const struct sheaf_written *written,
             const struct sheaf_secret_key *secret);
void log_close(struct log *l);

#endif
