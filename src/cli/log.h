/*
 * log.h - what a signer remembers of the logs that he has signed.
 *
 * Signing two trees for one log is misbehaviour that others can prove, after
 * which nobody believes either. So after each commit the checkpoint is kept,
 * in $XDG_STATE_HOME/sheaf/logs or ~/.local/state/sheaf/logs. An archive is
 * signed only if it extends what was signed before.
 *
 * A command that signs calls log_open, which keeps other processes from
 * signing logs of the same origin until log_close; then log_check, if there is
 * an archive to extend, and log_reserve; and after the commit log_keep.
 */
#ifndef SHEAF_CLI_LOG_H
#define SHEAF_CLI_LOG_H

#include "cli/seen_checkpoints.h"

struct log {
    struct checkpoints kept;
    struct log_id id;
    struct sheaf_buf old_path; /* of an earlier version's file, if any */
    struct sheaf_buf room; /* path of a file in whose place the note goes */
    char origin[256];
    uint64_t key; /* its number, for people */
    bool known;   /* a checkpoint was signed before; it has ... */
    uint64_t size;
    uint8_t root[SHEAF_HASH_BYTES];
};

/* Looks up the log of `key`, or with `archive` not NULL of all keys in its
 * chain of key changes, and locks it. Call log_close in any case, also of
 * zeros. */
int log_open(struct log *l, struct sheaf_bytes origin,
             const struct sheaf_public_key *key,
             const struct archive *archive);
/* Adds another key to the log. Refuses an archive that does not extend what
 * that key has signed. */
int log_add_key(struct log *l, const struct sheaf_public_key *key,
                const struct archive *archive);
/* Refuses an archive that does not extend what was signed: an older one, or
 * another one of the same origin. `archive` needs no key. The option `anyway`
 * is named as what allows it. */
int log_check(const struct log *l, const struct archive *archive,
              const char *anyway);
/* Makes room for what will be kept: where there is none, nothing must be
 * signed. */
int log_reserve(struct log *l);
/* Replaces what was kept by this note, in one step. */
int log_keep(struct log *l, struct sheaf_bytes note);
/* The same, with the note that `secret` has signed. */
int log_keep_written(struct log *l, const struct sheaf_written *written,
                     const struct sheaf_secret_key *secret);
void log_close(struct log *l);

#endif
