/*
 * words.h - the words in a class or id: "articleBody_main2" is "article",
 * "body", "main".
 */
#ifndef SHEAF_IMPORT_WORDS_H
#define SHEAF_IMPORT_WORDS_H

#include "import/import.h"

/*
 * Whether one of the words is in `names`. `list` has words with spaces around
 * each: " nav menu share* ". A star at the end of a word: the word may
 * continue. A word with '-' in it stands for several words in a row.
 */
bool words_any(struct text names, const char *list);

/* Writes at most `cap` - 1 bytes of `t` in lower case, and a NUL; returns
 * their number. Latin, Greek and Cyrillic letters have cases here, and no
 * letter changes its length. */
size_t text_lower(struct text t, char *out, size_t cap);
/* Whether `t` begins with `start`, in any case; `start` is in lower case. */
bool words_begin(struct text t, const char *start);
size_t words_count(struct text t);
/* Whether they look like a sentence. */
bool words_tell(struct text t);

#endif
