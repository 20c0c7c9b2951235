/*
 * ledger.c - what follows from the leaves so far.
 *
 * The ledger holds the leaf hashes of the slab that is not full, at most 2
 * MiB, and the next top. Leaves go in one by one. Frames that are due come out
 * as bytes, for a writer to write or for a verifier to compare. Only the roots
 * of full slabs are kept, so the memory does not grow with the number of
 * leaves, beyond 40 bytes for each 65,536.
 */
#include "format/ledger.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/hex.h"
#include "base/mem.h"
#include "format/frame.h"
#include "log/merkle.h"

/* A base is at most this far from the end, in bytes, so that one read gives
 * both. A top that is longer itself is written anew more rarely. */
#define BASE_REACH 65536u
#define BASE_REACH_TOPS 8u

int
ledger_init(struct ledger *s, struct sheaf_error *err)
{
    memset(s, 0, sizeof *s);
    /* Not cleared: hashes are written before they are read. */
    s->slab = mem_resize(NULL, SLAB_LEAVES, 32);
    if (s->slab == NULL)
        return fail_nomem(err);
    merkle_root(NULL, 0, s->prev_root);
    return SHEAF_OK;
}

void
ledger_free(struct ledger *s)
{
    top_free(&s->top);
    top_free(&s->base);
    mem_free(s->slab);
    s->slab = NULL;
}

/* The root of the generation before is still in the top at this point: the
 * seal of the new generation states it. */
void
ledger_begin(struct ledger *s, uint64_t offset)
{
    s->gen_start = offset;
    s->gen_first = s->top.size;
    s->top.generation++;
    if (s->top.size != 0)
        memcpy(s->prev_root, s->top.root, 32);
}

/* The caller writes a full slab before it adds another leaf. */
void
ledger_leaf(struct ledger *s, const uint8_t hash[32])
{
    assert(s->slab_fill < SLAB_LEAVES);
    memcpy(s->slab + (size_t)s->slab_fill * 32, hash, 32);
    s->slab_fill++;
    s->top.size++;
}

/* A full slab goes out, and only its root and place are kept. */
int
ledger_slab(struct ledger *s, uint64_t offset, struct sheaf_buf *out,
            struct sheaf_error *err)
{
    struct top *t = &s->top;
    uint8_t roots[SLAB_TILES][32];
    struct top_node *slabs;
    size_t start = out->len;

    assert(ledger_slab_full(s));
    for (uint32_t i = 0; i < SLAB_TILES; i++)
        merkle_root(s->slab + (size_t)i * TILE_LEAVES * 32, TILE_LEAVES,
                    roots[i]);
    slabs = mem_resize(t->slabs, t->slab_count + 1, sizeof *slabs);
    if (slabs == NULL)
        return fail_nomem(err);
    t->slabs = slabs;
    slabs[t->slab_count].offset = offset;
    merkle_root(roots[0], SLAB_TILES, slabs[t->slab_count].root);
    if (!frame_begin(out, FRAME_SLB) ||
        !buf_add_be(out, t->size - SLAB_LEAVES, 8) ||
        !buf_add(out, roots, sizeof roots) ||
        !buf_add(out, s->slab, (size_t)SLAB_LEAVES * 32) ||
        !frame_end(out, start))
        return fail_nomem(err);
    t->slab_count++;
    t->tile_count = 0;
    s->slab_fill = 0;
    return SHEAF_OK;
}

/* The first leaf in the generation's TIL. A full tile is written whole. Of a
 * tile that is not full, only the newest run's part is written. Otherwise many
 * small appends would write the same hashes again and again. */
static uint64_t
first_of_tiles(const struct ledger *s)
{
    const struct top *t = &s->top;
    uint64_t slab_first = t->size - s->slab_fill;
    uint64_t first = max_u64(s->gen_first / TILE_LEAVES * TILE_LEAVES,
                             slab_first);

    return t->size - first < TILE_LEAVES
               ? max_u64(first, t->runs[t->run_count - 1].first)
               : first;
}

int
ledger_tiles(struct ledger *s, uint64_t offset, struct sheaf_buf *out,
             struct sheaf_error *err)
{
    struct top *t = &s->top;
    uint64_t hashes = offset + FRAME_HEAD_SIZE + 8;
    size_t start = out->len;
    uint64_t first;
    size_t skip;

