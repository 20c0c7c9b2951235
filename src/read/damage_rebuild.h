/*
 * damage_rebuild.h - derives damaged parts from the frames.
 *
 * Pages of tables, leaf hashes, their roots and columns of groups repeat what
 * the articles say. A damaged one is made again from a scan, and checked like
 * the stored one: against the top, and with a key up to the signature. It is
 * kept as long as the reader is open. Each function takes the error of the
 * stored part, and records it for sheaf_get_damage. SHEAF_ECORRUPT: articles
 * that it needs are lost.
 */
#ifndef SHEAF_READ_DAMAGE_REBUILD_H
#define SHEAF_READ_DAMAGE_REBUILD_H

#include "read/reader.h"

/* Into s->page. */
int rebuild_page(const struct sheaf_reader *r, struct sheaf_scratch *s,
                 unsigned run, enum table_kind kind, uint64_t page,
                 const struct sheaf_error *why, struct sheaf_error *err);
/* Into s->roots: of a block of MAP. */
int rebuild_page_roots(const struct sheaf_reader *r, struct sheaf_scratch *s,
                       unsigned run, uint64_t block,
                       const struct sheaf_error *why, struct sheaf_error *err);
/* Appends the rows of a key in a run to `rows`, in order, from a scan.
 * *lost grows by the number of lost leaves of the run, which may have had
 * rows. */
int rebuild_rows(const struct sheaf_reader *r, unsigned run,
                 enum table_kind kind, const uint8_t key[TABLE_KEY_SIZE],
                 struct sheaf_buf *rows, uint64_t *lost,
                 struct sheaf_error *err);
/* Whether any redaction that can be found names leaf number `leaf`. *lost is
 * how many can't be found: the seal states how many there are, or without a key
 * the top. */
int rebuild_named(const struct sheaf_reader *r, uint64_t leaf, bool *named,
                  uint64_t *lost, struct sheaf_error *err);
/* Into s->located: the group of `row`, whose leaves end before `end_leaf`. It
 * follows the group that ends at `after`, unless that is 0. Lost articles
 * have no place: their lengths are 0. */
int rebuild_group(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  unsigned run, uint64_t number, const struct dir_row *row,
                  uint64_t after, uint64_t end_leaf,
                  const struct sheaf_error *why, struct sheaf_error *err);

#endif
