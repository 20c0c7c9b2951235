/*
 * damage_tiles.c - leaf hashes and their roots, derived from the frames.
 */
#include "read/damage_parts.h"

#include "base/buf.h"
#include "base/err.h"
#include "log/merkle.h"

/* ---- Leaf hashes --------------------------------------------------------- */

/* A seal that is derived may need a tile that is derived, too, and so on: not
 * without end. */
#define DEPTH_MAX 16

struct gathering {
    const struct sheaf_reader *r;
    struct sheaf_scratch *s;
    uint64_t first;
    struct sheaf_buf *hashes; /* of leaves from `first` on */
};

static int
gathered(void *arg, uint64_t leaf, uint8_t out[32], struct sheaf_error *err)
{
    const struct gathering *g = arg;

    if (leaf < g->first)
        return reader_tree_hash(g->r, g->s, leaf, out, err);
    if (leaf - g->first >= g->hashes->len / 32)
        return fail_corrupt(err, NO_OFFSET, "F10.2", "a leaf out of order");
    memcpy(out, g->hashes->data + (leaf - g->first) * 32, 32);
    return SHEAF_OK;
}

/* The hash of a lost leaf: as it follows from others, or as it is stored, which
 * may be right where something else of the tile is damaged. *guess: it does not
 * follow. */
static int
lost_hash(struct gathering *g, uint64_t leaf, uint8_t out[32], bool *guess,
          struct sheaf_error *err)
{
    struct leaf_stored stored;
    int rc = SHEAF_ENOTFOUND;

    memset(out, 0, 32);
    if (g->s->depth < DEPTH_MAX)
        rc = reader_derive_leaf(g->r, g->s, leaf, gathered, g, &stored, err);
    if (rc == SHEAF_OK)
        memcpy(out, stored.hash, 32);
    else if (rc != SHEAF_ENOMEM && rc != SHEAF_EIO)
        rc = reader_hash_in_next_seal(g->r, g->s, leaf, out, err);
    *guess = reader_goes_on(rc);
    if (*guess)
        rc = reader_hash_stored(g->r, g->s, leaf, out, err);
    return rc == SHEAF_ENOMEM || rc == SHEAF_EIO ? rc : SHEAF_OK;
}

/* Collects the hashes of leaves from `first` on and before `end`. Those of lost
 * leaves may be guesses, which `guesses` tells unless it is NULL: the root
 * decides. */
static int
gather_hashes(const struct sheaf_reader *r, const struct sheaf_scratch *s,
              uint64_t first, uint64_t end, struct sheaf_buf *out,
              bool *guesses, struct sheaf_error *err)
{
    struct stretch_scan k = { .s = NULL };
    struct gathering g = { r, NULL, first, out };
    struct scanned item;
    uint8_t made[32];
    int rc = stretch_begin(&k, r, first, end, err);

    out->len = 0;
    g.s = k.s;
    if (rc == SHEAF_OK)
        k.s->depth = s->depth + 1;
    while (rc == SHEAF_OK &&
           (rc = scan_next(&k.scan, &item, err)) == SHEAF_OK) {
        const uint8_t *hash = item.kind == SCANNED_ARTICLE
                                  ? k.s->article.leaf_hash
                                  : item.stored.hash;
        bool guess = false;

        if (item.kind == SCANNED_GROUP || item.entry.leaf < first)
            continue;
        if (item.kind == SCANNED_LOST) {
            rc = lost_hash(&g, item.entry.leaf, made, &guess, err);
            hash = made;
        }
        if (guesses != NULL)
            guesses[item.entry.leaf - first] = guess;
        if (rc == SHEAF_OK && !buf_add(out, hash, 32))
            rc = fail_nomem(err);
    }
    if (k.s != NULL)
        stretch_end(&k);
    return rc == SHEAF_END ? SHEAF_OK : rc;
}

/* The root that a tile must have. It leads up to the root of the tree. */
static const uint8_t *
tile_root_of(const struct sheaf_reader *r, const struct sheaf_scratch *s,
             uint64_t number)
{
    size_t in_slab = (size_t)(number % SLAB_TILES);

    return number / SLAB_TILES == r->top.slab_count
               ? r->top.tiles[in_slab].root
               : s->roots.data + in_slab * 32;
}

