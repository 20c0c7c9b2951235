/*
 * tiles.c - leaf hashes as they are stored, checked against the top (format.md
 * F10).
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/err.h"
#include "format/frame.h"
#include "log/merkle.h"
#include "read/damage_source.h"

/* Keys in the page cache: tiles and the roots of slabs by their number with
 * these bits, pages by run, table and number. */
#define PAGECACHE_TILE ((uint64_t)1 << 63)
#define PAGECACHE_SLAB ((uint64_t)1 << 62)
/* With one of these: the stored part is damaged. A scan asks for each leaf,
 * and what failed once is not hashed again. */
#define PAGECACHE_FAILED ((uint64_t)1 << 61)
#define SLAB_ROOTS_SIZE (SLAB_TILES * 32)
_Static_assert(TILE_LEAVES * 32 <= PAGECACHE_PIECE_MAX &&
                   SLAB_ROOTS_SIZE <= PAGECACHE_PIECE_MAX &&
                   TABLE_PAGE_ROWS * TABLE_ROW_MAX <= PAGECACHE_PIECE_MAX,
               "tiles, roots and pages can be kept");

static bool
has_failed(const struct sheaf_reader *r, uint64_t key)
{
    return pagecache_find(r->pages, PAGECACHE_FAILED | key, 1, NULL);
}

static void
note_failed(const struct sheaf_reader *r, uint64_t key)
{
    (void)pagecache_add(r->pages, PAGECACHE_FAILED | key, "", 1, NULL);
}

/* If bytes were inserted into a frame with hashes or lost from it, those before
 * that place are not where the others are: reads `len` of them again. */
static bool
read_before(const struct sheaf_reader *r, uint64_t offset, uint8_t *hashes,
            size_t len)
{
    return len != 0 && moved_read_before(&r->source, offset, hashes, len) == 0;
}

/* Whether the tile roots in s->roots give the slab's root. If they do, they
 * are kept. */
int
reader_slab_roots_check(const struct sheaf_reader *r, struct sheaf_scratch *s,
                        uint64_t slab, struct sheaf_error *err)
{
    const struct top_node *node = &r->top.slabs[slab];
    uint8_t root[32];

    merkle_root(s->roots.data, SLAB_TILES, root);
    if (memcmp(root, node->root, 32) != 0)
        return fail_corrupt(err, node->offset + FRAME_HEAD_SIZE + 8, "F10.2",
                            "tile roots don't give the slab's root");
    return pagecache_add(r->pages, PAGECACHE_SLAB | slab, s->roots.data,
                         SLAB_ROOTS_SIZE, err);
}

int
reader_slab_roots_stored(const struct sheaf_reader *r, struct sheaf_scratch *s,
                         uint64_t slab, struct sheaf_error *err)
{
    uint64_t at = r->top.slabs[slab].offset + FRAME_HEAD_SIZE + 8;
    int rc;

    if (pagecache_find(r->pages, PAGECACHE_SLAB | slab, SLAB_ROOTS_SIZE,
                       &s->roots))
        return SHEAF_OK;
    if (has_failed(r, PAGECACHE_SLAB | slab))
        return fail_corrupt(err, at, "F10.2",
                            "tile roots don't give the slab's root");
    rc = reader_read(r, at, SLAB_ROOTS_SIZE, &s->roots, err);
    if (rc == SHEAF_OK)
        rc = reader_slab_roots_check(r, s, slab, err);
    if (rc == SHEAF_ECORRUPT &&
        read_before(r, at, s->roots.data, s->roots.len))
        rc = reader_slab_roots_check(r, s, slab, err);
    if (rc == SHEAF_ECORRUPT)
        note_failed(r, PAGECACHE_SLAB | slab);
    return rc;
}

/* The place and root of a tile. For a tile of a full slab the root comes
 * from the slab's frame, which is checked against the top. */
