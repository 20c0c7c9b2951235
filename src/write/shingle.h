/*
 * shingle.h - finds removed text again.
 *
 * When an article is redacted, its text may be elsewhere too: in a dictionary,
 * which is made of articles, or in another article that quotes it. A quotation
 * is eight words in a row. In a dictionary it is found by less, if no other
 * article has it: by three words in a row, or by one of some length. A word is
 * a run of ASCII letters, in any case, digits and bytes above 127. A character
 * from U+3000 on is a word by itself, because Chinese and Japanese put no
 * spaces between words. So are letters of Thai, Lao, Burmese and Khmer, and
 * those behind the first 32 bytes of a long run; of these, a quotation is 24 in
 * a row. What is between words does not count.
 *
 *     shingle_new; shingle_add for all removed texts; shingle_see for all
 *     that stay; then shingle_finds and shingle_quotes, in any order;
 *     shingle_free
 */
#ifndef SHEAF_WRITE_SHINGLE_H
#define SHEAF_WRITE_SHINGLE_H

#include "base/base.h"
#include "sheaf.h"

#define SHINGLE_WORDS 8
#define SHINGLE_LETTERS 24
/* Eight words that more articles have than this are a stock phrase, not a
 * quotation. */
#define SHINGLE_QUOTED_MAX 64

struct shingle;

/* A text that is read piece by piece. Initialise with { 0 }. */
struct shingle_text {
    /* Of the last word that ended. */
    size_t len;
    bool letter; /* it was one of a run of letters */
    /* Of the word that is being read. */
    bool in_word;
    bool wide; /* it is a character from U+3000 on */
    bool one_letter;
    bool in_run;  /* of a run without spaces, of which each letter is a word */
    uint8_t byte; /* the last one */
    uint64_t word;
    uint64_t before; /* without that byte */
    size_t word_len;
    /* Of the last words. */
    unsigned count; /* if below SHINGLE_LETTERS */
    unsigned next;
    uint64_t hash[SHINGLE_LETTERS];
};

SHEAF_MUST int shingle_new(struct shingle **out, struct sheaf_error *err);
void shingle_free(struct shingle *s);

/* Adds the next bytes of a removed text; with `data` NULL, its end. What is
 * not `said` is form, such as names of members: it is found, but is not a
 * quotation. False: out of memory. */
bool shingle_add(struct shingle *s, struct shingle_text *t, bool said,
               const void *data, size_t len);
/* The same for text number `number` that stays. */
bool shingle_see(struct shingle *s, struct shingle_text *t, uint64_t number,
               const void *data, size_t len);
/* The same of what counts only as a whole, such as a URL. */
bool shingle_add_whole(struct shingle *s, struct sheaf_bytes value);
bool shingle_see_whole(struct shingle *s, uint64_t number,
                       struct sheaf_bytes value);
/* Whether there is something that a removed text has and no remaining text
 * has. `entry`: it is one of a table of words, of which none is cut. */
bool shingle_finds(const struct shingle *s, bool entry, const uint8_t *data,
                   size_t len);
/* Finds the remaining texts that have eight words in a row, or a whole, of a
 * removed one. Replaces the content of `out` by their numbers, increasing,
 * and counts them. */
bool shingle_quotes(struct shingle *s, uint64_t **out, size_t *count);

#endif
