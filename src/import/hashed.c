/*
 * hashed.c - a table of what is known of IDs or addresses, by their hashes.
 */
#include "import/hashed.h"

#include "base/hash.h"

uint64_t
hashed_text(struct text t)
{
    static const uint8_t key[HASH_INNER_KEY_BYTES];
    uint8_t hash[HASH_INNER_BYTES];
    uint64_t v;

    if (t.len == 0)
        return 0;
    hash_inner(key, t.data, t.len, hash);
    memcpy(&v, hash, sizeof v);
    return v | 1;
}

static uint64_t
hash_in(const unsigned char *slot)
{
    uint64_t v;

    memcpy(&v, slot, sizeof v);
    return v;
}

/* The slot of a hash, or the free one that it would have. */
static unsigned char *
slot_of(const struct hashed *h, uint64_t hash)
{
    size_t i = (size_t)(hash >> 1) & (h->cap - 1);
    uint64_t there;

    while ((there = hash_in(h->slots + i * h->size)) != 0 && there != hash)
        i = (i + 1) & (h->cap - 1);
    return h->slots + i * h->size;
}

static void
grow(struct hashed *h)
{
    unsigned char *old = h->slots;
    size_t cap = h->cap;

    h->cap = cap != 0 ? 2 * cap : 1024;
    h->slots = mem_new(h->cap, h->size);
    for (size_t i = 0; i < cap; i++) {
        const unsigned char *slot = old + i * h->size;

        if (hash_in(slot) != 0)
            memcpy(slot_of(h, hash_in(slot)), slot, h->size);
    }
    mem_free(old);
}

void *
hashed_entry(struct hashed *h, uint64_t hash)
{
    unsigned char *slot;

    if (h->used >= h->cap / 4 * 3 && h->used < h->max)
        grow(h);
    slot = slot_of(h, hash);
    if (hash_in(slot) == 0) {
        if (h->used >= h->cap / 4 * 3)
            return NULL;
        memcpy(slot, &hash, sizeof hash);
        h->used++;
    }
    return slot;
}

void *
hashed_find(const struct hashed *h, uint64_t hash)
{
    unsigned char *slot = h->cap != 0 ? slot_of(h, hash) : NULL;

    return slot != NULL && hash_in(slot) != 0 ? slot : NULL;
}
