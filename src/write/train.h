/*
 * train.h - makes a dictionary from articles.
 *
 * News repeats itself across articles, and each article is a frame of its own,
 * so a dictionary must hold what they share. Ours consists of whole articles:
 * those that together cover most of what many have in common, with zstd's
 * entropy tables in front. That trains many times faster than collecting
 * fragments, compresses as well, and an article that is in the dictionary
 * itself later costs almost nothing.
 */
#ifndef SHEAF_WRITE_TRAIN_H
#define SHEAF_WRITE_TRAIN_H

#include "base/base.h"
#include "base/pool.h"
#include "sheaf.h"
#include "write/step.h"

/* Fewer articles than this share too little for a dictionary. */
#define DICT_ARTICLES_MIN 8
/* With a dict_max below this there is no dictionary. */
#define DICT_SIZE_MIN 4096
/* By default there is no dictionary for fewer bytes of articles than this. */
#define DICT_SAMPLE_MIN (64 << 10)

/*
 * Makes a dictionary of at most `dict_max` bytes for articles like these, for
 * use at about this zstd level. If `table` is not empty, the dictionary holds
 * this table of words, and the articles are coded with it. `dict_id` is not 0,
 * and there are fewer than UINT32_MAX articles. The same articles and the same
 * libzstd give the same bytes on every machine.
 *
 * Replaces the content of `out`. It is empty, and the result is SHEAF_OK, if a
 * dictionary is of no use: too few articles, too little in common, or nothing
 * from which statistics could be learnt. SHEAF_ESTOPPED: `step` said so.
 *
 * Beside its input this takes up to twice the input's size in memory (less
 * above 64 MiB), and what libzstd needs to digest the dictionary. 64 MiB of
 * input and a dictionary of 4 MiB take about two seconds.
 */
int train_dict(struct pool *pool, const struct sheaf_bytes *articles,
               size_t count, struct sheaf_bytes table, size_t dict_max,
               int level, uint32_t dict_id, const struct step *step,
               struct sheaf_buf *out, struct sheaf_error *err);

/* The length of a dictionary's header and tables; the text comes after
 * them. 0 if it is not a dictionary. */
size_t train_tables_size(struct sheaf_bytes dict);

#endif