/* Derives a tile, whose root is in s->roots or in the top, and keeps it if it
 * has that root. */
static int
keep_tile(const struct sheaf_reader *r, struct sheaf_scratch *s,
          uint64_t number, struct sheaf_error *err)
{
    uint64_t first = number * TILE_LEAVES;
    uint64_t end = min_u64(first + TILE_LEAVES, r->top.size);
    size_t leaves = (size_t)(end - first);
    struct sheaf_buf hashes = { 0 };
    bool guesses[TILE_LEAVES] = { false }, found;
    uint8_t root[32];
    int rc = gather_hashes(r, s, first, end, &hashes, guesses, err);

    if (rc == SHEAF_OK && hashes.len == leaves * 32) {
        merkle_root(hashes.data, leaves, root);
        found = memcmp(root, tile_root_of(r, s, number), 32) == 0;
        if (!found)
            rc = damage_find_hashes(r, first, &hashes, guesses,
                                    tile_root_of(r, s, number), &found, err);
        if (rc == SHEAF_OK && found) {
            rc = part_keep(r, PART_TILE | number, false, hashes.data,
                           hashes.len, err);
            if (rc == SHEAF_OK)
                rc = reader_tile_keep(r, number, hashes.data, leaves, err);
        }
    }
    sheaf_buf_free(&hashes);
    return rc;
}

/* A tile is taken only with the root that it must have: otherwise articles
 * would prove themselves. */
static int
rebuild_tile(const struct sheaf_reader *r, struct sheaf_scratch *s,
             uint64_t number, const struct sheaf_error *why,
             struct sheaf_error *err)
{
    int rc = part_find(r, PART_TILE | number, &s->tile, why, err);

    if (rc == SHEAF_ENOTFOUND) {
        if (number / SLAB_TILES < r->top.slab_count) {
            rc = reader_slab_roots(r, s, number / SLAB_TILES, err);
            /* Perhaps only the roots were damaged. */
            if (rc == SHEAF_OK &&
                reader_tile_stored(r, s, number, NULL) == SHEAF_OK)
                return SHEAF_OK;
            if (rc == SHEAF_OK)
                rc = reader_slab_roots(r, s, number / SLAB_TILES, err);
            if (rc != SHEAF_OK)
                return rc;
        }
        reader_note_damage(r, why);
        rc = keep_tile(r, s, number, err);
        if (rc == SHEAF_OK)
            rc = part_find(r, PART_TILE | number, &s->tile, why, err);
        if (rc == SHEAF_ENOTFOUND)
            rc = part_give_up(r, PART_TILE | number, why, err);
    }
    if (rc != SHEAF_OK)
        return rc;
    s->tile_number = number;
    s->tile_loaded = true;
    return SHEAF_OK;
}

/* Roots of the tiles of a slab from all of its leaf hashes. */
static void
roots_of(const struct sheaf_buf *hashes, uint8_t *roots)
{
    for (size_t i = 0; i < SLAB_TILES; i++)
        merkle_root(hashes->data + i * TILE_LEAVES * 32, TILE_LEAVES,
                    roots + i * 32);
}

/* Finds the roots of the tiles of a slab, to s->roots. There are three
 * witnesses: the stored roots, the stored leaf hashes and the articles. All
 * must give the slab's root; where they differ, two are right. */
