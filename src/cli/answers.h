/*
 * answers.h - what the server asks of the command (serve/serve.h).
 *
 * Each question is answered by a process of its own, with a bounded time, by
 * the same code as the command that it is like. The answer goes to standard
 * output, and the messages to standard error.
 */
#ifndef SHEAF_CLI_ANSWERS_H
#define SHEAF_CLI_ANSWERS_H

#include "cli/util.h"

/* As in serve/serve.h. */
enum {
    ANSWER_INFO = 'I',
    ANSWER_LIST = 'L',
    ANSWER_ARTICLE = 'A',
    ANSWER_BODY = 'B',
    ANSWER_PROOF = 'P',
    ANSWER_CHECKPOINT = 'C',
    ANSWER_SEARCH = 'S'
};

/* No answer is longer. */
#define ANSWER_BYTES ((uint64_t)64 << 20)
#define ANSWER_TEXTS 32

struct question {
    char kind;
    char *file;               /* the archive */
    const char *key;          /* in base64; NULL: none */
    /* What the archive must go on with; NULL: no matter. */
    const struct sheaf_checkpoint *goes_on;
    char *text[ANSWER_TEXTS]; /* NAME=VALUE */
    size_t count;
};

/* Returns an exit code. */
int answer(const struct question *q);

#endif
