/*
 * paths.c - the paths that one extraction has used.
 */
#include "cli/paths.h"

#include <stdlib.h>

static uint64_t
hash_of(const char *path)
{
    uint64_t h = name_hash(path, strlen(path));

    h ^= h >> 32;
    h *= 0x9E3779B97F4A7C15u;
    h ^= h >> 29;
    return h != 0 ? h : 1;
}

/* The slot with this hash, or the free one for it. */
static size_t
slot_of(const uint64_t *hashes, size_t slots, uint64_t hash)
{
    size_t at = (size_t)hash & (slots - 1);

    while (hashes[at] != 0 && hashes[at] != hash)
        at = (at + 1) & (slots - 1);
    return at;
}

bool
paths_has(const struct paths *p, const char *path)
{
    uint64_t hash = hash_of(path);

    return p->slots != 0 && p->hashes[slot_of(p->hashes, p->slots, hash)] != 0;
}

static bool
grow(struct paths *p)
{
    size_t slots = p->slots != 0 ? 2 * p->slots : 256;
    uint64_t *hashes = calloc(slots, sizeof *hashes);

    if (hashes == NULL)
        return false;
    for (size_t i = 0; i < p->slots; i++)
        if (p->hashes[i] != 0)
            hashes[slot_of(hashes, slots, p->hashes[i])] = p->hashes[i];
    free(p->hashes);
    p->hashes = hashes;
    p->slots = slots;
    return true;
}

bool
paths_add(struct paths *p, const char *path)
{
    uint64_t hash = hash_of(path);
    size_t at;

    if (p->count >= p->slots / 2 && !grow(p))
        return false;
    at = slot_of(p->hashes, p->slots, hash);
    p->count += p->hashes[at] == 0;
    p->hashes[at] = hash;
    return true;
}

void
paths_end(struct paths *p)
{
    free(p->hashes);
    memset(p, 0, sizeof *p);
}