static int
find_slab_roots(const struct sheaf_reader *r, struct sheaf_scratch *s,
                uint64_t slab, struct sheaf_error *err)
{
    const size_t roots_size = SLAB_TILES * 32;
    const size_t hashes_size = SLAB_LEAVES * 32;
    uint64_t at = r->top.slabs[slab].offset + FRAME_HEAD_SIZE + 8;
    uint64_t first = slab * SLAB_LEAVES;
    struct sheaf_buf stored = { 0 }, hashes = { 0 };
    int rc = reader_read(r, at, roots_size, &stored, err);

    if (rc == SHEAF_OK)
        rc = reader_read(r, at + roots_size, hashes_size, &hashes, err);
    s->roots.len = 0;
    if (rc == SHEAF_OK && !buf_reserve(&s->roots, roots_size))
        rc = fail_nomem(err);
    if (rc == SHEAF_OK) {
        s->roots.len = roots_size;
        roots_of(&hashes, s->roots.data);
        rc = reader_slab_roots_check(r, s, slab, err);
    }
    if (rc == SHEAF_ECORRUPT)
        rc = gather_hashes(r, s, first, first + SLAB_LEAVES, &hashes, NULL,
                           err);
    else
        hashes.len = 0;
    if (rc == SHEAF_OK && hashes.len == hashes_size) {
        uint8_t made[SLAB_TILES * 32];

        roots_of(&hashes, made);
        for (size_t i = 0; i < roots_size; i += 32)
            if (memcmp(made + i, stored.data + i, 32) == 0)
                memcpy(s->roots.data + i, made + i, 32);
        rc = reader_slab_roots_check(r, s, slab, err);
        if (rc == SHEAF_ECORRUPT) {
            memcpy(s->roots.data, made, roots_size);
            rc = reader_slab_roots_check(r, s, slab, err);
        }
    } else if (rc == SHEAF_OK && hashes.len != 0) {
        rc = fail_corrupt(err, at, "F10.2", "leaves of a slab are lost");
    }
    sheaf_buf_free(&stored);
    sheaf_buf_free(&hashes);
    return rc;
}

static int
rebuild_slab_roots(const struct sheaf_reader *r, struct sheaf_scratch *s,
                   uint64_t slab, const struct sheaf_error *why,
                   struct sheaf_error *err)
{
    int rc = part_find(r, PART_SLAB | slab, &s->roots, why, err);

    /* The cache, which holds checked roots, may have lost them. */
    if (rc == SHEAF_OK)
        return reader_slab_roots_check(r, s, slab, err);
    if (rc != SHEAF_ENOTFOUND)
        return rc;
    reader_note_damage(r, why);
    rc = find_slab_roots(r, s, slab, err);
    if (rc == SHEAF_ECORRUPT)
        return part_give_up(r, PART_SLAB | slab, why, err);
    return rc == SHEAF_OK ? part_keep(r, PART_SLAB | slab, false,
                                      s->roots.data, s->roots.len, err)
                          : rc;
}

/* ---- Stored or derived --------------------------------------------------- */

int
reader_tile(const struct sheaf_reader *r, struct sheaf_scratch *s,
            uint64_t number, struct sheaf_error *err)
{
    struct sheaf_error why = { 0 };
    int rc = reader_tile_stored(r, s, number, &why);

    if (rc == SHEAF_ECORRUPT) {
        rc = reader_put_right(r, rc, 0, &why);
        if (rc == SHEAF_OK)
            rc = reader_tile_stored(r, s, number, &why);
    }
    if (rc == SHEAF_ECORRUPT)
        return rebuild_tile(r, s, number, &why, err);
    if (rc != SHEAF_OK && err != NULL)
        *err = why;
    return rc;
}

int
reader_tree_hash(const struct sheaf_reader *r, struct sheaf_scratch *s,
                 uint64_t leaf, uint8_t out[32], struct sheaf_error *err)
{
    int rc = reader_check_leaf_number(r, leaf, err);

    if (rc == SHEAF_OK)
        rc = reader_tile(r, s, leaf / TILE_LEAVES, err);
    if (rc == SHEAF_OK)
        memcpy(out, s->tile.data + leaf % TILE_LEAVES * 32, 32);
    return rc;
}

int
reader_slab_roots(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  uint64_t slab, struct sheaf_error *err)
{
    struct sheaf_error why = { 0 };
    int rc = reader_slab_roots_stored(r, s, slab, &why);

    if (rc == SHEAF_ECORRUPT)
        return rebuild_slab_roots(r, s, slab, &why, err);
    if (rc != SHEAF_OK && err != NULL)
        *err = why;
    return rc;
}
