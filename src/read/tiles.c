/*
 * tiles.c - leaf hashes and roots of the tree (format.md F10).
 */
#include "read/reader.h"

#include "base/err.h"
#include "format/frame.h"
#include "log/merkle.h"

/* Keys in the page cache: tiles by their number with this bit, pages by
 * run, table and number. */
#define PAGECACHE_TILE ((uint64_t)1 << 63)
_Static_assert(TILE_LEAVES * 32 <= PAGECACHE_PIECE_MAX &&
                   TABLE_PAGE_MAX <= PAGECACHE_PIECE_MAX,
               "tiles and pages can be kept");

int
reader_slab_roots(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  uint64_t slab, struct sheaf_error *err)
{
    const struct top_node *node = &r->top.slabs[slab];
    uint64_t at = node->offset + FRAME_HEAD_SIZE + 8;
    uint8_t root[32];
    int rc = reader_read(r, at, SLAB_TILES * 32, &s->roots, err);

    if (rc != SHEAF_OK)
        return rc;
    merkle_root(s->roots.data, SLAB_TILES, root);
    return memcmp(root, node->root, 32) == 0
               ? SHEAF_OK
               : fail_corrupt(err, at, "F10.2",
                              "tile roots don't give the slab's root");
}

/* The place and root of a tile. For a tile of a full slab the root comes
 * from the slab's frame, which is checked against the top. */
static int
tile_place(const struct sheaf_reader *r, struct sheaf_scratch *s,
           uint64_t number, struct top_node *out, struct sheaf_error *err)
{
    const struct top *t = &r->top;
    uint64_t slab = number / SLAB_TILES;
    size_t in_slab = (size_t)(number % SLAB_TILES);
    int rc;

    if (slab == t->slab_count) {
        *out = t->tiles[in_slab];
        return SHEAF_OK;
    }
    rc = reader_slab_roots(r, s, slab, err);
    if (rc != SHEAF_OK)
        return rc;
    out->offset = t->slabs[slab].offset + FRAME_HEAD_SIZE + SLAB_BODY_HEAD +
                  in_slab * TILE_LEAVES * 32;
    memcpy(out->root, s->roots.data + in_slab * 32, 32);
    return SHEAF_OK;
}

int
reader_tile(const struct sheaf_reader *r, struct sheaf_scratch *s,
            uint64_t number, struct sheaf_error *err)
{
    size_t leaves = (size_t)min_u64(r->top.size - number * TILE_LEAVES,
                                    TILE_LEAVES);
    struct top_node place;
    uint8_t root[32];
    int rc;

    assert(number * TILE_LEAVES < r->top.size);
    if (s->tile_loaded && s->tile_number == number)
        return SHEAF_OK;
    s->tile_loaded = false;
    if (!pagecache_find(r->pages, PAGECACHE_TILE | number, leaves * 32,
                        &s->tile)) {
        rc = tile_place(r, s, number, &place, err);
        if (rc == SHEAF_OK)
            rc = reader_read(r, place.offset, leaves * 32, &s->tile, err);
        if (rc != SHEAF_OK)
            return rc;
        merkle_root(s->tile.data, leaves, root);
        if (memcmp(root, place.root, 32) != 0)
            return fail_corrupt(err, place.offset, "F10.2",
                                "leaf hashes don't give their tile's root");
        rc = pagecache_add(r->pages, PAGECACHE_TILE | number, s->tile.data,
                           leaves * 32, err);
        if (rc != SHEAF_OK)
            return rc;
    }
    s->tile_number = number;
    s->tile_loaded = true;
    return SHEAF_OK;
}

/* The root at an earlier size, from roots of whole slabs and tiles that
 * were checked against the top, and leaf hashes of the tile in which that
 * size ends. */
int
reader_root_at(const struct sheaf_reader *r, struct sheaf_scratch *s,
               uint64_t size, uint8_t out[32], struct sheaf_error *err)
{
    struct merkle_range range;
    uint64_t slabs = size / SLAB_LEAVES;
    uint64_t whole = size / TILE_LEAVES;
    int rc;

    assert(size <= r->top.size);
    merkle_range_init(&range);
    for (uint64_t i = 0; i < slabs; i++)
        merkle_range_add_subtree(&range, 16, r->top.slabs[i].root);
    for (uint64_t i = slabs * SLAB_TILES; i < whole; i++) {
        struct top_node place;

        rc = tile_place(r, s, i, &place, err);
        if (rc != SHEAF_OK)
            return rc;
        merkle_range_add_subtree(&range, 8, place.root);
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
reader_tree_hash(const struct sheaf_reader *r, struct sheaf_scratch *s,
                 uint64_t leaf, uint8_t out[32], struct sheaf_error *err)
{
    int rc = reader_tile(r, s, leaf / TILE_LEAVES, err);

    if (rc == SHEAF_OK)
        memcpy(out, s->tile.data + leaf % TILE_LEAVES * 32, 32);
    return rc;
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

/* ---- One leaf ----------------------------------------------------------- */

/* The offset of a leaf's hash, which is 32 bytes. It can be computed. */
static uint64_t
hash_place(const struct top *t, uint64_t leaf)
{
    uint64_t slab = leaf / SLAB_LEAVES;

    if (slab < t->slab_count)
        return t->slabs[slab].offset + FRAME_HEAD_SIZE + SLAB_BODY_HEAD +
               leaf % SLAB_LEAVES * 32;
    return t->tiles[leaf % SLAB_LEAVES / TILE_LEAVES].offset +
           leaf % TILE_LEAVES * 32;
}

bool
reader_tile_damaged(const struct sheaf_reader *r, struct sheaf_scratch *s,
                    uint64_t leaf)
{
    return !r->authentic.done &&
           reader_tile(r, s, leaf / TILE_LEAVES, NULL) == SHEAF_ECORRUPT;
}

int
reader_leaf_hash(const struct sheaf_reader *r, struct sheaf_scratch *s,
                 uint64_t leaf, uint8_t out[32], struct sheaf_error *err)
{
    int rc;

    if (leaf >= reader_leaves(r))
        return r->authentic.done && leaf < r->top.size
                   ? fail_verify(err, NO_OFFSET, "F9.9",
                                 "leaf %llu is past the signature",
                                 (unsigned long long)leaf)
                   : fail_corrupt(err, NO_OFFSET, "F8.3", "no such leaf");
    /* With a key, the tile is proven; without one, reading the hash alone
     * saves reading and hashing 8 KiB. */
    if (r->authentic.done)
        return reader_tree_hash(r, s, leaf, out, err);
    rc = reader_read(r, hash_place(&r->top, leaf), 32, &s->roots, err);
    if (rc == SHEAF_OK)
        memcpy(out, s->roots.data, 32);
    return rc;
}

int
reader_check_leaf(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  uint64_t leaf, uint64_t offset, const uint8_t hash[32],
                  struct sheaf_error *err)
{
    uint8_t stored[32];
    int rc = reader_leaf_hash(r, s, leaf, stored, err);

    if (rc == SHEAF_OK && memcmp(stored, hash, 32) != 0 &&
        !reader_tile_damaged(r, s, leaf))
        rc = fail_verify(err, offset, "F10.2",
                         "the article is not the leaf that the tree has");
    return rc;
}

