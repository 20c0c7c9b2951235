/*
 * kept.h - what is kept on disk of a file on another machine.
 *
 * It is kept as it came, before anything is checked: a range that came wrong
 * once would make a sound archive look damaged for ever. So when an archive
 * looks damaged, all that was taken or put for it is forgotten.
 */
#ifndef SHEAF_CLI_KEPT_H
#define SHEAF_CLI_KEPT_H

#include "cli/cachedir.h"

struct kept_ranges {
    struct cache_dir dir;
    uint8_t file[SHEAF_HASH_BYTES]; /* which file, and which state of it */
    uint64_t taken;                 /* bytes */
    struct sheaf_buf keys;          /* of what was taken and put */
};
#define KEPT_RANGES_INIT                                                      \
    {                                                                         \
        .dir = CACHE_DIR_INIT                                                 \
    }

/* Says which file it is: by its server, its URL, and its strong ETag. */
void kept_name(struct kept_ranges *k, const char *server, const char *url,
               const char *tag);
/* The bytes of a range, to be freed; NULL if they are not kept. */
uint8_t *kept_take(struct kept_ranges *k, const struct sheaf_range *range);
void kept_put(struct kept_ranges *k, const struct sheaf_range *range,
              const uint8_t *data);
void kept_close(struct kept_ranges *k);

/* Forgets what was taken or put for files that have been closed. Whether any
 * was taken: what it made wrong may be right the next time. */
bool kept_forget(void);

#endif
