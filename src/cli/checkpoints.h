/*
 * checkpoints.h - the newest checkpoints of logs, remembered in a file.
 *
 * A log is an origin and a key: the 32 bytes of it, however it was given, or
 * those of any other key in the same chain of key changes. What is kept of it
 * is the newest checkpoint that was seen (pins.h), or that was signed (log.h).
 */
#ifndef SHEAF_CLI_CHECKPOINTS_H
#define SHEAF_CLI_CHECKPOINTS_H

#include "cli/archive.h"

struct log_id {
    struct sheaf_bytes origin; /* borrowed */
    struct sheaf_buf keys;     /* of struct sheaf_public_key */
};

/* The log of this origin and key. log_id_free in any case. */
int log_id_make(struct log_id *id, struct sheaf_bytes origin,
                const struct sheaf_public_key *key);
/* The log that the archive is of, for who knows it by `key`: with all keys of
 * a chain of key changes in which that one is. */
int log_id_of(struct log_id *id, const struct archive *a,
              const struct sheaf_public_key *key);
int log_id_add(struct log_id *id, const struct sheaf_public_key *key);
void log_id_free(struct log_id *id);

struct checkpoints {
    struct sheaf_buf path;
    struct sheaf_buf file; /* "" when there is none yet */
    int lock;              /* the file, or -1 */
    bool made;             /* it is there only for the lock */
};

/* What is kept of a log, and where in the file. */
struct kept {
    struct sheaf_bytes origin;
    struct sheaf_bytes keys; /* as in public key files, apart by spaces */
    struct sheaf_buf note;
    struct sheaf_checkpoint checkpoint; /* that of the note */
    size_t start;
    size_t end;
};

/* Starts with an empty path, which the caller fills in and ends with a NUL.
 * Ends with checkpoints_close. */
void checkpoints_start(struct checkpoints *c);
/* Nobody else changes the file until checkpoints_close. With `busy` it is not
 * waited for, and this is said when somebody else has it. */
int checkpoints_lock(struct checkpoints *c, const char *busy);
/* Reads the file; one that is not there is empty. */
int checkpoints_load(struct checkpoints *c);
void checkpoints_close(struct checkpoints *c);

/* The next after `k`, which starts as { 0 }, of this log, or with `id` NULL of
 * any. *have is false at the end. The caller frees the note. */
int checkpoints_next(const struct checkpoints *c, const struct log_id *id,
                     struct kept *k, bool *have);
/* Keeps this note of the log instead of all that was, in one step. The file
 * must be locked and loaded. */
int checkpoints_put(struct checkpoints *c, const struct log_id *id,
                    struct sheaf_bytes note);
/* Forgets all logs of an origin, and says how many. */
int checkpoints_forget(struct checkpoints *c, struct sheaf_bytes origin,
                       unsigned *count);

/* Some text of lines, with "| " before each. */
bool add_quoted(struct sheaf_buf *t, struct sheaf_bytes lines);

#endif
