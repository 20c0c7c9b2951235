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
#include "format/frame.h"
#include "base/hash.h"
#include "base/mem.h"
#include "log/merkle.h"
#include "log/note.h"

void
top_run_free(struct top_run *run)
{
    for (unsigned i = 0; i < TABLE_KINDS; i++)
        mem_free(run->tables[i].entries);
    memset(run, 0, sizeof *run);
}

void
top_free(struct top *top)
{
    sheaf_buf_free(&top->origin);
    sheaf_buf_free(&top->note);
    sheaf_buf_free(&top->key_leaves);
    mem_free(top->dicts);
    mem_free(top->slabs);
    for (unsigned i = 0; i < COUNT_OF(top->runs); i++)
        top_run_free(&top->runs[i]);
    memset(top, 0, sizeof *top);
}

/* Appends the entries of slabs or tiles; `width` is that of their count in
 * bytes. */
static bool
encode_nodes(const struct top_node *nodes, uint32_t count, unsigned width,
             struct sheaf_buf *out)
{
    bool good = buf_add_be(out, count, width);

    for (uint32_t i = 0; good && i < count; i++)
        good = buf_add_be(out, nodes[i].offset, 8) &&
               buf_add(out, nodes[i].root, 32);
    return good;
}

static bool
encode_run(const struct top *top, const struct top_run *run,
           struct sheaf_buf *out)
{
    bool good = buf_add_be(out, run->first, 8) &&
                buf_add_be(out, run->end, 8) &&
                buf_add(out, run->root, 32);

    for (unsigned i = 0; good && i < TABLE_KINDS; i++) {
        const struct top_table *t = &run->tables[i];

        good = buf_add_be(out, t->offset, 8) && buf_add_be(out, t->rows, 8) &&
               buf_add(out, t->entries,
                       table_blocks(t->rows) * table_block_entry(i));
    }
    if (good && top_has_piece(top, run))
        good = buf_add_be(out, run->piece, 8);
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
top_encode(const struct top *top, struct sheaf_buf *out)
{
    bool good = buf_add_be(out, top->size, 8) && buf_add(out, top->root, 32) &&
                buf_add_be(out, top->articles, 8) &&
                buf_add_be(out, top->redactions, 8) &&
                buf_add_be(out, top->generation, 8) &&
                buf_add_be(out, top->raw, 8) && buf_add_be(out, top->seal, 8) &&
                buf_add_be(out, top->zstd, 4) &&
                buf_add_be(out, (uint16_t)top->level, 2) &&
                buf_add_be(out, top->origin.len, 2) &&
                buf_add(out, top->origin.data, top->origin.len) &&
                buf_add_be(out, top->note.len, 4) &&
                buf_add(out, top->note.data, top->note.len) &&
                buf_add_be(out, top->key_count, 1);

    for (uint32_t i = 0; good && i < top->key_count; i++)
        good = buf_add_be(out, top->keys[i].leaf, 8) &&
               buf_add_be(out, top->keys[i].offset, 8);
    good = good && buf_add_be(out, top->dict_count, 2);
    for (uint32_t i = 0; good && i < top->dict_count; i++) {
        const struct top_dict *d = &top->dicts[i];

        good = buf_add_be(out, d->id, 4) && buf_add_be(out, d->offset, 8) &&
               buf_add_be(out, d->packed, 4) && buf_add_be(out, d->raw, 4) &&
               buf_add_be(out, d->par, 8);
    }
    good = good && encode_nodes(top->slabs, top->slab_count, 4, out) &&
           encode_nodes(top->tiles, top->tile_count, 2, out) &&
           buf_add_be(out, top->run_count, 1);
    for (uint32_t i = 0; good && i < top->run_count; i++)
        good = encode_run(top, &top->runs[i], out);
    return good && buf_add_be(out, (uint64_t)top->seal_time, 8) &&
           buf_add(out, top->key_leaves.data, top->key_leaves.len);
}

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

static int
decode_keys(struct cursor *c, uint64_t offset, struct top *t,
            struct sheaf_error *err)
{
    uint32_t count = cursor_u8(c);

    if (count > cursor_left(c) / 16)
        return impossible(err, offset, "too many key changes");
    for (uint32_t i = 0; i < count; i++) {
        struct top_key *k = &t->keys[i];

        k->leaf = cursor_u64(c);
        k->offset = cursor_u64(c);
        if (!within(k->offset, FRAME_HEAD_SIZE + FRAME_SUM_SIZE, offset) ||
            k->leaf >= t->size ||
            (i > 0 && (k->offset <= k[-1].offset || k->leaf <= k[-1].leaf)))
            return impossible(err, offset, "a key change out of place");
    }
    t->key_count = count;
    return SHEAF_OK;
}

static int
decode_dicts(struct cursor *c, uint64_t offset, struct top *t,
             struct sheaf_error *err)
{
    uint32_t count = cursor_u16(c);

