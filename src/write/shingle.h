/*
 * shingle.h - finding again what was taken out. Floor 5.
 *
 * When an article is redacted its text may stand elsewhere: in a dictionary,
 * which is made of articles, or in another article that quotes it. The
 * measure is eight words in a row. A word is a run of ASCII letters, digits
 * and bytes above 127; a character from U+3000 on is a word by itself, as
 * Chinese and Japanese don't put spaces between words. What is between words
 * does not count.
 *
 *     shingle_new; shingle_add all texts that go; shingle_see all that stay;
 *     then shingle_erase and shingle_quotes, in any order; shingle_free
 */
#ifndef SHEAF_WRITE_SHINGLE_H
#define SHEAF_WRITE_SHINGLE_H

#include "base/base.h"
#include "sheaf.h"

#define SHINGLE_WORDS 8
/* Eight words that more articles have are a form of words, not a quotation. */
#define SHINGLE_QUOTED_MAX 64

struct shingle;

/* A text that is read piece by piece. Starts as { 0 }. */
struct shingle_text {
    uint64_t word;
    bool in_word;
    bool wide; /* one character of several bytes */
    size_t start;
    size_t at;
    unsigned count; /* words so far, if below SHINGLE_WORDS */
    unsigned next;
    uint64_t hash[SHINGLE_WORDS];
    size_t starts[SHINGLE_WORDS];
};

SHEAF_MUST int shingle_new(struct shingle **out, struct sheaf_error *err);
void shingle_free(struct shingle *s);

/* The next bytes of a text that goes; with `data` NULL, its end. What is not
 * `said` is form, such as names of members: it is erased, but nobody quotes
 * it. False: no memory. */
bool shingle_add(struct shingle *s, struct shingle_text *t, bool said,
               const void *data, size_t len);
/* The same of text number `number` that stays. */
bool shingle_see(struct shingle *s, struct shingle_text *t, uint64_t number,
               const void *data, size_t len);
/* Overwrite each eight words in a row that a text has which goes, and none
 * that stays. How many bytes that was. */
size_t shingle_erase(struct shingle *s, uint8_t *data, size_t len);
/* The texts that stay and have eight words in a row that one says that goes:
 * their numbers, increasing, in place of what `out` held, and how many. */
bool shingle_quotes(struct shingle *s, uint64_t **out, size_t *count);

#endif
