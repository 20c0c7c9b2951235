/*
 * dictcache.h - unpacked dictionaries, kept for the next `get`.
 *
 * They are files in the folder of cachedir.h. A file that was changed never
 * gives another article, because articles are checked; it only costs a second
 * attempt.
 */
#ifndef SHEAF_CLI_DICTCACHE_H
#define SHEAF_CLI_DICTCACHE_H

#include "cli/cachedir.h"

struct dict_cache {
    struct cache_dir dir;
    bool renew; /* give nothing, but store */
    bool used;  /* something was given */
};
#define DICT_CACHE_INIT                                                       \
    {                                                                         \
        .dir = CACHE_DIR_INIT                                                 \
    }

/* Lets a reader use the cache, which must outlive it. */
void dict_cache_attach(struct dict_cache *c, struct sheaf_reader *reader);
void dict_cache_close(struct dict_cache *c);

#endif
