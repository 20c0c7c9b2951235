/*
 * top.c - top and end records.
 *
 * Every count and offset in a top is checked here before it is used: a count
 * against the bytes that are left, before anything is allocated for it; an
 * offset against the frames before the top. A decoded top may still be wrong
 * (F11.3), but no later code can be made to read outside of the file or to
 * loop without end by it.
 */
#include "format/top.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "format/frame.h"
#include "log/merkle.h"
#include "log/note.h"

void
top_run_free(struct top_run *run)
{
    for (unsigned i = 0; i < TABLE_KINDS; i++)
        mem_free(run->tables[i].blocks);
    memset(run, 0, sizeof *run);
}

void
top_free(struct top *top)
{
    sheaf_buf_free(&top->origin);
    sheaf_buf_free(&top->note);
    sheaf_buf_free(&top->key_leaves);
    sheaf_buf_free(&top->later);
    mem_free(top->dicts);
    mem_free(top->slabs);
    for (unsigned i = 0; i < COUNT_OF(top->runs); i++)
        top_run_free(&top->runs[i]);
    memset(top, 0, sizeof *top);
}

/* ---- Lists --------------------------------------------------------------- */

/*
 * Each list of a top is written as the number of entries that are those of the
 * base, from the first one on, the number of the others, and the others. So
 * small appends do not write the same entries again and again.
 */

static uint32_t
same_nodes(const struct top_node *a, uint32_t a_count,
           const struct top_node *b, uint32_t b_count)
{
    uint32_t n = 0;

    while (n < a_count && n < b_count && a[n].offset == b[n].offset &&
           memcmp(a[n].root, b[n].root, 32) == 0)
        n++;
    return n;
}

static bool
same_run(const struct top *top, const struct top_run *a,
         const struct top_run *b)
{
    bool same = a->end == b->end && memcmp(a->root, b->root, 32) == 0 &&
                (!top_has_piece(top, a) || a->piece == b->piece);

    for (unsigned k = 0; k < TABLE_KINDS; k++)
        same = same && a->tables[k].offset == b->tables[k].offset &&
               a->tables[k].rows == b->tables[k].rows;
    return same;
}

/* How many entries of each list are those of the base. */
struct kept {
    uint32_t keys;
    uint32_t dicts;
    uint32_t slabs;
    uint32_t tiles;
    uint32_t runs;
};

static struct kept
kept_of(const struct top *t, const struct top *base)
{
    struct kept n = { 0 };

    if (base == NULL)
        return n;
    while (n.keys < t->key_count && n.keys < base->key_count &&
           t->keys[n.keys].offset == base->keys[n.keys].offset)
        n.keys++;
    while (n.dicts < t->dict_count && n.dicts < base->dict_count &&
           t->dicts[n.dicts].offset == base->dicts[n.dicts].offset)
        n.dicts++;
    n.slabs = same_nodes(t->slabs, t->slab_count, base->slabs,
                         base->slab_count);
    n.tiles = same_nodes(t->tiles, t->tile_count, base->tiles,
                         base->tile_count);
    while (n.runs < t->run_count && n.runs < base->run_count &&
           same_run(t, &t->runs[n.runs], &base->runs[n.runs]))
        n.runs++;
    return n;
}

/* `width` is that of each of the two numbers, in bytes. */
static bool
encode_counts(uint32_t kept, uint32_t count, unsigned width,
              struct sheaf_buf *out)
{
    return buf_add_be(out, kept, width) &&
           buf_add_be(out, count - kept, width);
}

static bool
encode_nodes(const struct top_node *nodes, uint32_t kept, uint32_t count,
             unsigned width, struct sheaf_buf *out)
{
    bool good = encode_counts(kept, count, width, out);

    for (uint32_t i = kept; good && i < count; i++)
        good = buf_add_be(out, nodes[i].offset, 8) &&
               buf_add(out, nodes[i].root, 32);
    return good;
}

struct sheaf_bytes
top_key_copy(const struct top *top, uint32_t i)
{
    size_t at = top->keys[i].copy;
    size_t end = i + 1 < top->key_count ? top->keys[i + 1].copy
                                        : top->key_leaves.len;

    return (struct sheaf_bytes){ top->key_leaves.data + at, end - at };
}

