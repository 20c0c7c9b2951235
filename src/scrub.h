/*
 * scrub.h - finding again what was taken out. Floor 5.
 *
 * When an article is redacted its text may stand elsewhere: in a dictionary,
 * which is made of articles, or in another article that quotes it. The
 * measure is eight words in a row. A word is a run of ASCII letters, digits
 * and bytes above 127; a character from U+3000 on is a word by itself, as
 * Chinese and Japanese don't put spaces between words. What is between words
 * does not count.
 *
 *     scrub_new; scrub_add all texts that go; scrub_see all that stay;
 *     then scrub_erase and scrub_quotes, in any order; scrub_free
 */
#ifndef SHEAF_SCRUB_H
#define SHEAF_SCRUB_H

#include "base.h"
#include "sheaf.h"

#define SCRUB_WORDS 8
/* Eight words that more articles have are a form of words, not a quotation. */
#define SCRUB_QUOTED_MAX 64

struct scrub;

/* A text that is read piece by piece. Starts as { 0 }. */
struct scrub_text {
    uint64_t word;
    bool in_word;
    bool wide; /* one character of several bytes */
    size_t start;
    size_t at;
    unsigned count; /* words so far, if below SCRUB_WORDS */
    unsigned next;
    uint64_t hash[SCRUB_WORDS];
    size_t starts[SCRUB_WORDS];
};

SHEAF_MUST int scrub_new(struct scrub **out, struct sheaf_error *err);
void scrub_free(struct scrub *s);

/* The next bytes of a text that goes; with `data` NULL, its end. What is not
 * `said` is form, such as names of members: it is erased, but nobody quotes
 * it. False: no memory. */
bool scrub_add(struct scrub *s, struct scrub_text *t, bool said,
               const void *data, size_t len);
/* The same of text number `number` that stays. */
bool scrub_see(struct scrub *s, struct scrub_text *t, uint64_t number,
               const void *data, size_t len);
/* Overwrite each eight words in a row that a text has which goes, and none
 * that stays. How many bytes that was. */
size_t scrub_erase(struct scrub *s, uint8_t *data, size_t len);
/* The texts that stay and have eight words in a row that one says that goes:
 * their numbers, increasing, in place of what `out` held, and how many. */
bool scrub_quotes(struct scrub *s, uint64_t **out, size_t *count);

#endif
