/*
 * words.h - the words of a text: for the index, for a query, and to compare
 * both.
 *
 * Words are those of the tokenizer unicode61 of SQLite, so that any SQLite
 * finds them: without regard to case and accents. Before it, compatible forms
 * of characters become the same (NFKC), and what the tokenizer keeps is left
 * out: soft hyphens, Greek accents, the dots of the Cyrillic IO, the points of
 * Hebrew and Arabic, and the hamza of an alef. Scripts that are written without
 * spaces, and Hangul, become pairs of characters: "ABC" is "AB BC C" in the
 * index. The last one stands there so that each character begins a word.
 */
#ifndef SHEAF_EXPORT_WORDS_H
#define SHEAF_EXPORT_WORDS_H

#include <sqlite3.h>

#include "base/buf.h"

/* What FTS5 is told. */
#define WORDS_DIACRITICS "2"
#define WORDS_CATEGORIES "L* N* Co Mn Mc"
/* Longer words are not in the index. */
#define WORD_MAX 64
/* Characters for private use that begin other words of the index; in texts
 * they count as spaces. */
#define MARK_FIRST 0xE000
#define MARK_LAST 0xE00F

struct words {
    sqlite3 *db; /* for its tokenizer only */
    fts5_tokenizer how;
    Fts5Tokenizer *tokenizer;
};

/* The words of a text, in their order. */
struct word_list {
    struct sheaf_buf text;   /* each with a NUL behind it */
    struct sheaf_buf starts; /* of size_t, into `text` */
    size_t count;
    bool folded; /* something was left out that the tokenizer keeps */
};

/* For what the words are. */
enum words_for {
    WORDS_TO_COMPARE,
    WORDS_OF_INDEX, /* also the last character of each run of pairs */
    WORDS_OF_SQLITE /* the same, and nothing is left out: as SQLite asks */
};

void words_start(struct words *w);
void words_end(struct words *w);
/* Adds the words of a text. */
void words_add(const struct words *w, struct sheaf_bytes text,
               enum words_for what, struct word_list *out);
/* Whether a word is one character that would begin a pair. */
bool word_is_single(const char *word);

const char *word_at(const struct word_list *l, size_t i);
void word_list_clear(struct word_list *l);
void word_list_free(struct word_list *l);
/* Sorts them by their bytes. */
void word_list_sort(struct word_list *l);

#endif