static bool
encode_keys(const struct top *top, uint32_t kept, struct sheaf_buf *out)
{
    bool good = encode_counts(kept, top->key_count, 1, out);

    for (uint32_t i = kept; good && i < top->key_count; i++)
        good = buf_add_be(out, top->keys[i].leaf, 8) &&
               buf_add_be(out, top->keys[i].offset, 8) &&
               buf_add_be(out, top_key_copy(top, i).len, 4) &&
               buf_add(out, top_key_copy(top, i).data,
                       top_key_copy(top, i).len);
    return good;
}

static bool
encode_dicts(const struct top *top, uint32_t kept, struct sheaf_buf *out)
{
    bool good = encode_counts(kept, top->dict_count, 2, out);

    for (uint32_t i = kept; good && i < top->dict_count; i++) {
        const struct top_dict *d = &top->dicts[i];

        good = buf_add_be(out, d->id, 4) && buf_add_be(out, d->offset, 8) &&
               buf_add_be(out, d->packed, 4) && buf_add_be(out, d->raw, 4) &&
               buf_add_be(out, d->par, 8);
    }
    return good;
}

/* The tables of a run follow each other, so the first place is enough. */
static uint64_t
tables_offset(const struct top_run *run)
{
    for (unsigned k = 0; k < TABLE_KINDS; k++) {
        if (run->tables[k].rows != 0)
            return run->tables[k].offset;
    }
    return 0;
}

static bool
encode_runs(const struct top *top, uint32_t kept, struct sheaf_buf *out)
{
    bool good = encode_counts(kept, top->run_count, 1, out);

    for (uint32_t i = kept; good && i < top->run_count; i++) {
        const struct top_run *run = &top->runs[i];

        good = buf_add_be(out, run->end, 8) &&
               buf_add_be(out, tables_offset(run), 8);
        for (unsigned k = 0; good && k < TABLE_KINDS; k++) {
            const struct top_table *t = &run->tables[k];

            good = buf_add_be(out, t->rows, 5);
            for (uint64_t n = 0; good && n < table_blocks(t->rows); n++)
                good = table_block_put(k, &t->blocks[n], out);
        }
        if (good && top_has_piece(top, run))
            good = buf_add_be(out, run->piece, 8);
    }
    return good;
}

uint64_t
top_hash_place(const struct top *top, uint64_t leaf, uint64_t *count)
{
    uint64_t first = leaf / TILE_LEAVES * TILE_LEAVES;
    uint64_t end = min_u64(first + TILE_LEAVES, top->size);

    for (uint32_t i = top->run_count; i-- > 0;) {
        const struct top_run *run = &top->runs[i];

        if (first + TILE_LEAVES <= top->size || !top_has_piece(top, run))
            break;
        if (leaf >= run->first) {
            *count = end - leaf;
            return run->piece + (leaf - run->first) * 32;
        }
        end = run->first;
    }
    *count = end - leaf;
    return top->tiles[leaf % SLAB_LEAVES / TILE_LEAVES].offset +
           (leaf - first) * 32;
}

bool
top_encode(const struct top *top, const struct top *base,
           struct sheaf_buf *out)
{
    const struct kept kept = kept_of(top, base);
    size_t origin_len = base == NULL ? top->origin.len : 0;

    return buf_add_be(out, base != NULL ? top->base : 0, 8) &&
           buf_add_be(out, base != NULL ? top->base_length : 0, 4) &&
           buf_add_be(out, top->size, 8) &&
           buf_add_be(out, top->articles, 8) &&
           buf_add_be(out, top->redactions, 8) &&
           buf_add_be(out, top->generation, 8) &&
           buf_add_be(out, top->raw, 8) && buf_add_be(out, top->seal, 8) &&
           buf_add_be(out, (uint64_t)top->seal_time, 8) &&
           buf_add_be(out, top->zstd, 4) &&
           buf_add_be(out, (uint16_t)top->level, 2) &&
           buf_add_be(out, origin_len, 2) &&
           buf_add(out, top->origin.data, origin_len) &&
           buf_add_be(out, top->note.len, 4) &&
           buf_add(out, top->note.data, top->note.len) &&
           encode_keys(top, kept.keys, out) &&
           encode_dicts(top, kept.dicts, out) &&
           encode_nodes(top->slabs, kept.slabs, top->slab_count, 4, out) &&
           encode_nodes(top->tiles, kept.tiles, top->tile_count, 2, out) &&
           encode_runs(top, kept.runs, out) &&
           buf_add(out, top->later.data, top->later.len);
}

