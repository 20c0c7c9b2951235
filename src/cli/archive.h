/*
 * archive.h - an archive opened for reading, and finding articles in it.
 */
#ifndef SHEAF_CLI_ARCHIVE_H
#define SHEAF_CLI_ARCHIVE_H

#include "cli/args.h"

/* What went wrong, for those who say it in another way as well. */
struct failure {
    int rc; /* of the library; SHEAF_OK if it was none of its */
    struct sheaf_error err;
};

struct archive {
    const char *path;
    struct failure *failure; /* where archive_failed leaves it, or NULL */
    struct sheaf_reader *reader;
    struct sheaf_scratch *scratch;
    struct sheaf_info info;
    bool trusted; /* opened with a key */
};

/* Opens, with a key checks the signature, and warns of what is wrong with the
 * end. archive_close takes back what did not open as well. */
int archive_open(struct archive *a, const char *path,
                 const struct sheaf_public_key *key);
/* The same, and what goes wrong here or later is left in *failure as well. */
int archive_open_noting(struct archive *a, const char *path,
                        const struct sheaf_public_key *key,
                        struct failure *failure);
/* archive_open with the command's -p or -P, and then what was seen of the log
 * before (pins.h) must be its beginning. */
int archive_open_args(struct archive *a, const struct args *args);
void archive_close(struct archive *a);
/* Warns of articles past the signature; archive_open does it with a key. */
void archive_warn_unsigned(const struct archive *a);

/* say_failed, for the library's words about this archive. */
int archive_failed(const struct archive *a, int rc,
                   const struct sheaf_error *err);

/* The article of this ID, or else of this URL, in revision `rev` or, if that
 * is 0, its newest. */
int archive_find(const struct archive *a, const char *id, uint32_t rev,
                 struct sheaf_entry *out);
int archive_read(const struct archive *a, const struct sheaf_entry *entry,
                 struct sheaf_article *out);

/* ---- Newest revisions ---------------------------------------------------- */

/*
 * Tells, while an archive is listed, which leaves are the newest revision of
 * their ID. To ask sheaf_find each time would read every article. So all IDs
 * are first counted in a filter of bounded size: those that come once need no
 * asking, and there are few others.
 */
struct newest {
    const struct archive *archive;
    struct sheaf_scratch *scratch;
    struct sheaf_buf id;
    uint8_t *filter; /* two bits for each slot; NULL: always ask */
    uint64_t slots;
};

/* `ask`: don't go over all IDs first. That is right when only some of them
 * will be asked for, and needed where the answer must be proven. */
int newest_start(struct newest *n, const struct archive *a, bool ask);
/* `id` as it is in a struct sheaf_listing. An exit code. */
int newest_is(struct newest *n, struct sheaf_bytes id, uint64_t leaf,
              bool *out);
/* This ID is not there a second time, for sure; false may mean that it was
 * not counted. */
bool newest_is_single(const struct newest *n, struct sheaf_bytes id);
void newest_end(struct newest *n);

#endif
