/*
 * train.h - making a dictionary from articles. Floor 3.
 *
 * News repeats itself across articles, and each article is a frame of its
 * own, so what they share has to stand in a dictionary. Ours consists of
 * whole articles: those that together cover most of what is common to many,
 * with zstd's entropy tables in front. That trains many times faster than
 * collecting fragments, compresses as well, and an article that is in the
 * dictionary itself later costs next to nothing.
 */
#ifndef SHEAF_WRITE_TRAIN_H
#define SHEAF_WRITE_TRAIN_H

#include "base/base.h"
#include "sheaf.h"

/* Fewer articles than this share too little to bother. */
#define DICT_ARTICLES_MIN 8
/* With a dict_max below this there is no dictionary. */
#define DICT_SIZE_MIN 4096
/* Nor is there one by default for fewer bytes of articles than this. */
#define DICT_SAMPLE_MIN (64 << 10)

/*
 * Make a dictionary of at most `dict_max` bytes for articles like these, to
 * be used at about this zstd level. `dict_id` is not 0, and there are fewer
 * than UINT32_MAX articles. The same articles and the same libzstd give the
 * same bytes, whatever the machine.
 *
 * *out replaces what `out` held. It is empty, and the result SHEAF_OK, when
 * a dictionary is of no use: too few articles, too little in common, or
 * nothing that statistics could be learnt from.
 *
 * Beside its input this takes up to twice the input's size in memory (less
 * above 64 MiB), and what libzstd needs to digest the dictionary. 64 MiB of
 * input and a dictionary of 4 MiB take about two seconds.
 */
int train_dict(const struct sheaf_bytes *articles, size_t count,
               size_t dict_max, int level, uint32_t dict_id,
               struct sheaf_buf *out, struct sheaf_error *err);

/* How many bytes of a dictionary are its header and tables: the text comes
 * after them. 0 if it is none. */
size_t train_tables_size(struct sheaf_bytes dict);

#endif
