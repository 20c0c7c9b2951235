/*
 * merge_seen.c - what the new archive has already, when archives are merged.
 */
#include "write/merge.h"

#include "base/cursor.h"

/* What a key of m->seen is of. */
enum seen { SEEN_ID = 'i', SEEN_CONTENT = 'c', SEEN_REMOVED = 'r' };

struct seen_key {
    uint8_t bytes[33];
};

static struct seen_key
seen_key(enum seen kind, const uint8_t hash[32])
{
    struct seen_key key;

    key.bytes[0] = (uint8_t)kind;
    memcpy(key.bytes + 1, hash, 32);
    return key;
}

static int
seen_get(struct sheaf_merge *m, enum seen kind, const uint8_t hash[32],
         struct idset_entry *out, struct sheaf_error *err)
{
    struct seen_key key = seen_key(kind, hash);

    return idset_get(m->seen, sheaf_view(key.bytes, sizeof key.bytes), out,
                     err);
}

/* The entry has the leaf's number in the new archive in `content`, and behind
 * it the traits. */
static int
seen_put(struct sheaf_merge *m, enum seen kind, const uint8_t key_hash[32],
         uint32_t rev, const uint8_t leaf_hash[32], const uint8_t *traits,
         struct sheaf_error *err)
{
    struct seen_key key = seen_key(kind, key_hash);
    struct idset_entry e = { .rev = rev };

    memcpy(e.leaf_hash, leaf_hash, 32);
    put_be(e.content, encode_next_leaf(m->w->encoder), 8);
    if (traits != NULL)
        memcpy(e.content + MERGE_TRAITS, traits, TRAITS_BYTES);
    return idset_put(m->seen, sheaf_view(key.bytes, sizeof key.bytes), &e,
                     err);
}

int
merge_newest(struct sheaf_merge *m, const uint8_t id_hash[32],
             struct idset_entry *out, struct sheaf_error *err)
{
    int rc = seen_get(m, SEEN_ID, id_hash, out, err);

    if (rc != SHEAF_ENOTFOUND)
        return rc;
    memset(out, 0, sizeof *out);
    return SHEAF_OK;
}

int
merge_remember(struct sheaf_merge *m, const uint8_t id_hash[32], uint32_t rev,
               const uint8_t hash[32], const uint8_t *traits,
               struct sheaf_error *err)
{
    return seen_put(m, SEEN_ID, id_hash, rev, hash, traits, err);
}

int
merge_find_removed(struct sheaf_merge *m, const uint8_t hash[32],
                   uint64_t *leaf, struct sheaf_error *err)
{
    struct idset_entry e;
    int rc = seen_get(m, SEEN_REMOVED, hash, &e, err);

    if (rc == SHEAF_OK)
        *leaf = get_be(e.content, 8);
    return rc;
}

int
merge_remember_removed(struct sheaf_merge *m, const uint8_t hash[32],
                       struct sheaf_error *err)
{
    return seen_put(m, SEEN_REMOVED, hash, 1, hash, NULL, err);
}

int
merge_seen_content(struct sheaf_merge *m, const uint8_t content[32],
                   struct idset_entry *out, struct sheaf_error *err)
{
    return seen_get(m, SEEN_CONTENT, content, out, err);
}

int
merge_remember_content(struct sheaf_merge *m, const uint8_t content[32],
                       const uint8_t hash[32], struct sheaf_error *err)
{
    return seen_put(m, SEEN_CONTENT, content, (uint32_t)m->added + 1, hash,
                    NULL, err);
}