    if (s->slab_fill == 0 || t->size == s->gen_first)
        return SHEAF_OK;
    first = first_of_tiles(s);
    skip = (size_t)(first - (t->size - s->slab_fill));
    if (!frame_begin(out, FRAME_TIL) || !buf_add_be(out, first, 8) ||
        !buf_add(out, s->slab + skip * 32, (s->slab_fill - skip) * 32) ||
        !frame_end(out, start))
        return fail_nomem(err);
    t->tile_count = (s->slab_fill + TILE_LEAVES - 1) / TILE_LEAVES;
    for (uint32_t i = (uint32_t)skip / TILE_LEAVES; i < t->tile_count; i++) {
        size_t at = (size_t)i * TILE_LEAVES;

        if (at >= skip)
            t->tiles[i].offset = hashes + (at - skip) * 32;
        merkle_root(s->slab + at * 32, min_u64(s->slab_fill - at, TILE_LEAVES),
                    t->tiles[i].root);
    }
    if (skip % TILE_LEAVES != 0)
        t->runs[t->run_count - 1].piece = hashes;
    return SHEAF_OK;
}

/* Adds the run of this generation. A run counts the seal that is about to
 * come, hence t->size + 1. */
static void
add_run(struct ledger *s)
{
    struct top *t = &s->top;
    struct top_run *run = &t->runs[t->run_count++];

    memset(run, 0, sizeof *run);
    run->first = s->gen_first;
    run->end = t->size + 1;
}

static void
merge_last(struct top *t)
{
    uint64_t end = t->runs[t->run_count - 1].end;

    t->run_count--;
    t->runs[t->run_count - 1].end = end;
}

struct top_run *
ledger_run(struct ledger *s, unsigned *merged)
{
    struct top *t = &s->top;

    add_run(s);
    for (*merged = 0; top_merges(t); (*merged)++)
        merge_last(t);
    return &t->runs[t->run_count - 1];
}

struct top_run *
ledger_run_from(struct ledger *s, uint64_t first, unsigned *merged)
{
    struct top *t = &s->top;
    uint32_t kept = t->run_count;

    while (kept > 0 && t->runs[kept - 1].first >= first)
        kept--;
    if (kept == RUNS_MAX ||
        first != (kept < t->run_count ? t->runs[kept].first : s->gen_first))
        return NULL;
    add_run(s);
    for (*merged = 0; t->run_count > kept + 1; (*merged)++)
        merge_last(t);
    return &t->runs[t->run_count - 1];
}

/* The map roots of the runs must be set by now: the seal commits to them. */
int
ledger_seal(struct ledger *s, uint64_t offset, int64_t time,
            struct sheaf_buf *out, struct sheaf_error *err)
{
    struct top *t = &s->top;
    struct seal seal = { .generation = t->generation,
                         .first = s->gen_first,
                         .prev_size = s->gen_first };
    struct sheaf_buf part = { 0 };
    uint8_t hash[32];
    bool good;

    memcpy(seal.prev_root, s->prev_root, 32);
    if (t->note.len != 0)
        hash_blake2b(t->note.data, t->note.len, seal.prev_note);
    top_state_in_seal(t, &seal);
    good = seal_encode(&seal, &part) &&
           leaf_encode_statement(LEAF_SEAL, (uint32_t)t->generation, time,
                                 s->seal_hash, NULL, buf_view(&part), out,
                                 hash);
    sheaf_buf_free(&part);
    if (!good)
        return fail_nomem(err);
    memcpy(s->seal_hash, hash, 32);
    ledger_leaf(s, hash);
    t->seal = offset;
    t->seal_time = time;
    return SHEAF_OK;
}

int
ledger_redaction(struct ledger *s, const struct redaction *redaction,
                 struct sheaf_buf *out, struct sheaf_error *err)
{
    uint8_t hash[32];
    int rc = redaction_encode(redaction, out, hash, err);

    if (rc != SHEAF_OK)
        return rc;
    ledger_leaf(s, hash);
    s->top.redactions++;
    return SHEAF_OK;
}

const uint8_t *
ledger_signer(const struct ledger *s)
{
    return s->top.key_count != 0 && !s->key_unknown ? s->key_new : NULL;
}

