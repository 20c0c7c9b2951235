/*
 * diff.h - what changed between two sequences of bytes, line by line or word
 * by word.
 */
#ifndef SHEAF_CLI_DIFF_H
#define SHEAF_CLI_DIFF_H

#include "base/buf.h"

/* A range of tokens that differ: `from_count` tokens of one sequence stand for
 * `to_count` tokens of the other. Either may be 0. */
struct diff_change {
    size_t from;
    size_t from_count;
    size_t to;
    size_t to_count;
};

struct diff_tokens {
    struct sheaf_bytes *token; /* views of what was split */
    size_t count;
};

struct diff {
    struct diff_tokens from;
    struct diff_tokens to;
    struct diff_change *change;
    size_t count;
    size_t cap;
    bool whole; /* too different to compare: one change, of everything */
};

/*
 * Compares `from` with `to`, which must outlive the diff. Lines include their
 * line feed. With `words` a token is a run of letters and the like, a run of
 * blanks, or a line feed. Time and memory are bounded: texts that differ in
 * more than a few thousand tokens are one change. False, with nothing to free,
 * when out of memory.
 */
bool diff_make(struct diff *d, struct sheaf_bytes from, struct sheaf_bytes to,
               bool words);
void diff_free(struct diff *d);

#endif
