/*
 * cachedir.h - a folder of files that can be made again, for the next process.
 *
 * It is $XDG_CACHE_HOME/sheaf or ~/.cache/sheaf, or the one of --cache. Several
 * processes may use it at once: a file appears whole, by renaming. Together
 * the files have at most 256 MiB; those not used for longest are removed.
 * Whatever is wrong with the folder, there is just no cache.
 */
#ifndef SHEAF_CLI_CACHEDIR_H
#define SHEAF_CLI_CACHEDIR_H

#include "cli/util.h"

struct cache_dir {
    int folder;  /* -1: not open */
    bool closed; /* it can't be opened */
    bool grown;  /* something was added */
};
#define CACHE_DIR_INIT                                                        \
    {                                                                         \
        .folder = -1                                                          \
    }

/* From here on, another folder; NULL for the usual one. */
void cache_dir_choose(const char *folder);
/* A descriptor of the file with this key, and its size; -1 if there is none.
 * Nothing is known of what is in it. */
int cache_dir_find(struct cache_dir *c, const uint8_t key[SHEAF_HASH_BYTES],
                   uint64_t *size);
/* Makes or replaces the file with this key. */
void cache_dir_put(struct cache_dir *c, const uint8_t key[SHEAF_HASH_BYTES],
                   struct sheaf_bytes first, struct sheaf_bytes rest);
/* Removes the file with this key, if there is one. */
void cache_dir_drop(struct cache_dir *c, const uint8_t key[SHEAF_HASH_BYTES]);
void cache_dir_close(struct cache_dir *c);

#endif
