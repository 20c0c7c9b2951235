/*
 * fetch.h - reads many articles at once: in the order of the file, by threads.
 *
 * What cannot be had in this way, for whatever reason, is left out without a
 * word. The caller then reads it by itself, and says what is wrong.
 */
#ifndef SHEAF_CLI_FETCH_H
#define SHEAF_CLI_FETCH_H

#include "cli/archive.h"
#include "cli/out.h"

/* So many at once. */
#define FETCH_MOST 512

/* Prints an article of `a` to `o`: EXIT_DONE, or something else to leave it
 * out. Threads call it at the same time, each with an archive and an output of
 * its own. */
typedef int fetch_print(void *arg, const struct archive *a,
                        const struct sheaf_article *article, struct out *o);

struct fetch;

/* NULL: out of memory, or no threads. Then nothing is fetched. */
struct fetch *fetch_new(unsigned threads, fetch_print *print, void *arg);
void fetch_free(struct fetch *f);

/* Reads revision `rev` (0: the newest) of the articles with these IDs, at most
 * FETCH_MOST. */
void fetch_some(struct fetch *f, const struct archive *a, char *const *ids,
                size_t count, uint32_t rev);
/* What was printed of article `i` of those; false if it was left out. */
bool fetch_text(const struct fetch *f, size_t i, struct sheaf_bytes *out);

#endif
