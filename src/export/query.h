/*
 * query.h - what is searched for.
 *
 * Words that must all be there; "..." is a phrase; a word that ends with * is
 * the beginning of one. What unicode61 splits, such as "e-mail", and a run of
 * characters that become pairs, are phrases, too.
 */
#ifndef SHEAF_EXPORT_QUERY_H
#define SHEAF_EXPORT_QUERY_H

#include "export/words.h"

#define TERMS_MAX 64
#define QUERY_WORDS_MAX 256

struct term {
    size_t first, count; /* words of the query */
    bool open;           /* the last one is the beginning of a word */
    bool single; /* the only one is a character that may be in a pair */
};

struct query {
    const struct words *words;
    struct word_list list;
    struct term terms[TERMS_MAX];
    size_t count;
};

/* Parses arguments, up to a NULL. Returns NULL, or what is wrong with them. */
const char *query_parse(struct query *q, const struct words *w, char **args);
/* Whether an article has all of it; each phrase in its headline or body. */
bool query_fits(const struct query *q, struct sheaf_bytes headline,
                struct sheaf_bytes body);
void query_free(struct query *q);

#endif
