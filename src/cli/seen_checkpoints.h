/*
 * seen_checkpoints.h - the newest checkpoints of logs, remembered in a file.
 *
 * A log is an origin and a key. The key counts by its 32 bytes, wherever it
 * came from, and so does any other key in the same chain of key changes. The
 * file keeps the newest checkpoint of a log that was seen (pins.h) or signed
 * (log.h).
 */
#ifndef SHEAF_CLI_SEEN_CHECKPOINTS_H
#define SHEAF_CLI_SEEN_CHECKPOINTS_H

#include "cli/archive.h"

struct log_id {
    struct sheaf_bytes origin; /* borrowed */
    struct sheaf_buf keys;     /* of struct sheaf_public_key */
};

/* The log of this origin and key. Call log_id_free in any case. */
int log_id_make(struct log_id *id, struct sheaf_bytes origin,
                const struct sheaf_public_key *key);
/* The log of the archive, with all keys of its chain of key changes, if
 * `key` is one of them. */
int log_id_of(struct log_id *id, const struct archive *a,
              const struct sheaf_public_key *key);
int log_id_add(struct log_id *id, const struct sheaf_public_key *key);
void log_id_free(struct log_id *id);

struct checkpoints {
    struct sheaf_buf path;
    struct sheaf_buf file; /* "" if there is none yet */
    int lock;              /* the file's descriptor, or -1 */
    bool made;             /* the file exists only for the lock */
};

/* An entry of a log, and its place in the file. */
struct kept {
    struct sheaf_bytes origin;
    struct sheaf_bytes keys; /* as in public key files, separated by spaces */
    struct sheaf_buf note;
    struct sheaf_checkpoint checkpoint; /* of the note */
    size_t start;
    size_t end;
};

/* Begins with an empty path, which the caller fills in and ends with a NUL.
 * End with checkpoints_close. */
void checkpoints_start(struct checkpoints *c);
/* Keeps other processes from changing the file until checkpoints_close. If
 * another process has the lock, this waits, or fails with the message
 * `busy` if that is not NULL. */
int checkpoints_lock(struct checkpoints *c, const char *busy);
/* Reads the file; one that does not exist is empty. */
int checkpoints_load(struct checkpoints *c);
void checkpoints_close(struct checkpoints *c);

/* Finds the entry after `k`, which starts as { 0 }, of this log, or with
 * `id` NULL of any log. *have is false at the end. The caller frees the
 * note. */
int checkpoints_next(const struct checkpoints *c, const struct log_id *id,
                     struct kept *k, bool *have);
/* Whether the entry has a key that the log does not have. Key changes are
 * leaves, so a log that goes on from the entry has all of its keys. */
bool checkpoints_lack_key(const struct kept *k, const struct log_id *id);
/* Replaces the entry of the log by this note, in one step. The file must be
 * locked and loaded. */
int checkpoints_put(struct checkpoints *c, const struct log_id *id,
                    struct sheaf_bytes note);
/* Removes the entries of all logs with this origin, and counts them. */
int checkpoints_forget(struct checkpoints *c, struct sheaf_bytes origin,
                       unsigned *count);

/* Appends lines of text, with "| " before each. */
bool add_quoted(struct sheaf_buf *t, struct sheaf_bytes lines);

#endif
