/*
 * target.h - files for articles, in one folder and never outside of it.
 *
 * The names are untrusted. Each folder on the way is opened in the one before,
 * and never through a link. A file gets its name once it is complete, and only
 * if nothing has that name.
 */
#ifndef SHEAF_CLI_TARGET_H
#define SHEAF_CLI_TARGET_H

#include "cli/outfile.h"

/*
 * The path of an article's file below the target, without a NUL: the name
 * under which it was packed, if that name is safe. Otherwise, and for a record
 * of a file with several, a path made of its ID, and *made is true: a URL
 * without its scheme, with an extension for the media type. False when out of
 * memory.
 */
bool target_path(const struct sheaf_article *article, struct sheaf_buf *path,
                 bool *made);
/* A name that nothing else has: one part, with a hash at its end. */
bool target_other_path(const struct sheaf_article *article,
                       struct sheaf_buf *path);

/* Whether the path is relative, and each of its parts is a plain name. */
bool target_is_safe(struct sheaf_bytes path);

/* What to do with a file that is there. */
enum target_mode { TARGET_NEW, TARGET_REPLACE, TARGET_SKIP };

struct target {
    const char *name;
    enum target_mode mode;
    uint64_t skipped;
    int root;
    int folder; /* the folder used last, or -1: the root */
    struct sheaf_buf folder_path;
};

/* Opens the folder `name`, and creates it if needed. Call target_close also
 * after a failure. */
int target_open(struct target *t, const char *name, enum target_mode mode);
void target_close(struct target *t);

/* Archives may hold a file a and a file a/b, and a folder can't: false if
 * `path` is a folder, or goes through a file. */
bool target_fits(const struct target *t, const char *path);

/* Whether anything has this path, or a file is in the way to it. */
bool target_exists(const struct target *t, const char *path);
/* Whether a file is there and is to be left alone. It is then counted. */
bool target_skips(struct target *t, const char *path);
/* Opens the regular file at `path`, or returns -1. */
int target_existing(struct target *t, const char *path);

struct target_file {
    struct target *target;
    const char *path; /* for messages */
    const char *name; /* its last part */
    char temporary[32]; /* "": the file has no name yet */
    struct out out;
};

/* Creates a file at `path`, which is borrowed; write to its `out`. */
int target_create(struct target *t, const char *path, struct target_file *f);
/* Gives the file its name. Call target_drop after it, or instead of it. */
int target_finish(struct target_file *f);
void target_drop(struct target_file *f);

#endif