    if (count > cursor_left(c) / 28)
        return impossible(err, offset, "too many dictionaries");
    t->dicts = mem_new(count, sizeof *t->dicts);
    if (t->dicts == NULL)
        return fail_nomem(err);
    for (uint32_t i = 0; i < count; i++) {
        struct top_dict *d = &t->dicts[i];

        d->id = cursor_u32(c);
        d->offset = cursor_u64(c);
        d->packed = cursor_u32(c);
        d->raw = cursor_u32(c);
        d->par = cursor_u64(c);
        if (!within(d->offset, (uint64_t)d->packed + 8, offset) ||
            !within(d->par, FRAME_HEAD_SIZE + FRAME_SUM_SIZE, offset) ||
            (i > 0 && d->offset <= d[-1].offset))
            return impossible(err, offset, "a dictionary out of place");
    }
    t->dict_count = count;
    return SHEAF_OK;
}

/* Slabs and tiles. Their numbers follow from the size of the tree, so a lie
 * in a count cannot allocate much. */
static int
decode_nodes(struct cursor *c, uint64_t offset, struct top *t,
             struct sheaf_error *err)
{
    const uint64_t slab_bytes = FRAME_HEAD_SIZE + SLAB_BODY_HEAD +
                                SLAB_LEAVES * 32 + FRAME_SUM_SIZE;
    uint32_t count = cursor_u32(c);
    uint64_t left;

    if (count != t->size / SLAB_LEAVES || count > cursor_left(c) / 40)
        return impossible(err, offset, "wrong number of slabs");
    t->slabs = mem_new(count, sizeof *t->slabs);
    if (t->slabs == NULL)
        return fail_nomem(err);
    for (uint32_t i = 0; i < count; i++) {
        t->slabs[i].offset = cursor_u64(c);
        cursor_copy(c, t->slabs[i].root, 32);
        if (!within(t->slabs[i].offset, slab_bytes, offset))
            return impossible(err, offset, "a slab out of place");
    }
    t->slab_count = count;
    left = t->size % SLAB_LEAVES;
    count = cursor_u16(c);
    if (count != (left + TILE_LEAVES - 1) / TILE_LEAVES)
        return impossible(err, offset, "wrong number of tiles");
    for (uint32_t i = 0; i < count; i++) {
        uint64_t leaves = min_u64(left - i * TILE_LEAVES, TILE_LEAVES);

        t->tiles[i].offset = cursor_u64(c);
        cursor_copy(c, t->tiles[i].root, 32);
        if (!within(t->tiles[i].offset, leaves * 32, offset))
            return impossible(err, offset, "a tile out of place");
    }
    t->tile_count = count;
    return SHEAF_OK;
}

/* The entry of one table of a run of `leaves` leaves. */
static int
decode_table(struct cursor *c, enum table_kind kind, uint64_t offset,
             uint64_t leaves, struct top_table *t, struct sheaf_error *err)
{
    size_t width = table_block_entry(kind);
    uint64_t blocks;

    t->offset = cursor_u64(c);
    t->rows = cursor_u64(c);
    if (t->rows > leaves)
        return impossible(err, offset, "more rows than leaves");
    blocks = table_blocks(t->rows);
    if (blocks > cursor_left(c) / width)
        return impossible(err, offset, "too many blocks");
    if (t->rows == 0 ? t->offset != 0
                     : !within(t->offset, table_bytes(kind, t->rows), offset))
        return impossible(err, offset, "a table out of place");
    t->entries = mem_new(blocks, width);
    if (t->entries == NULL)
        return fail_nomem(err);
    cursor_copy(c, t->entries, (size_t)blocks * width);
    for (uint64_t i = 1; i < blocks; i++) {
        if (memcmp(t->entries + (i - 1) * width, t->entries + i * width,
                   TABLE_KEY_SIZE) > 0)
            return impossible(err, offset, "blocks out of order");
    }
    return SHEAF_OK;
}

/* Runs must cover leaves 0 to size without gaps, so that every leaf is in
 * exactly one run. */
static int
decode_runs(struct cursor *c, uint64_t offset, struct top *t,
            struct sheaf_error *err)
{
    uint64_t at = 0;
    uint8_t count = cursor_u8(c);

    if (count > RUNS_MAX)
        return impossible(err, offset, "more than 8 runs");
    for (uint32_t i = 0; i < count; i++) {
        struct top_run *run = &t->runs[i];

        run->first = cursor_u64(c);
        run->end = cursor_u64(c);
        cursor_copy(c, run->root, 32);
        t->run_count = i + 1;
        if (run->first != at || run->end <= run->first || run->end > t->size)
            return impossible(err, offset, "runs leave gaps");
        at = run->end;
        for (unsigned k = 0; k < TABLE_KINDS; k++) {
            int rc = decode_table(c, k, offset, run->end - run->first,
                                  &run->tables[k], err);

            if (rc != SHEAF_OK)
                return rc;
        }
        if (!top_has_piece(t, run))
            continue;
        run->piece = cursor_u64(c);
        if (!within(run->piece, (run->end - run->first) * 32, offset))
            return impossible(err, offset, "a piece of a tile out of place");
    }
    if (at != t->size)
        return impossible(err, offset, "runs leave gaps");
    return SHEAF_OK;
}

/* Decodes copies of parts that could not be derived if they were damaged. */
static int
decode_copies(struct cursor *c, uint64_t offset, struct top *t,
              struct sheaf_error *err)
{
    size_t len = (size_t)t->key_count * TOP_KEY_LEAF;
    const uint8_t *p;