int
reader_tile_place(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  uint64_t number, struct top_node *out,
                  struct sheaf_error *err)
{
    const struct top *t = &r->top;
    uint64_t slab = number / SLAB_TILES;
    size_t in_slab = (size_t)(number % SLAB_TILES);
    int rc;

    if (slab == t->slab_count) {
        *out = t->tiles[in_slab];
        return SHEAF_OK;
    }
    rc = reader_slab_roots_stored(r, s, slab, err);
    if (rc != SHEAF_OK)
        return rc;
    out->offset = t->slabs[slab].offset + FRAME_HEAD_SIZE + SLAB_BODY_HEAD +
                  in_slab * TILE_LEAVES * 32;
    memcpy(out->root, s->roots.data + in_slab * 32, 32);
    return SHEAF_OK;
}

/* Reads the hashes of the tile from leaf `first` on. The last tile may be in
 * several pieces. */
static int
read_hashes(const struct sheaf_reader *r, uint64_t first, size_t leaves,
            uint64_t offset, struct sheaf_buf *out, struct sheaf_error *err)
{
    const struct top *t = &r->top;
    struct sheaf_buf piece = { 0 };
    uint64_t count = leaves;
    int rc = SHEAF_OK;

    if (first / SLAB_LEAVES == t->slab_count)
        offset = top_hash_place(t, first, &count);
    rc = reader_read(r, offset, (size_t)count * 32, out, err);
    for (uint64_t at = count; rc == SHEAF_OK && at < leaves; at += count) {
        offset = top_hash_place(t, first + at, &count);
        rc = reader_read(r, offset, (size_t)count * 32, &piece, err);
        if (rc == SHEAF_OK && !buf_add(out, piece.data, piece.len))
            rc = fail_nomem(err);
    }
    sheaf_buf_free(&piece);
    return rc;
}

static bool
has_root(const struct sheaf_buf *hashes, const uint8_t root[32])
{
    uint8_t is[32];

    merkle_root(hashes->data, hashes->len / 32, is);
    return memcmp(is, root, 32) == 0;
}

/* Whether these hashes, as read_hashes has read them, have the root if one of
 * the pieces is read again. */
static bool
has_root_before(const struct sheaf_reader *r, uint64_t first, uint64_t offset,
                struct sheaf_buf *hashes, const uint8_t root[32])
{
    const struct top *t = &r->top;
    uint64_t leaves = hashes->len / 32, count = leaves;
    uint8_t kept[TILE_LEAVES * 32];
    bool has = false;

    for (uint64_t at = 0; !has && at < leaves; at += count) {
        uint8_t *piece = hashes->data + at * 32;

        if (first / SLAB_LEAVES == t->slab_count)
            offset = top_hash_place(t, first + at, &count);
        memcpy(kept, piece, (size_t)count * 32);
        has = read_before(r, offset, piece, (size_t)count * 32) &&
              has_root(hashes, root);
        if (!has)
            memcpy(piece, kept, (size_t)count * 32);
    }
    return has;
}

int
reader_tile_keep(const struct sheaf_reader *r, uint64_t number,
                 const uint8_t *hashes, size_t leaves, struct sheaf_error *err)
{
    return pagecache_add(r->pages, PAGECACHE_TILE | number, hashes,
                         leaves * 32, err);
}

