/*
 * rebuild.h - what is damaged and can be derived from the frames.
 *
 * Pages of tables, leaf hashes, their roots and columns of groups say what
 * the articles say. Where one of them is damaged it is made again from a scan,
 * and checked as the stored one would have been: against the top, and with a
 * key up to the signature. It is then kept as long as the reader is open. Each
 * function takes what was wrong with the stored one, and notes it for
 * sheaf_get_damage. SHEAF_ECORRUPT says that articles are lost which it takes.
 */
#ifndef SHEAF_READ_REBUILD_H
#define SHEAF_READ_REBUILD_H

#include "read/reader.h"

/* Into s->tile. */
int rebuild_tile(const struct sheaf_reader *r, struct sheaf_scratch *s,
                 uint64_t number, const struct sheaf_error *why,
                 struct sheaf_error *err);
/* Into s->roots. */
int rebuild_slab_roots(const struct sheaf_reader *r, struct sheaf_scratch *s,
                       uint64_t slab, const struct sheaf_error *why,
                       struct sheaf_error *err);
/* Into s->page. */
int rebuild_page(const struct sheaf_reader *r, struct sheaf_scratch *s,
                 unsigned run, enum table_kind kind, uint64_t page,
                 const struct sheaf_error *why, struct sheaf_error *err);
/* Into s->roots: of a block of MAP. */
int rebuild_page_roots(const struct sheaf_reader *r, struct sheaf_scratch *s,
                       unsigned run, uint64_t block,
                       const struct sheaf_error *why,
                       struct sheaf_error *err);
/* The rows of a key in a run, whatever pages there are: appended to `rows`, in
 * order. *lost grows by the leaves of the run that are lost, and may have
 * others. */
int rebuild_rows(const struct sheaf_reader *r, unsigned run,
                 enum table_kind kind, const uint8_t key[TABLE_KEY_SIZE],
                 struct sheaf_buf *rows, uint64_t *lost,
                 struct sheaf_error *err);
/* Into s->located: the group that `row` is of, whose leaves end before
 * `end_leaf`. What is lost of it has no place: lengths of 0. */
int rebuild_group(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  const struct dir_row *row, uint64_t end_leaf,
                  const struct sheaf_error *why, struct sheaf_error *err);

#endif
