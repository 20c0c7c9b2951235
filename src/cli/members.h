/*
 * members.h - the archives of a collection, and an index that says which of
 * them may have an ID.
 *
 * A collection is a folder, whose members are its files NAME.sheaf in the order
 * of their names, or a file NAME.sheaves, which lists the members, one on each
 * line, later ones last.
 *
 * The index has 32 bits of the key of each ID, and the number of the member.
 * Without a key it is kept in the folder of cachedir.h for the next process,
 * and nothing proves what it says. With a key it is made of the maps as they
 * are signed, and is not kept.
 */
#ifndef SHEAF_CLI_MEMBERS_H
#define SHEAF_CLI_MEMBERS_H

#include "cli/util.h"

#define MEMBERS_MAX 65535

struct member {
    char *path;
    uint64_t size; /* these three say whether the file was changed */
    int64_t mtime_ns;
    uint64_t inode;
    /* Of the index: it does not have this member, which must be asked. */
    bool unknown;
};

struct members {
    const char *path; /* of the collection */
    struct member *list;
    size_t count;
    size_t room;

    const uint8_t *index; /* NULL: there is none, and all must be asked */
    size_t index_bytes;
    const uint8_t *ends; /* in the index: where the rows of each bucket end */
    const uint8_t *rows;
    uint64_t row_count;
    uint16_t *now;  /* the number now of each member that the index has */
    size_t then;    /* how many those are */
    size_t changed; /* how many there are that it does not have so */
};

/* Whether this names a collection. */
bool members_are(const char *path);
/* Finds the members. Returns an exit code; call members_free also after a
 * failure. */
int members_find(struct members *m, const char *path);
void members_free(struct members *m);

/* Names members that are of one log of `key`: one begins with the other, or
 * they are a fork. EXIT_NOT_AUTHENTIC if there are any: which of their articles
 * are the newest is not known then. In members_logs.c. */
int members_check_logs(const struct members *m,
                       const struct sheaf_public_key *key);

/* Names archives that are a fork of one log of `key`, as the command line has
 * them. A copy, or an older state, may be among them. */
int members_check_forks(char *const *paths, size_t count,
                        const struct sheaf_public_key *key);

/* Gives the keys of a member to `take`; an exit code, which was told. */
typedef int (*members_keys)(void *arg, size_t member,
                            int (*take)(void *to, const uint8_t *key),
                            void *to);
/* Makes the index ready: with `kept`, that of the cache if it is there, and it
 * is put there. A member whose keys cannot be had is unknown. Returns an exit
 * code only if nothing can be done at all. */
int members_index(struct members *m, bool kept, members_keys keys, void *arg);

/* The last member below `below` that may have the ID with this hash; SIZE_MAX
 * if none has. */
size_t members_last(const struct members *m, const uint8_t id_hash[32],
                    size_t below);

#endif