int
reader_tile_stored(const struct sheaf_reader *r, struct sheaf_scratch *s,
                   uint64_t number, struct sheaf_error *err)
{
    size_t leaves = (size_t)min_u64(r->top.size - number * TILE_LEAVES,
                                    TILE_LEAVES);
    struct top_node place;
    int rc;

    assert(number * TILE_LEAVES < r->top.size);
    if (s->tile_loaded && s->tile_number == number)
        return SHEAF_OK;
    s->tile_loaded = false;
    if (!pagecache_find(r->pages, PAGECACHE_TILE | number, leaves * 32,
                        &s->tile)) {
        rc = reader_tile_place(r, s, number, &place, err);
        if (rc == SHEAF_OK && has_failed(r, PAGECACHE_TILE | number))
            return fail_corrupt(err, place.offset, "F10.2",
                                "leaf hashes don't give their tile's root");
        if (rc == SHEAF_OK)
            rc = read_hashes(r, number * TILE_LEAVES, leaves, place.offset,
                             &s->tile, err);
        if (rc != SHEAF_OK)
            return rc;
        if (!has_root(&s->tile, place.root) &&
            !has_root_before(r, number * TILE_LEAVES, place.offset, &s->tile,
                             place.root)) {
            note_failed(r, PAGECACHE_TILE | number);
            return fail_corrupt(err, place.offset, "F10.2",
                                "leaf hashes don't give their tile's root");
        }
        rc = reader_tile_keep(r, number, s->tile.data, leaves, err);
        if (rc != SHEAF_OK)
            return rc;
    }
    s->tile_number = number;
    s->tile_loaded = true;
    return SHEAF_OK;
}

int
reader_check_leaf_number(const struct sheaf_reader *r, uint64_t leaf,
                         struct sheaf_error *err)
{
    return leaf < r->top.size ? SHEAF_OK
                              : fail_corrupt(err, r->end.top, "F11.3",
                                             "the tree has no leaf %llu",
                                             (unsigned long long)leaf);
}

/* The root at an earlier size, from roots of whole slabs and tiles that
 * were checked against the top, and leaf hashes of the tile in which that
 * size ends. */
int
reader_tree_hash_stored(const struct sheaf_reader *r, struct sheaf_scratch *s,
                        uint64_t leaf, uint8_t out[32],
                        struct sheaf_error *err)
{
    int rc = reader_check_leaf_number(r, leaf, err);

    if (rc == SHEAF_OK)
        rc = reader_tile_stored(r, s, leaf / TILE_LEAVES, err);
    if (rc == SHEAF_OK)
        memcpy(out, s->tile.data + leaf % TILE_LEAVES * 32, 32);
    return rc;
}

/* The offset of a leaf's hash, which is 32 bytes. It can be computed. *count is
 * as in top_hash_place. */
static uint64_t
hash_place(const struct top *t, uint64_t leaf, uint64_t *count)
{
    uint64_t slab = leaf / SLAB_LEAVES;

    if (slab >= t->slab_count)
        return top_hash_place(t, leaf, count);
    *count = TILE_LEAVES - leaf % TILE_LEAVES;
    return t->slabs[slab].offset + FRAME_HEAD_SIZE + SLAB_BODY_HEAD +
           leaf % SLAB_LEAVES * 32;
}

int
reader_hashes_both(const struct sheaf_reader *r, const struct top *top,
                   uint64_t leaf, uint64_t *count, struct sheaf_buf *before,
                   struct sheaf_buf *after, struct sheaf_error *err)
{
    uint64_t follow, offset = hash_place(top, leaf, &follow);
    int rc;

    *count = min_u64(*count, follow);
    rc = reader_read(r, offset, (size_t)*count * 32, after, err);
    if (rc != SHEAF_OK)
        return rc;
    if (!buf_resize(before, after->len))
        return fail_nomem(err);
    if (!read_before(r, offset, before->data, before->len))
        memcpy(before->data, after->data, after->len);
    return SHEAF_OK;
}

int
reader_hashes_stored(const struct sheaf_reader *r, uint64_t number,
                     struct sheaf_buf *out, struct sheaf_error *err)
{
    uint64_t first = number * TILE_LEAVES, count;

    return read_hashes(r, first,
                       (size_t)min_u64(r->top.size - first, TILE_LEAVES),
                       hash_place(&r->top, first, &count), out, err);
}

int
reader_hash_stored(const struct sheaf_reader *r, struct sheaf_scratch *s,
                   uint64_t leaf, uint8_t out[32], struct sheaf_error *err)
{
    uint64_t count;
    int rc = reader_read(r, hash_place(&r->top, leaf, &count), 32, &s->roots,
                         err);

    if (rc == SHEAF_OK)
        memcpy(out, s->roots.data, 32);
    return rc;
}
