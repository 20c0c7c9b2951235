/*
 * kept.c - what is kept on disk of a file on another machine.
 */
#include "cli/kept.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/fd.h"
#include "base/hash.h"

/* The largest range that is kept: a dictionary. */
#define RANGE_MAX ((uint64_t)16 << 20)

/* Of files that were closed. */
static struct {
    struct sheaf_buf keys;
    bool taken;
} closed;

void
kept_name(struct kept_ranges *k, const char *server, const char *url,
          const char *tag)
{
    struct hash_blake h;

    hash_blake_start(&h);
    hash_blake_add(&h, server, strlen(server) + 1);
    hash_blake_add(&h, url, strlen(url) + 1);
    hash_blake_add(&h, tag, strlen(tag) + 1);
    hash_blake_end(&h, k->file);
}

static void
key_of(const struct kept_ranges *k, const struct sheaf_range *range,
       uint8_t out[HASH_BYTES])
{
    static const char kind[] = "sheaf range 2";
    uint8_t place[16];
    struct hash_blake h;

    put_be(place, range->offset, 8);
    put_be(place + 8, range->len, 8);
    hash_blake_start(&h);
    hash_blake_add(&h, kind, sizeof kind);
    hash_blake_add(&h, k->file, sizeof k->file);
    hash_blake_add(&h, place, sizeof place);
    hash_blake_end(&h, out);
}

/* A kept range begins with the hash of its bytes. */
static bool
read_range(int fd, uint8_t *data, size_t len)
{
    uint8_t stored[HASH_BYTES], hash[HASH_BYTES];

    if (fd_read(fd, stored, sizeof stored) != 0 ||
        fd_read(fd, data, len) != 0)
        return false;
    hash_blake2b(data, len, hash);
    return memcmp(hash, stored, sizeof hash) == 0;
}

uint8_t *
kept_take(struct kept_ranges *k, const struct sheaf_range *range)
{
    uint8_t key[HASH_BYTES];
    uint8_t *data = NULL;
    uint64_t size;
    int fd;

    key_of(k, range, key);
    fd = cache_dir_find(&k->dir, key, &size);
    if (fd < 0)
        return NULL;
    if (range->len <= RANGE_MAX && size == range->len + HASH_BYTES)
        data = malloc((size_t)range->len);
    if (data != NULL && (!read_range(fd, data, (size_t)range->len) ||
                         !buf_add(&k->keys, key, sizeof key))) {
        free(data);
        data = NULL;
    }
    (void)close(fd);
    if (data != NULL)
        k->taken += range->len;
    return data;
}

void
kept_put(struct kept_ranges *k, const struct sheaf_range *range,
         const uint8_t *data)
{
    uint8_t key[HASH_BYTES], hash[HASH_BYTES];

    if (range->len > RANGE_MAX)
        return;
    key_of(k, range, key);
    /* What could not be forgotten is not kept. */
    if (!buf_add(&k->keys, key, sizeof key))
        return;
    hash_blake2b(data, (size_t)range->len, hash);
    cache_dir_put(&k->dir, key, sheaf_view(hash, sizeof hash),
                  sheaf_view(data, (size_t)range->len));
}

void
kept_close(struct kept_ranges *k)
{
    cache_dir_close(&k->dir);
    closed.taken = closed.taken || k->taken != 0;
    if (closed.keys.len == 0) {
        sheaf_buf_free(&closed.keys);
        closed.keys = k->keys;
        return;
    }
    (void)buf_add(&closed.keys, k->keys.data, k->keys.len);
    sheaf_buf_free(&k->keys);
}

bool
kept_forget(void)
{
    struct cache_dir dir = CACHE_DIR_INIT;
    bool taken = closed.taken;

    for (size_t i = 0; i < closed.keys.len; i += HASH_BYTES)
        cache_dir_drop(&dir, closed.keys.data + i);
    cache_dir_close(&dir);
    sheaf_buf_free(&closed.keys);
    closed.taken = false;
    return taken;
}
