/*
 * collection.h - several archives that are read as one.
 *
 * Later members are newer: the newest revision of an ID is that of the last
 * member that has the ID, or had it before it was redacted. Members are opened
 * one at a time, and only those that may matter. With a key, each of them must
 * be signed by it, and what is said of all of them rests on their signed maps.
 */
#ifndef SHEAF_CLI_COLLECTION_H
#define SHEAF_CLI_COLLECTION_H

#include "cli/archive.h"
#include "cli/args.h"
#include "cli/members.h"

struct collection {
    struct members members;
    const struct args *args;
    bool have_key;
    struct sheaf_public_key key;
    /* The archive of the caller, in which members are opened. */
    struct archive *archive;
    size_t open;                /* which one that is; SIZE_MAX: none */
    void (*entered)(void *arg); /* told after each change of it; may be NULL */
    void *arg;
    struct archive aside; /* another one, for questions in between */
    size_t aside_open;
    struct member_state {
        bool broken; /* it could not be opened, and was named */
        bool told;   /* that an ID could not be looked up in it */
    } * states;
    int worst;    /* the exit code for these, and for doubts */
    bool doubted; /* that older revisions are the newest, which was said */
};

/* If the first operand names a collection, finds its members, and sets *is.
 * `archive` belongs to the caller, who closes it. Call collection_close in any
 * case. */
int collection_open(struct collection *c, const struct args *args,
                    struct archive *archive, bool *is);
void collection_close(struct collection *c);

/* Makes the index of IDs ready, of which `few` lookups are expected: with a
 * key, a few are faster without it. */
int collection_index(struct collection *c, bool few);
/* Opens a member in the archive; a broken one is named once, and its exit code
 * counts in `worst`. */
int collection_enter(struct collection *c, size_t member);
/* Finds the newest revision of this ID or URL, or revision `rev` in the member
 * that has the newest, and opens that member. Says what is wrong, unless
 * `trying` and it is just not there. */
int collection_find(struct collection *c, const char *id, uint32_t rev,
                    bool trying, struct sheaf_entry *out);
/* Whether a later member than this one has the ID. If a broken one might, that
 * counts in `worst`, and the answer is no. */
int collection_superseded(struct collection *c, size_t member,
                          struct sheaf_bytes id, bool *out);

#endif