bool
top_encode_state(const struct top *top, struct sheaf_buf *out)
{
    struct top t = *top; /* a view */

    t.base = t.base_length = 0;
    t.generation = 0;
    t.zstd = 0;
    t.level = 0;
    t.note.len = t.later.len = 0;
    return top_encode(&t, NULL, out);
}

int
top_copy(const struct top *top, struct top *out, struct sheaf_error *err)
{
    struct sheaf_buf bytes = { 0 };
    int rc = top_encode(top, NULL, &bytes)
                 ? top_decode(buf_view(&bytes), UINT64_MAX, NULL, out, err)
                 : fail_nomem(err);

    if (rc == SHEAF_OK) {
        out->base = top->base;
        out->base_length = top->base_length;
    }
    sheaf_buf_free(&bytes);
    return rc;
}

/* ---- Decoding ------------------------------------------------------------ */

/* F11.1: whether a frame of `bytes` bytes at `at` lies between the head and
 * the top, whose offset is `limit`. */
static bool
within(uint64_t at, uint64_t bytes, uint64_t limit)
{
    uint64_t end;

    return at >= HEAD_SIZE && !ADD_OVERFLOWS(at, bytes, &end) && end <= limit;
}

static int
impossible(struct sheaf_error *err, uint64_t offset, const char *what)
{
    return fail_corrupt(err, offset, "F11.1", "top: %s", what);
}

/* Reads the two numbers of a list, whose entries have at least `entry` bytes
 * each, and of which the base has `have`. */
static int
decode_counts(struct cursor *c, uint64_t offset, unsigned width, size_t entry,
              uint32_t have, uint32_t *kept, uint32_t *count,
              struct sheaf_error *err)
{
    uint64_t k = cursor_be(c, width);
    uint64_t n = cursor_be(c, width);

    if (c->bad || k > have)
        return impossible(err, offset, "more entries than the base has");
    if (n > cursor_left(c) / entry)
        return impossible(err, offset, "too many entries");
    if (k + n >= (uint64_t)1 << (8 * width))
        return impossible(err, offset, "too many entries");
    *kept = (uint32_t)k;
    *count = (uint32_t)(k + n);
    return SHEAF_OK;
}

static int
decode_keys(struct cursor *c, uint64_t offset, const struct top *base,
            struct top *t, struct sheaf_error *err)
{
    uint32_t kept, count;
    int rc = decode_counts(c, offset, 1, 20, base->key_count, &kept, &count,
                           err);

    if (rc != SHEAF_OK)
        return rc;
    memcpy(t->keys, base->keys, kept * sizeof *t->keys);
    if (!buf_add(&t->key_leaves, base->key_leaves.data,
                 kept < base->key_count ? base->keys[kept].copy
                                        : base->key_leaves.len))
        return fail_nomem(err);
    for (uint32_t i = 0; i < count; i++) {
        struct top_key *k = &t->keys[i];
        const uint8_t *copy;
        uint32_t len;

        if (i >= kept) {
            k->leaf = cursor_u64(c);
            k->offset = cursor_u64(c);
            k->copy = t->key_leaves.len;
            len = cursor_u32(c);
            copy = cursor_take(c, len);
            if (c->bad)
                return impossible(err, offset, "it ends too early");
            if (!buf_add(&t->key_leaves, copy, len))
                return fail_nomem(err);
        }
        if (!within(k->offset, FRAME_HEAD_SIZE + FRAME_SUM_SIZE, offset) ||
            k->leaf >= t->size ||
            (i > 0 && (k->offset <= k[-1].offset || k->leaf <= k[-1].leaf)))
            return impossible(err, offset, "a key change out of place");
    }
    t->key_count = count;
    return SHEAF_OK;
}

