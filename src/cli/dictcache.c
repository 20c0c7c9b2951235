/*
 * dictcache.c - unpacked dictionaries, kept for the next `get`.
 */
#include "cli/dictcache.h"

#include <sys/mman.h>
#include <unistd.h>

static const void *
get(void *ctx, const uint8_t key[SHEAF_HASH_BYTES], size_t size)
{
    struct dict_cache *c = ctx;
    void *data = MAP_FAILED;
    uint64_t there;
    int fd = -1;

    if (!c->renew && size != 0)
        fd = cache_dir_find(&c->dir, key, &there);
    if (fd < 0)
        return NULL;
    if (there == size)
        data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    (void)close(fd);
    if (data == MAP_FAILED)
        return NULL;
    c->used = true;
    return data;
}

static void
done(void *ctx, const void *data, size_t size)
{
    (void)ctx;
    (void)munmap((void *)(uintptr_t)data, size);
}

static void
put(void *ctx, const uint8_t key[SHEAF_HASH_BYTES], const void *data,
    size_t size)
{
    struct dict_cache *c = ctx;

    cache_dir_put(&c->dir, key, sheaf_view(data, size), sheaf_view(NULL, 0));
}

void
dict_cache_attach(struct dict_cache *c, struct sheaf_reader *reader)
{
    const struct sheaf_dict_cache cache = { c, get, done, put };

    sheaf_set_dict_cache(reader, &cache);
}

void
dict_cache_close(struct dict_cache *c)
{
    cache_dir_close(&c->dir);
}
