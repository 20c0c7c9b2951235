/*
 * paths.c - the paths that one extraction has used.
 */
#include "cli/paths.h"

#include <stdlib.h>

#include "base/buf.h"

static uint64_t
hash_of(const char *path, size_t len)
{
    uint64_t h = name_hash(path, len);

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

static bool
has(const struct paths *p, const char *path, size_t len)
{
    return p->slots != 0 &&
           p->hashes[slot_of(p->hashes, p->slots, hash_of(path, len))] != 0;
}

bool
paths_has(const struct paths *p, const char *path)
{
    return has(p, path, strlen(path));
}

/* A folder is kept by its path with the slash after it. */
bool
paths_taken(const struct paths *p, const char *path, bool *taken)
{
    struct sheaf_buf folder = { 0 };
    bool good = buf_add_str(&folder, path) && buf_add_str(&folder, "/");

    *taken = good && (paths_has(p, path) ||
                      has(p, (const char *)folder.data, folder.len));
    for (const char *s = path; !*taken && (s = strchr(s, '/')) != NULL; s++)
        *taken = has(p, path, (size_t)(s - path));
    sheaf_buf_free(&folder);
    return good;
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

static bool
add(struct paths *p, const char *path, size_t len)
{
    uint64_t hash = hash_of(path, len);
    size_t at;

    if (p->count >= p->slots / 2 && !grow(p))
        return false;
    at = slot_of(p->hashes, p->slots, hash);
    p->count += p->hashes[at] == 0;
    p->hashes[at] = hash;
    return true;
}

bool
paths_add(struct paths *p, const char *path)
{
    for (const char *s = path; (s = strchr(s, '/')) != NULL; s++)
        if (!add(p, path, (size_t)(s - path) + 1))
            return false;
    return add(p, path, strlen(path));
}

void
paths_end(struct paths *p)
{
    free(p->hashes);
    memset(p, 0, sizeof *p);
}