static int
decode_dicts(struct cursor *c, uint64_t offset, const struct top *base,
             struct top *t, struct sheaf_error *err)
{
    uint32_t kept, count;
    int rc = decode_counts(c, offset, 2, 28, base->dict_count, &kept, &count,
                           err);

    if (rc != SHEAF_OK)
        return rc;
    t->dicts = mem_new(count, sizeof *t->dicts);
    if (t->dicts == NULL)
        return fail_nomem(err);
    for (uint32_t i = 0; i < count; i++) {
        struct top_dict *d = &t->dicts[i];

        if (i < kept) {
            *d = base->dicts[i];
        } else {
            d->id = cursor_u32(c);
            d->offset = cursor_u64(c);
            d->packed = cursor_u32(c);
            d->raw = cursor_u32(c);
            d->par = cursor_u64(c);
        }
        if (!within(d->offset, (uint64_t)d->packed + 8, offset) ||
            !within(d->par, FRAME_HEAD_SIZE + FRAME_SUM_SIZE, offset) ||
            (i > 0 && d->offset <= d[-1].offset))
            return impossible(err, offset, "a dictionary out of place");
    }
    t->dict_count = count;
    return SHEAF_OK;
}

/* `base` is that of the base, if it is kept. */
static void
decode_node(struct cursor *c, const struct top_node *base,
            struct top_node *out)
{
    if (base != NULL) {
        *out = *base;
    } else {
        out->offset = cursor_u64(c);
        cursor_copy(c, out->root, 32);
    }
}

/* Slabs and tiles. Their numbers follow from the size of the tree, so a lie
 * in a count cannot allocate much. */
static int
decode_slabs(struct cursor *c, uint64_t offset, const struct top *base,
             struct top *t, struct sheaf_error *err)
{
    const uint64_t slab_bytes = FRAME_HEAD_SIZE + SLAB_BODY_HEAD +
                                SLAB_LEAVES * 32 + FRAME_SUM_SIZE;
    uint32_t kept, count;
    int rc = decode_counts(c, offset, 4, 40, base->slab_count, &kept, &count,
                           err);

    if (rc != SHEAF_OK)
        return rc;
    if (count != t->size / SLAB_LEAVES)
        return impossible(err, offset, "wrong number of slabs");
    t->slabs = mem_new(count, sizeof *t->slabs);
    if (t->slabs == NULL)
        return fail_nomem(err);
    for (uint32_t i = 0; i < count; i++) {
        decode_node(c, i < kept ? &base->slabs[i] : NULL, &t->slabs[i]);
        if (!within(t->slabs[i].offset, slab_bytes, offset))
            return impossible(err, offset, "a slab out of place");
    }
    t->slab_count = count;
    return SHEAF_OK;
}

static int
decode_tiles(struct cursor *c, uint64_t offset, const struct top *base,
             struct top *t, struct sheaf_error *err)
{
    uint64_t left = t->size % SLAB_LEAVES;
    uint32_t kept, count;
    int rc = decode_counts(c, offset, 2, 40, base->tile_count, &kept, &count,
                           err);

    if (rc != SHEAF_OK)
        return rc;
    if (count != (left + TILE_LEAVES - 1) / TILE_LEAVES)
        return impossible(err, offset, "wrong number of tiles");
    for (uint32_t i = 0; i < count; i++) {
        uint64_t leaves = min_u64(left - i * TILE_LEAVES, TILE_LEAVES);

        decode_node(c, i < kept ? &base->tiles[i] : NULL, &t->tiles[i]);
        if (!within(t->tiles[i].offset, leaves * 32, offset))
            return impossible(err, offset, "a tile out of place");
    }
    t->tile_count = count;
    return SHEAF_OK;
}

/* One table of a run of `leaves` leaves, whose place is known; its length goes
 * to *bytes. */
