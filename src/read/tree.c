/*
 * tree.c - leaf hashes and roots of the tree; damaged ones are derived
 * (format.md F10).
 */
#include "read/reader.h"

#include "base/err.h"
#include "format/frame.h"
#include "log/merkle.h"

/* The root of a tile of 256 leaves. */
static int
tile_root(const struct sheaf_reader *r, struct sheaf_scratch *s,
          uint64_t number, uint8_t out[32], struct sheaf_error *err)
{
    uint64_t slab = number / SLAB_TILES;
    size_t in_slab = (size_t)(number % SLAB_TILES);
    int rc;

    if (slab == r->top.slab_count) {
        memcpy(out, r->top.tiles[in_slab].root, 32);
        return SHEAF_OK;
    }
    rc = reader_slab_roots(r, s, slab, err);
    if (rc == SHEAF_OK)
        memcpy(out, s->roots.data + in_slab * 32, 32);
    return rc;
}

int
reader_root_at(const struct sheaf_reader *r, struct sheaf_scratch *s,
               uint64_t size, uint8_t out[32], struct sheaf_error *err)
{
    struct merkle_range range;
    uint64_t slabs = size / SLAB_LEAVES;
    uint64_t whole = size / TILE_LEAVES;
    int rc;

    if (size > r->top.size)
        return fail_corrupt(err, NO_OFFSET, "F12.2",
                            "the end states a smaller tree");
    if (size == r->top.size) { /* the root that the end states (F12.2) */
        memcpy(out, r->top.root, 32);
        return SHEAF_OK;
    }
    merkle_range_init(&range);
    for (uint64_t i = 0; i < slabs; i++)
        merkle_range_add_subtree(&range, 16, r->top.slabs[i].root);
    for (uint64_t i = slabs * SLAB_TILES; i < whole; i++) {
        uint8_t root[32];

        rc = tile_root(r, s, i, root, err);
        if (rc != SHEAF_OK)
            return rc;
        merkle_range_add_subtree(&range, 8, root);
    }
    if (size % TILE_LEAVES != 0) {
        rc = reader_tile(r, s, whole, err);
        if (rc != SHEAF_OK)
            return rc;
        for (size_t i = 0; i < size % TILE_LEAVES; i++)
            merkle_range_add(&range, s->tile.data + i * 32);
    }
    merkle_range_root(&range, out);
    return SHEAF_OK;
}

int
reader_ended_root(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  uint64_t size, uint8_t out[32], struct sheaf_error *err)
{
    struct end end;
    int rc = size != 0 && size <= r->top.size ? SHEAF_OK : SHEAF_ENOTFOUND;

    if (rc == SHEAF_OK && size != r->top.size)
        rc = reader_end_of(r, size, &end, err);
    return rc == SHEAF_OK ? reader_root_at(r, s, size, out, err) : rc;
}

int
sheaf_root_at(const struct sheaf_reader *reader,
              struct sheaf_scratch *scratch, uint64_t size,
              uint8_t out[SHEAF_HASH_BYTES], struct sheaf_error *err)
{
    uint8_t root[32];
    int rc;

    reader_claim(reader, scratch);
    if (size > reader->top.size)
        return fail(err, SHEAF_EINVAL, "the tree has only %llu leaves",
                    (unsigned long long)reader->top.size);
    rc = reader_root_at(reader, scratch, size, root, err);
    if (rc == SHEAF_OK)
        memcpy(out, root, 32);
    return rc;
}

int
sheaf_leaf_hash(const struct sheaf_reader *reader,
                struct sheaf_scratch *scratch, uint64_t leaf,
                uint8_t out[SHEAF_HASH_BYTES], struct sheaf_error *err)
{
    uint8_t hash[32];
    int rc;

    reader_claim(reader, scratch);
    if (leaf >= reader->top.size)
        return fail(err, SHEAF_EINVAL, "the tree has only %llu leaves",
                    (unsigned long long)reader->top.size);
    rc = reader_tree_hash(reader, scratch, leaf, hash, err);
    if (rc == SHEAF_OK)
        memcpy(out, hash, 32);
    return rc;
}

/* ---- One leaf ----------------------------------------------------------- */

int
reader_leaf_hash(const struct sheaf_reader *r, struct sheaf_scratch *s,
                 uint64_t leaf, uint8_t out[32], struct sheaf_error *err)
{
    if (leaf >= reader_leaves(r))
        return r->authentic.done && leaf < r->top.size
                   ? fail_verify(err, NO_OFFSET, "F9.9",
                                 "leaf %llu is past the signature",
                                 (unsigned long long)leaf)
                   : fail_corrupt(err, NO_OFFSET, "F8.3", "no such leaf");
    if (r->authentic.done)
        return reader_tree_hash(r, s, leaf, out, err);
    return reader_hash_stored(r, s, leaf, out, err);
}

/* The hash of a leaf is lost with others of its tile. The group of an article
 * has its place, and its ID unless it was removed. A statement is in none. */
static int
confirm(const struct sheaf_reader *r, struct sheaf_scratch *s, uint64_t leaf,
        uint64_t offset, struct sheaf_error *err)
{
    bool article = s->loaded.there && s->loaded.offset == offset;
    enum verdict says;
    uint64_t is = leaf;
    int rc = reader_group_says(r, s, offset, article ? s->loaded.index : 0,
                               article ? &s->article.meta : NULL, &says, &is,
                               err);

    return rc == SHEAF_OK && (says == VERDICT_NO || is != leaf ||
                              (article && says == VERDICT_NONE))
               ? fail_corrupt(err, offset, "F10.2",
                              "leaf %llu: its hash is damaged, and no group "
                              "says that this is its article",
                              (unsigned long long)leaf)
               : rc;
}

int
reader_check_leaf(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  uint64_t leaf, uint64_t offset, const uint8_t hash[32],
                  struct sheaf_error *err)
{
    uint8_t tree[32];
    int rc = reader_leaf_hash(r, s, leaf, tree, err);

    if (rc != SHEAF_OK || memcmp(tree, hash, 32) == 0)
        return rc;
    /* Without a key, no more than the hash has been read of the tile. */
    rc = r->authentic.done ? SHEAF_OK
                           : reader_tree_hash(r, s, leaf, tree, err);
    if (rc == SHEAF_ECORRUPT)
        return confirm(r, s, leaf, offset, err);
    return rc == SHEAF_OK && memcmp(tree, hash, 32) != 0
               ? fail_verify(err, offset, "F10.2",
                             "the article is not the leaf that the tree has")
               : rc;
}
