/*
 * dictcache.h - unpacked dictionaries, kept for the next `get`.
 *
 * They are files below $XDG_CACHE_HOME/sheaf or ~/.cache/sheaf. A file that
 * was changed never gives another article, because articles are checked; it
 * only costs a second attempt. Whatever is wrong with the folder, there is just
 * no cache.
 */
#ifndef SHEAF_CLI_DICTCACHE_H
#define SHEAF_CLI_DICTCACHE_H

#include "cli/util.h"

struct dict_cache {
    int folder;  /* -1: not open */
    bool closed; /* it can't be opened */
    bool renew;  /* give nothing, but store */
    bool used;   /* something was given */
};
#define DICT_CACHE_INIT                                                       \
    {                                                                         \
        .folder = -1                                                          \
    }

/* Lets a reader use the cache, which must outlive it. */
void dict_cache_attach(struct dict_cache *c, struct sheaf_reader *reader);
void dict_cache_close(struct dict_cache *c);

#endif