static int
decode_table(struct cursor *c, enum table_kind kind, uint64_t offset,
             uint64_t leaves, uint64_t at, struct top_table *t,
             uint64_t *bytes, struct sheaf_error *err)
{
    size_t width = table_block_entry(kind);
    uint64_t blocks;

    t->rows = cursor_be(c, 5);
    if (t->rows > leaves)
        return impossible(err, offset, "more rows than leaves");
    blocks = table_blocks(t->rows);
    if (blocks > cursor_left(c) / width)
        return impossible(err, offset, "too many blocks");
    t->offset = t->rows != 0 ? at : 0;
    t->blocks = mem_new((size_t)blocks, sizeof *t->blocks);
    if (t->blocks == NULL)
        return fail_nomem(err);
    for (uint64_t i = 0; i < blocks; i++) {
        struct table_block *b = &t->blocks[i];

        if (!table_block_take(kind, cursor_take(c, width), b))
            return impossible(err, offset, "an impossible key or width");
        if (i != 0 && memcmp(b[-1].key, b->key, TABLE_KEY_SIZE) > 0)
            return impossible(err, offset, "blocks out of order");
    }
    *bytes = table_place_blocks(kind, t);
    return t->rows == 0 || within(at, *bytes, offset)
               ? SHEAF_OK
               : impossible(err, offset, "a table out of place");
}

/* The run after leaf `run->first`. */
static int
decode_run(struct cursor *c, uint64_t offset, const struct top *t,
           struct top_run *run, struct sheaf_error *err)
{
    uint64_t at, tables;
    int rc = SHEAF_OK;

    run->end = cursor_u64(c);
    at = tables = cursor_u64(c);
    if (run->end <= run->first || run->end > t->size)
        return impossible(err, offset, "runs leave gaps");
    for (unsigned k = 0; rc == SHEAF_OK && k < TABLE_KINDS; k++) {
        uint64_t bytes = 0;

        rc = decode_table(c, k, offset, run->end - run->first, at,
                          &run->tables[k], &bytes, err);
        at += bytes; /* within the file */
    }
    if (rc == SHEAF_OK && at == tables && tables != 0)
        rc = impossible(err, offset, "no table has this place");
    if (rc != SHEAF_OK || !top_has_piece(t, run))
        return rc;
    run->piece = cursor_u64(c);
    return within(run->piece, (run->end - run->first) * 32, offset)
               ? SHEAF_OK
               : impossible(err, offset, "a piece of a tile out of place");
}

static int
copy_run(const struct top_run *from, struct top_run *to,
         struct sheaf_error *err)
{
    *to = *from;
    for (unsigned k = 0; k < TABLE_KINDS; k++)
        to->tables[k].blocks = NULL;
    for (unsigned k = 0; k < TABLE_KINDS; k++) {
        const struct table_block *blocks = from->tables[k].blocks;
        size_t count = (size_t)table_blocks(from->tables[k].rows);

        to->tables[k].blocks = mem_new(count, sizeof *blocks);
        if (to->tables[k].blocks == NULL)
            return fail_nomem(err);
        memcpy(to->tables[k].blocks, blocks, count * sizeof *blocks);
    }
    return SHEAF_OK;
}

/* Runs must cover leaves 0 to size without gaps, so that every leaf is in
 * exactly one run. */
static int
decode_runs(struct cursor *c, uint64_t offset, const struct top *base,
            struct top *t, struct sheaf_error *err)
{
    uint64_t at = 0;
    uint32_t kept, count;
    int rc = decode_counts(c, offset, 1, 31, base->run_count, &kept, &count,
                           err);

    if (rc == SHEAF_OK && count > RUNS_MAX)
        rc = impossible(err, offset, "more than 8 runs");
    for (uint32_t i = 0; rc == SHEAF_OK && i < count; i++) {
        struct top_run *run = &t->runs[i];

        t->run_count = i + 1;
        run->first = at;
        rc = i < kept ? copy_run(&base->runs[i], run, err)
                      : decode_run(c, offset, t, run, err);
        at = run->end;
        if (rc == SHEAF_OK && i >= kept)
            table_map_root(&run->tables[TABLE_MAP], run->root);
    }
    if (rc == SHEAF_OK && at != t->size)
        rc = impossible(err, offset, "runs leave gaps");
    return rc;
}

