/*
 * archive.h - an archive opened for reading, and finding articles in it.
 */
#ifndef SHEAF_CLI_ARCHIVE_H
#define SHEAF_CLI_ARCHIVE_H

#include "cli/util.h"

/* A failure of the library, for commands that also report it in another way. */
struct failure {
    int rc; /* of the library; SHEAF_OK if the library did not fail */
    struct sheaf_error err;
};

struct archive {
    const char *path; /* for messages: of a URL without what is secret */
    const char *name; /* as it was given */
    char *shown;      /* `path`, if it is another one than `name` */
    struct failure *failure; /* where archive_failed stores it, or NULL */
    struct sheaf_reader *reader;
    struct sheaf_source source; /* the reader's */
    struct sheaf_scratch *scratch;
    struct sheaf_info info;
    bool trusted; /* opened with a key, which is ... */
    struct sheaf_public_key key; /* ... this one */
    bool told;    /* do not warn of damage: the user knows */
    bool trying;  /* say no failures: it will be tried again */
    bool asking;  /* say nothing of an article that is just not there */
    bool several; /* IDs are asked for: read no list for each that is absent */
};

/* Whether generations of an archive that was opened are lost. What a command
 * then says is not all: its exit code is not 0. */
bool archive_any_incomplete(void);
/* Whether something in one was wrong, if only so that all could be derived;
 * known when it was closed. */
bool archive_any_damaged(void);
/* What was lost has been replaced. */
void archive_mended(void);
/* Lets an earlier generation answer where damage keeps the newest from being
 * read, or with the key from being checked: for commands that only read, and
 * exit with 4 then. */
void archive_allow_earlier(void);
/* Allows a damaged tail, which is saved, for commands that append. After a
 * power failure, the next run must work. */
void archive_allow_tail(void);
/* Opens an archive, checks the signature if there is a key, and warns of a
 * damaged end. Call archive_close also after a failure. */
int archive_open(struct archive *a, const char *path,
                 const struct sheaf_public_key *key);
/* The same; failures here and later are stored in *failure as well. */
int archive_open_noting(struct archive *a, const char *path,
                        const struct sheaf_public_key *key,
                        struct failure *failure);
/* IDs that will be asked for, so that far away archives are read in few round
 * trips. */
struct wanted_ids {
    char *const *ids;
    size_t count;
};
/* The same, for these IDs; `failure` may be NULL. */
int archive_open_for(struct archive *a, const char *path,
                     const struct sheaf_public_key *key,
                     struct wanted_ids wanted, struct failure *failure);
/* Checks the signature of an archive that was opened without a key. */
int archive_use_key(struct archive *a, const struct sheaf_public_key *key);
/* Says which IDs are asked for next. */
void archive_expect(const struct archive *a, struct wanted_ids wanted);
/* Whether the archive is on another machine. */
bool archive_is_far(const struct archive *a);
void archive_close(struct archive *a);
/* Opens the same archive anew, without warnings. */
int archive_reopen(struct archive *a);
/* Whether what has its name now is as long, and says the same of itself. */
bool archive_is_unchanged(const struct archive *a);
/* Whether one of the same log, of which at least `size` leaves are signed, has
 * its name now. With `key`, which may be NULL, that is checked. */
bool archive_is_replaced(const struct archive *a,
                         const struct sheaf_public_key *key, uint64_t size);
/* How many leaves are read: with a key, those that are signed. */
uint64_t archive_leaves(const struct archive *a);
/* Warns of articles past the signature; archive_open does this with a key. */
void archive_warn_unsigned(const struct archive *a);

/* say_failed for an error of the library about this archive. */
int archive_failed(const struct archive *a, int rc,
                   const struct sheaf_error *err);
/* The same where `key`, which may be NULL, was to have signed. If another one
 * did, says which, by the IDs that notes have for them. */
int archive_refused(const struct archive *a, const struct sheaf_public_key *key,
                    int rc, const struct sheaf_error *err);
/* The same for a failed comparison with another file: the message names
 * `path`, unless it is the archive that does not fit. */
int archive_failed_by(const struct archive *a, const char *path, int rc,
                      const struct sheaf_error *err);

/* Finds the article with this ID, or else with this URL: revision `rev`, or
 * the newest if that is 0. */
int archive_find(const struct archive *a, const char *id, uint32_t rev,
                 struct sheaf_entry *out);
/* Appends the ID that `name` means: `name` itself, if there is or was an
 * article with this ID, or else the ID of the article with this URL. */
int archive_id(const struct archive *a, const char *name, uint32_t rev,
               struct sheaf_buf *out);
int archive_read(const struct archive *a, const struct sheaf_entry *entry,
                 struct sheaf_article *out);

/* ---- What is lost -------------------------------------------------------- */

/* What a scan could not read. */
struct lost {
    uint64_t leaves;
    bool forged; /* at least one was forged, not damaged by accident */
};
/* Names a lost leaf, by the ID that its columns still have or its number. */
void archive_say_lost(const struct archive *a,
                      const struct sheaf_scan_item *item, struct lost *lost);
/* Says how many are lost, if any; returns the exit code for that. */
int archive_lost_code(const struct archive *a, const struct lost *lost);

#endif
