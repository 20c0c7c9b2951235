/*
 * target.h - files for articles, in one folder and never out of it.
 *
 * The names come from strangers. Each folder on the way is opened in the one
 * before, and not if it is a link; a file gets its name once it is whole, and
 * only if nothing has that name.
 */
#ifndef SHEAF_CLI_TARGET_H
#define SHEAF_CLI_TARGET_H

#include "cli/out.h"

/*
 * The path of an article's file, without a NUL, below the target: the name
 * that it was packed under, as far as that is a safe one. Otherwise, and for
 * a line of JSONL, one made of its ID. False when there is no memory.
 */
bool target_path(const struct sheaf_article *article, struct sheaf_buf *path);

struct target {
    const char *name;
    int root;
    int folder; /* the one that came last, or -1: the root */
    struct sheaf_buf folder_path;
};

/* Creates `name` if it is not there. target_close takes back what failed. */
int target_open(struct target *t, const char *name);
void target_close(struct target *t);

struct target_file {
    struct target *target;
    const char *path; /* for messages */
    const char *name; /* the last part of it */
    char temporary[32]; /* "": the file has no name yet */
    struct out out;
};

/* A file at `path`, which is borrowed; write to its `out`. */
int target_create(struct target *t, const char *path, struct target_file *f);
/* Gives it its name. After it, or instead of it, target_drop. */
int target_finish(struct target_file *f);
void target_drop(struct target_file *f);

#endif