/* Takes `len` bytes to `out`. */
static int
decode_bytes(struct cursor *c, uint64_t offset, size_t len,
             struct sheaf_buf *out, struct sheaf_error *err)
{
    const uint8_t *p = cursor_take(c, len);

    if (p == NULL)
        return impossible(err, offset, "cut off");
    return buf_add(out, p, len) ? SHEAF_OK : fail_nomem(err);
}

static int
decode_head(struct cursor *c, uint64_t offset, const struct top *base,
            struct top *t, struct sheaf_error *err)
{
    size_t len;
    int rc;

    cursor_take(c, 12); /* the base */
    t->size = cursor_u64(c);
    t->articles = cursor_u64(c);
    t->redactions = cursor_u64(c);
    t->generation = cursor_u64(c);
    t->raw = cursor_u64(c);
    t->seal = cursor_u64(c);
    t->seal_time = (int64_t)cursor_u64(c);
    t->zstd = cursor_u32(c);
    t->level = (int16_t)cursor_u16(c);
    if (c->bad || t->size == 0 || t->size > SIZE_MAX_LEAVES ||
        t->articles >= t->size || t->redactions > t->articles ||
        t->redactions >= t->size - t->articles)
        return impossible(err, offset, "impossible counts");
    if (!within(t->seal, FRAME_HEAD_SIZE + FRAME_SUM_SIZE, offset))
        return impossible(err, offset, "seal out of place");
    len = cursor_u16(c);
    if (t->base != 0 && len != 0)
        return impossible(err, offset, "an origin beside that of the base");
    rc = t->base != 0
             ? (buf_add(&t->origin, base->origin.data, base->origin.len)
                    ? SHEAF_OK
                    : fail_nomem(err))
             : decode_bytes(c, offset, len, &t->origin, err);
    if (rc != SHEAF_OK)
        return rc;
    if (!note_origin_ok((const char *)t->origin.data, t->origin.len))
        return fail_corrupt(err, offset, "F9.2",
                            "top: the origin is not valid");
    len = cursor_u32(c);
    if (len > NOTE_MAX)
        return impossible(err, offset, "note of more than 64 KiB");
    return decode_bytes(c, offset, len, &t->note, err);
}

int
top_decode_base(struct sheaf_bytes body, uint64_t offset, uint64_t *base,
                uint32_t *length, struct sheaf_error *err)
{
    struct cursor c = cursor_over(body.data, body.len);

    *base = cursor_u64(&c);
    *length = cursor_u32(&c);
    if (c.bad)
        return impossible(err, offset, "cut off");
    if (*base == 0 ? *length != 0
                   : *length < FRAME_HEAD_SIZE + FRAME_SUM_SIZE ||
                         !within(*base, *length, offset))
        return impossible(err, offset, "the base is out of place");
    return SHEAF_OK;
}

int
top_decode(struct sheaf_bytes body, uint64_t offset, const struct top *base,
           struct top *out, struct sheaf_error *err)
{
    static const struct top none;
    struct cursor c = cursor_over(body.data, body.len);
    struct top t = { 0 };
    int rc = top_decode_base(body, offset, &t.base, &t.base_length, err);

    if (rc == SHEAF_OK && (t.base != 0) != (base != NULL))
        rc = impossible(err, offset, "a base is missing, or not wanted");
    if (base == NULL)
        base = &none;
    if (rc == SHEAF_OK)
        rc = decode_head(&c, offset, base, &t, err);
    if (rc == SHEAF_OK)
        rc = decode_keys(&c, offset, base, &t, err);
    if (rc == SHEAF_OK)
        rc = decode_dicts(&c, offset, base, &t, err);
    if (rc == SHEAF_OK)
        rc = decode_slabs(&c, offset, base, &t, err);
    if (rc == SHEAF_OK)
        rc = decode_tiles(&c, offset, base, &t, err);
    if (rc == SHEAF_OK)
        rc = decode_runs(&c, offset, base, &t, err);
    if (rc == SHEAF_OK)
        rc = decode_bytes(&c, offset, cursor_left(&c), &t.later, err);
    if (rc != SHEAF_OK) {
        top_free(&t);
        return rc;
    }
    top_root(&t, t.root);
    *out = t;
    return SHEAF_OK;
}

