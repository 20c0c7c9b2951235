/*
 * pagecache.h - checked pieces of a file, kept in memory.
 *
 * Pages of tables and tiles are small, and checking one costs more than
 * anything else in reading an article. A checked piece is copied here and read
 * from here, so that it need not be checked again, even if the file changes.
 * Any number of threads may use a struct pagecache at once, except to forget
 * and to free it.
 */
#ifndef SHEAF_READ_PAGECACHE_H
#define SHEAF_READ_PAGECACHE_H

#include "base/base.h"
#include "sheaf.h"

#define PAGECACHE_PIECE_MAX 8192u
#define PAGECACHE_PIECES_MAX 4096u

struct pagecache;

/* Makes a cache for about `pieces` pieces, within limits. Memory is
 * allocated as they come. NULL when out of memory. */
struct pagecache *pagecache_new(uint64_t pieces);
void pagecache_free(struct pagecache *k);
void pagecache_forget(struct pagecache *k);

/* Copies the piece of `len` bytes with this key, unless `out` is NULL. False
 * if it is not here, or if memory for the copy is short. */
bool pagecache_find(struct pagecache *k, uint64_t key, size_t len,
               struct sheaf_buf *out);
/* Adds a piece of at most PAGECACHE_PIECE_MAX bytes, in the place of
 * another. */
int pagecache_add(struct pagecache *k, uint64_t key, const void *data,
                  size_t len, struct sheaf_error *err);

#endif
