/*
 * vocab.h - chooses the words of a table from articles (format.md F17).
 */
#ifndef SHEAF_WRITE_VOCAB_H
#define SHEAF_WRITE_VOCAB_H

#include "base/base.h"
#include "base/pool.h"
#include "sheaf.h"
#include "write/step.h"

/*
 * Makes a table of words for articles like these. The same articles give the
 * same table on every machine, and for every number of threads. Replaces the
 * content of `out`; it is empty if a table is of no use. SHEAF_ESTOPPED: `step`
 * said so.
 */
int vocab_choose(struct pool *pool, const struct sheaf_bytes *articles,
                 size_t count, const struct step *step, struct sheaf_buf *out,
                 struct sheaf_error *err);

#endif
