/*
 * pagecache.h - checked pieces of a file, kept in memory. Floor 4.
 *
 * Pages of tables and tiles are small, and checking one costs more than all
 * else of reading an article. What was checked once is copied here and read
 * from here, so that it need not be checked again, also if the file changes.
 * Any number of threads may use a struct pagecache at once, but for forgetting
 * and freeing it.
 */
#ifndef SHEAF_READ_PAGECACHE_H
#define SHEAF_READ_PAGECACHE_H

#include "base/base.h"
#include "sheaf.h"

#define PAGECACHE_PIECE_MAX 8192u
#define PAGECACHE_PIECES_MAX 4096u

struct pagecache;

/* Room for about `pieces` pieces, as far as that is sensible; memory is
 * taken as they come. NULL when there is none. */
struct pagecache *pagecache_new(uint64_t pieces);
void pagecache_free(struct pagecache *k);
void pagecache_forget(struct pagecache *k);

/* The piece of `len` bytes with this key, copied; false if it is not here, or
 * there is no memory for the copy. */
bool pagecache_find(struct pagecache *k, uint64_t key, size_t len,
               struct sheaf_buf *out);
/* It takes the place of another. Of no more than PAGECACHE_PIECE_MAX bytes. */
int pagecache_add(struct pagecache *k, uint64_t key, const void *data, size_t len,
             struct sheaf_error *err);

#endif
