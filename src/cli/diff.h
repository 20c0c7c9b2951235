/*
 * diff.h - what changed between two sequences of bytes, line by line or word
 * by word.
 */
#ifndef SHEAF_CLI_DIFF_H
#define SHEAF_CLI_DIFF_H

#include "base/buf.h"

/* A stretch of tokens that are not the same: `from_count` of the one sequence
 * stand where `to_count` of the other do. Either may be 0. */
struct diff_change {
    size_t from;
    size_t from_count;
    size_t to;
    size_t to_count;
};

struct diff_tokens {
    struct sheaf_bytes *token; /* views into what was split */
    size_t count;
};

struct diff {
    struct diff_tokens from;
    struct diff_tokens to;
    struct diff_change *change;
    size_t count;
    size_t cap;
    bool whole; /* too different to say where: one change, of all of it */
};

/*
 * Compares `from` with `to`, both borrowed as long as the diff is used. Lines
 * keep their line feed. With `words` a token is a run of letters and the
 * like, or a run of blanks, or a line feed. Time and memory are bounded: what
 * differs in more than a few thousand tokens is one change. False, and
 * nothing to free, when there is no memory.
 */
bool diff_make(struct diff *d, struct sheaf_bytes from, struct sheaf_bytes to,
               bool words);
void diff_free(struct diff *d);

#endif