    t->seal_time = (int64_t)cursor_u64(c);
    p = cursor_take(c, len);
    if (p == NULL && len != 0)
        return impossible(err, offset, "cut off");
    return buf_add(&t->key_leaves, p, len) ? SHEAF_OK : fail_nomem(err);
}

static int
decode_head(struct cursor *c, uint64_t offset, struct top *t,
            struct sheaf_error *err)
{
    const uint8_t *p;
    size_t len;

    t->size = cursor_u64(c);
    cursor_copy(c, t->root, 32);
    t->articles = cursor_u64(c);
    t->redactions = cursor_u64(c);
    t->generation = cursor_u64(c);
    t->raw = cursor_u64(c);
    t->seal = cursor_u64(c);
    t->zstd = cursor_u32(c);
    t->level = (int16_t)cursor_u16(c);
    if (c->bad || t->size == 0 || t->size > SIZE_MAX_LEAVES ||
        t->articles >= t->size || t->redactions > t->articles ||
        t->redactions >= t->size - t->articles)
        return impossible(err, offset, "impossible counts");
    if (!within(t->seal, FRAME_HEAD_SIZE + FRAME_SUM_SIZE, offset))
        return impossible(err, offset, "seal out of place");
    len = cursor_u16(c);
    p = cursor_take(c, len);
    if (p == NULL)
        return impossible(err, offset, "cut off");
    if (!note_origin_ok((const char *)p, len))
        return fail_corrupt(err, offset, "F9.2",
                            "top: the origin is not valid");
    if (!buf_add(&t->origin, p, len))
        return fail_nomem(err);
    len = cursor_u32(c);
    if (len > NOTE_MAX)
        return impossible(err, offset, "note of more than 64 KiB");
    p = cursor_take(c, len);
    if (p == NULL)
        return impossible(err, offset, "cut off");
    return buf_add(&t->note, p, len) ? SHEAF_OK : fail_nomem(err);
}

/* F11.2: the roots of the parts must give the roots that are stated, so
 * that a checked part is good for the whole. */
static int
check_roots(const struct top *t, uint64_t offset, struct sheaf_error *err)
{
    uint8_t root[32];

    top_root(t, root);
    if (memcmp(root, t->root, 32) != 0)
        return fail_corrupt(err, offset, "F11.2",
                            "slabs and tiles give another root");
    for (uint32_t i = 0; i < t->run_count; i++) {
        const struct top_table *map = &t->runs[i].tables[TABLE_MAP];

        table_map_root(map->entries, map->rows, root);
        if (memcmp(root, t->runs[i].root, 32) != 0)
            return fail_corrupt(err, offset, "F11.2",
                                "blocks give another map root");
    }
    return SHEAF_OK;
}

int
top_decode(struct sheaf_bytes body, uint64_t offset, struct top *out,
           struct sheaf_error *err)
{
    struct cursor c = cursor_over(body.data, body.len);
    struct top t = { 0 };
    int rc = decode_head(&c, offset, &t, err);

    if (rc == SHEAF_OK)
        rc = decode_keys(&c, offset, &t, err);
    if (rc == SHEAF_OK)
        rc = decode_dicts(&c, offset, &t, err);
    if (rc == SHEAF_OK)
        rc = decode_nodes(&c, offset, &t, err);
    if (rc == SHEAF_OK)
        rc = decode_runs(&c, offset, &t, err);
    if (rc == SHEAF_OK)
        rc = decode_copies(&c, offset, &t, err);
    if (rc == SHEAF_OK && !cursor_done(&c))
        rc = impossible(err, offset, "wrong length");
    if (rc == SHEAF_OK)
        rc = check_roots(&t, offset, err);
    if (rc != SHEAF_OK) {
        top_free(&t);
        return rc;
    }
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
top_seal_runs(const struct top *top, struct seal *seal)
{
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
           buf_add(out, end->root, 32) && frame_end(out, start);
}

uint64_t
end_offset(const uint8_t frame[END_SIZE])
{
    return get_be(frame + FRAME_HEAD_SIZE, 8);
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
    assert(cursor_done(&c));
    if (e.offset != offset || e.start < HEAD_SIZE || e.start > e.top ||
        e.top >= offset || e.top_length != offset - e.top ||
        e.end < offset + END_SIZE || e.prev >= e.start)
        return fail_corrupt(err, offset, "F12.2",
                            "end record does not fit its place");
    *out = e;
    return SHEAF_OK;
}
