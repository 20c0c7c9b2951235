/*
 * words.h - the words in a class or id: "articleBody_main2" is "article",
 * "body", "main".
 */
#ifndef SHEAF_IMPORT_WORDS_H
#define SHEAF_IMPORT_WORDS_H

#include "import/import.h"

/*
 * Is one of the words in `names`? That is a list of words with spaces around
 * each: " nav menu share* ". A star at its end: the word may go on. A word
 * with '-' in it is as many words in a row.
 */
bool words_any(struct text names, const char *list);

/* At most `cap` - 1 bytes of `t` in lower case, and a NUL; their count.
 * Latin, Greek and Cyrillic letters have cases here, and none changes its
 * length. */
size_t text_lower(struct text t, char *out, size_t cap);
/* `t` begins with `start`, which is in lower case, in any case. */
bool words_begin(struct text t, const char *start);

#endif
