/*
 * pairs.h - counts strings that may become entries of a table of words: the
 * tokens of articles, or neighbours among the entries that they are split
 * into.
 */
#ifndef SHEAF_WRITE_PAIRS_H
#define SHEAF_WRITE_PAIRS_H

#include "base/base.h"
#include "base/pool.h"
#include "format/words.h"
#include "write/step.h"

/* A string that may become an entry: a token, or two items. */
struct pair {
    uint64_t key; /* of its bytes; 0: free */
    const uint8_t *at;
    uint32_t len;
    uint32_t count;
    uint32_t capitals; /* how often it begins with one */
    int32_t a;         /* its parts: an entry, or minus the length of bytes */
    int32_t b;         /* 0: it has only one */
};

struct lot;
struct tally;

/* What a round has counted. */
struct pairs {
    struct pair *table;
    size_t slots;    /* a power of two */
    uint32_t *usage; /* of each entry */
    uint64_t items;
    uint64_t seen; /* bytes */

    /* For pairs.c alone. */
    size_t used;
    size_t entries; /* at most */
    bool words_only;
    struct pool *pool;
    struct lot *lots;
    struct tally *tallies; /* one for each thread */
};

/* `slots` must be a power of two. After a failure, pairs_free. */
int pairs_new(struct pairs *p, struct pool *pool, size_t slots,
              size_t entries_most, struct sheaf_error *err);
void pairs_free(struct pairs *p);

/* Splits every `stride`th article with `entries`, and counts its tokens, if
 * `words_only`, or else which items are neighbours. The result is the same for
 * every number of threads. */
int pairs_count(struct pairs *p, const struct sheaf_bytes *entries,
                size_t entry_count, bool words_only,
                const struct sheaf_bytes *articles, size_t count,
                size_t stride, const struct step *step,
                struct sheaf_error *err);

#endif