bool
top_has_dict(const struct top *top, uint32_t id)
{
    for (uint32_t i = 0; i < top->dict_count; i++) {
        if (top->dicts[i].id == id)
            return true;
    }
    return false;
}

void
top_root(const struct top *top, uint8_t out[32])
{
    struct merkle_range range;

    merkle_range_init(&range);
    for (uint32_t i = 0; i < top->slab_count; i++)
        merkle_range_add_subtree(&range, 16, top->slabs[i].root);
    /* A last tile that is not full is the right edge of the tree. A perfect
     * subtree of 256 leaves stands for it, whatever its size, and is hashed
     * in the same way. */
    for (uint32_t i = 0; i < top->tile_count; i++)
        merkle_range_add_subtree(&range, 8, top->tiles[i].root);
    merkle_range_root(&range, out);
}

void
top_state_in_seal(const struct top *top, struct seal *seal)
{
    seal->redactions = top->redactions;
    seal->run_count = top->run_count;
    for (uint32_t i = 0; i < top->run_count; i++) {
        seal->runs[i].first = top->runs[i].first;
        seal->runs[i].end = top->runs[i].end;
        seal->runs[i].rows = top->runs[i].tables[TABLE_MAP].rows;
        memcpy(seal->runs[i].root, top->runs[i].root, 32);
    }
}

bool
top_merges(const struct top *top)
{
    const struct top_run *last = &top->runs[top->run_count - 1];

    return top->run_count >= 2 &&
           (last->end - last->first >= last[-1].end - last[-1].first ||
            top->run_count > RUNS_MAX);
}

bool
end_encode(const struct end *end, struct sheaf_buf *out)
{
    size_t start = out->len;

    return frame_begin(out, FRAME_END) && buf_add_be(out, end->offset, 8) &&
           buf_add_be(out, end->top, 8) &&
           buf_add_be(out, end->top_length, 4) &&
           buf_add(out, end->top_hash, 32) && buf_add_be(out, end->start, 8) &&
           buf_add_be(out, end->end, 8) && buf_add_be(out, end->prev, 8) &&
           buf_add(out, end->prev_hash, 32) && buf_add_be(out, end->size, 8) &&
           buf_add(out, end->root, 32) && buf_add_be(out, end->must, 4) &&
           buf_add_be(out, end->may, 4) && frame_end(out, start);
}

uint64_t
end_offset(const uint8_t frame[END_SIZE])
{
    return get_be(frame + FRAME_HEAD_SIZE, 8);
}

int
end_check_features(const struct end *end, struct sheaf_error *err)
{
    return (end->must & ~HEAD_FLAGS) == 0
               ? SHEAF_OK
               : fail(err, SHEAF_EUNSUPPORTED,
                      "it has features that this version does not know: a "
                      "newer sheaf is needed");
}

int
end_decode(const uint8_t frame[END_SIZE], uint64_t offset, struct end *out,
           struct sheaf_error *err)
{
    struct sheaf_bytes body;
    struct end e;
    struct cursor c;
    int rc = frame_body((struct sheaf_bytes){ frame, END_SIZE }, offset,
                        FRAME_END, &body, err);

    if (rc != SHEAF_OK)
        return rc;
    c = cursor_over(body.data, body.len);
    e.offset = cursor_u64(&c);
    e.top = cursor_u64(&c);
    e.top_length = cursor_u32(&c);
    cursor_copy(&c, e.top_hash, 32);
    e.start = cursor_u64(&c);
    e.end = cursor_u64(&c);
    e.prev = cursor_u64(&c);
    cursor_copy(&c, e.prev_hash, 32);
    e.size = cursor_u64(&c);
    cursor_copy(&c, e.root, 32);
    e.must = cursor_u32(&c);
    e.may = cursor_u32(&c);
    assert(cursor_done(&c));
    if (e.offset != offset || e.start < HEAD_SIZE || e.start > e.top ||
        e.top >= offset || e.top_length != offset - e.top ||
        e.end < offset + END_SIZE || e.prev >= e.start)
        return fail_corrupt(err, offset, "F12.2",
                            "end record does not fit its place");
    *out = e;
    return SHEAF_OK;
}