int
ledger_take_key_change(struct ledger *s, uint64_t offset,
                       const struct key_change *change,
                       struct sheaf_bytes body, const uint8_t hash[32],
                       struct sheaf_error *err)
{
    struct top *t = &s->top;

    if (t->key_count == TOP_KEYS_MAX)
        return fail_limit(err, offset, "F11.1", "too many key changes");
    t->keys[t->key_count].copy = t->key_leaves.len;
    if (!buf_add(&t->key_leaves, body.data, body.len))
        return fail_nomem(err);
    t->keys[t->key_count].leaf = t->size;
    t->keys[t->key_count++].offset = offset;
    memcpy(s->key_hash, hash, 32);
    memcpy(s->key_new, change->new_key, 32);
    s->key_unknown = change->unknown;
    ledger_leaf(s, hash);
    return SHEAF_OK;
}

/* Makes the statement and takes it at once, as ledger_take_key_change does
 * for one that was read. */
int
ledger_key_change(struct ledger *s, uint64_t offset, int64_t time,
                  const struct sheaf_secret_key *old_key,
                  const struct sheaf_secret_key *new_key,
                  struct sheaf_buf *out, struct sheaf_error *err)
{
    const struct top *t = &s->top;
    struct sheaf_bytes body;
    size_t start = out->len;
    struct key_change change;
    uint8_t hash[32];
    int rc;

    if (t->key_count != 0 && memcmp(old_key->key + 32, s->key_new, 32) != 0)
        return fail(err, SHEAF_EINVAL, "the old key is not the one in force");
    if (t->key_count == TOP_KEYS_MAX)
        return fail_limit(err, offset, "F11.1", "too many key changes");
    rc = key_change_make(old_key, new_key, buf_view(&t->origin), &change, err);
    if (rc != SHEAF_OK)
        return rc;
    change.count = t->key_count + 1;
    change.time = time;
    if (t->key_count != 0)
        memcpy(change.prev, s->key_hash, 32);
    if (!key_change_encode(&change, out, hash))
        return fail_nomem(err);
    body.data = out->data + start + FRAME_HEAD_SIZE;
    body.len = out->len - start - FRAME_HEAD_SIZE - FRAME_SUM_SIZE;
    return ledger_take_key_change(s, offset, &change, body, hash, err);
}

int
ledger_add_dict(struct ledger *s, const struct top_dict *dict,
                struct sheaf_error *err)
{
    struct top *t = &s->top;
    struct top_dict *dicts;

    if (t->dict_count == UINT16_MAX)
        return fail_limit(err, NO_OFFSET, "F11.1", "too many dictionaries");
    dicts = mem_resize(t->dicts, t->dict_count + 1, sizeof *dicts);
    if (dicts == NULL)
        return fail_nomem(err);
    t->dicts = dicts;
    dicts[t->dict_count++] = *dict;
    return SHEAF_OK;
}

void
ledger_close(struct ledger *s)
{
    top_root(&s->top, s->top.root);
}

/* Where the second TOP stands. From PAD_FROM bytes on, PAD keeps the copies
 * in different sectors. */
static uint64_t
second_top(const struct end *first)
{
    uint64_t at = first->offset + END_SIZE;

    return at - first->start >= PAD_FROM || first->top_length >= PAD_FROM_TOP
               ? at + PAD_SIZE
               : at;
}

uint64_t
ledger_end_after(const struct end *first)
{
    return second_top(first) + first->top_length + END_SIZE;
}

struct end
ledger_first_end(const struct end *end)
{
    struct end e = *end;

    if (end->offset + END_SIZE != end->end)
        return e;
    e.offset = end->top - END_SIZE;
    if (second_top(&e) != end->top)
        e.offset -= PAD_SIZE;
    e.top = e.offset - e.top_length;
    return e;
}

int
ledger_copy(const struct end *first, struct sheaf_bytes top,
            struct sheaf_buf *out, struct sheaf_error *err)
{
    struct end e = *first;

    e.top = second_top(first);
    e.offset = e.top + top.len;
    if (e.offset + END_SIZE != e.end)
        return fail_corrupt(err, first->offset, "F12.2",
                            "no second copy ends where the end says");
    if ((e.top != first->offset + END_SIZE && !frame_pad(out)) ||
        !buf_add(out, top.data, top.len) || !end_encode(&e, out))
        return fail_nomem(err);
    return SHEAF_OK;
}

static int
encode_top(const struct ledger *s, uint64_t offset, struct sheaf_buf *out,
           struct sheaf_error *err)
{
    const struct top *base = s->top.base != 0 ? &s->base : NULL;
    size_t start = out->len;

    if (!frame_begin(out, FRAME_TOP) || !top_encode(&s->top, base, out))
        return fail_nomem(err);
    if (out->len - start > FRAME_LENGTH_MAX - 64)
        return fail_limit(err, offset, "F2.2", "top of more than 64 MiB");
    return frame_end(out, start) ? SHEAF_OK : fail_nomem(err);
}

int
ledger_choose_base(struct ledger *s, uint64_t offset, struct sheaf_error *err)
{
    struct top *t = &s->top;
    uint64_t reach = max_u64(BASE_REACH,
                             (uint64_t)BASE_REACH_TOPS * s->base_length);
    struct sheaf_buf whole = { 0 }, part = { 0 };
    struct end e = { .start = s->gen_start };
    int rc;

    t->base = 0;
    t->base_length = 0;
    if (s->base_at == 0 || !s->base_apart)
        return SHEAF_OK;
    rc = encode_top(s, offset, &whole, err);
    t->base = s->base_at;
    t->base_length = s->base_length;
    if (rc == SHEAF_OK)
        rc = encode_top(s, offset, &part, err);
    e.offset = offset + part.len;
    e.top_length = (uint32_t)part.len;
    if (rc != SHEAF_OK || part.len >= whole.len ||
        second_top(&e) + part.len + END_SIZE - s->base_at > reach) {
        t->base = 0;
        t->base_length = 0;
    }
    sheaf_buf_free(&whole);
    sheaf_buf_free(&part);
    return rc;
}

int
ledger_set_base(struct ledger *s, const struct top *top, uint64_t at,
                uint32_t length, struct sheaf_error *err)
{
    struct top copy;
    int rc = top_copy(top, &copy, err);

    if (rc != SHEAF_OK)
        return rc;
    top_free(&s->base);
    s->base = copy;
    s->base_at = at;
    s->base_length = length;
    return SHEAF_OK;
}

/* Both copies of the top are the same bytes. The two END frames differ only
 * in their offset and in that of their top. */
int
ledger_end(struct ledger *s, uint64_t offset, struct sheaf_buf *top,
           struct sheaf_buf *end, struct sheaf_error *err)
{
    const struct top *t = &s->top;
    struct end e = { .top = offset,
                     .start = s->gen_start,
                     .prev = s->last_end,
                     .size = t->size,
                     .must = s->must,
                     .may = s->may };
    struct sheaf_bytes frame;
    size_t start = top->len;
    int rc = encode_top(s, offset, top, err);

    if (rc != SHEAF_OK)
        return rc;
    frame = sheaf_view(top->data + start, top->len - start);
    hash_blake2b(frame.data, frame.len, e.top_hash);
    e.top_length = (uint32_t)frame.len;
    memcpy(e.prev_hash, s->last_hash, 32);
    memcpy(e.root, t->root, 32);
    e.offset = offset + frame.len;
    e.end = ledger_end_after(&e);
    if (!end_encode(&e, end))
        return fail_nomem(err);
    rc = ledger_copy(&e, frame, end, err);
    if (rc == SHEAF_OK && t->base == 0) {
        rc = ledger_set_base(s, t, second_top(&e), e.top_length, err);
        s->base_apart = second_top(&e) != e.offset + END_SIZE;
    }
    if (rc != SHEAF_OK)
        return rc;
    s->last_end = e.end - END_SIZE;
    hash_blake2b(end->data + end->len - END_SIZE, END_SIZE, s->last_hash);
    return SHEAF_OK;
}

/* sheaf/ and the first 16 hexadecimal digits of the root (F9). */
int
ledger_default_origin(struct ledger *s, struct sheaf_error *err)
{
    char text[] = "sheaf/0123456789abcdef";

    hex_print(s->top.root, 8, text + 6);
    return buf_add_str(&s->top.origin, text) ? SHEAF_OK : fail_nomem(err);
}
