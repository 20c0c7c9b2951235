/*
 * mend.c - what repair does where a generation is damaged, or where something
 * was put in that does not belong there.
 */
#include "write/mend.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "format/dictframe.h"
#include "format/frame.h"

/* ---- What is damaged ---- */

/* Restores a key change with a damaged frame, from its copy in the top. */
static int
mend_key_change(struct rewrite *k, uint32_t i, struct sheaf_error *err)
{
    struct walk_frame f = { .type = FRAME_LEF, .offset = k->walk.at };
    struct sheaf_buf frame = { 0 };
    struct leaf_stored leaf;
    int rc = reader_key_leaf(k->r, k->s, i, &leaf, err);
    struct sheaf_bytes body = leaf_body(&leaf);

    if (rc == SHEAF_OK)
        rc = rewrite_check_leaf(k, k->leaf, leaf.hash, err);
    if (rc == SHEAF_OK &&
        (!frame_begin(&frame, FRAME_LEF) ||
         !buf_add(&frame, body.data, body.len) || !frame_end(&frame, 0)))
        rc = fail_nomem(err);
    f.bytes = buf_view(&frame);
    if (rc == SHEAF_OK && k->steps->stored != NULL)
        rc = k->steps->stored(k, &leaf, &f, err);
    k->leaf++;
    sheaf_buf_free(&frame);
    return rc;
}

int
mend_leaves(struct rewrite *k, const struct top *top, struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    for (uint32_t i = 0; rc == SHEAF_OK && i < top->key_count; i++) {
        if (top->keys[i].leaf == k->leaf)
            rc = mend_key_change(k, i, err);
    }
    if (rc == SHEAF_OK && k->leaf + 1 == top->size) {
        k->time = top->seal_time;
        k->leaf++;
    }
    return rc;
}

/* Whether a frame that nothing is read of has the length that it states, as
 * articles may follow it. */
static int
check_length(struct rewrite *k, struct walk_frame *f, struct sheaf_error *err)
{
    const struct top *t = &k->r->top;
    int rc;

    switch (f->type) {
    case FRAME_ZSTD:
    case FRAME_REV:
    case FRAME_LEF:
    case FRAME_OPTIONAL: return SHEAF_OK; /* it is read */
    case FRAME_DICT:
        /* Its bytes are those of the parity, if they are damaged. */
        for (uint32_t i = 0; i < t->dict_count; i++)
            if (t->dicts[i].offset == f->offset &&
                f->length != (uint64_t)t->dicts[i].packed + DICT_HEAD_SIZE)
                return fail_corrupt(err, f->offset, "F5.2",
                                    "a dictionary of another length");
        return SHEAF_OK;
    default:
        rc = walk_load(&k->walk, f, err);
        /* Its sum is right, and it is made anew. */
        return rc == SHEAF_EUNSUPPORTED ? SHEAF_OK : rc;
    }
}

int
mend_generation(struct rewrite *k, const struct end *e,
                struct sheaf_error *why, struct sheaf_error *err)
{
    k->walk.at = e->start;
    k->size = e->size;
    while (k->walk.at < e->top) {
        struct sheaf_error own = { 0 };
        struct walk_frame f;
        int rc = walk_peek(&k->walk, &f, &own);

        k->stray = false;
        if (rc == SHEAF_OK) {
            rc = check_length(k, &f, &own);
            if (rc == SHEAF_OK)
                rc = rewrite_take(k, &f, &own);
            k->optional_lost += rc == SHEAF_ECORRUPT &&
                                f.type == FRAME_OPTIONAL;
        }
        if (rc != SHEAF_OK && k->stray && why->code == SHEAF_OK)
            *why = own;
        if (rc == SHEAF_EVERIFY && k->stray)
            rc = SHEAF_OK;
        if (rc == SHEAF_OK)
            walk_pass(&k->walk, &f);
        else if (rc == SHEAF_ECORRUPT)
            rc = walk_resume(&k->walk, &own);
        if (rc != SHEAF_OK) {
            if (err != NULL)
                *err = own;
            return rc;
        }
    }
    return rewrite_report(k, err);
}

/* ---- What is left out ---- */

static int
compare_hashes(const void *a, const void *b)
{
    return memcmp(a, b, HASH_BYTES);
}

/* Sorts hashes, and leaves each only once. Gives how many are left. */
static size_t
sort_strays(uint8_t *all, size_t count)
{
    size_t kept = 0;

    if (count != 0)
        qsort(all, count, HASH_BYTES, compare_hashes);
    for (size_t i = 0; i < count; i++) {
        uint8_t *hash = all + i * HASH_BYTES;

        if (kept == 0 ||
            compare_hashes(hash, all + (kept - 1) * HASH_BYTES) != 0)
            memmove(all + kept++ * HASH_BYTES, hash, HASH_BYTES);
    }
    return kept;
}

int
mend_check_strays(struct rewrite *k, struct sheaf_error *err)
{
    uint8_t *all = k->strays.data;
    const size_t count = sort_strays(all, k->strays.len / HASH_BYTES);
    bool *found = mem_new(count + 1, sizeof *found);
    size_t missing = 0;
    int rc = found != NULL ? SHEAF_OK : fail_nomem(err);

    for (uint64_t leaf = 0; rc == SHEAF_OK && count != 0 && leaf < k->size;
         leaf++) {
        uint8_t hash[HASH_BYTES];
        const uint8_t *at = NULL;

        rc = reader_tree_hash(k->r, k->s, leaf, hash, err);
        if (rc == SHEAF_OK)
            at = bsearch(hash, all, count, HASH_BYTES, compare_hashes);
        if (at != NULL)
            found[(size_t)(at - all) / HASH_BYTES] = true;
    }
    for (size_t i = 0; rc == SHEAF_OK && i < count; i++)
        missing += !found[i];
    mem_free(found);
    if (rc != SHEAF_OK || missing == 0)
        return rc;
    return fail_clause(err, SHEAF_EINCOMPLETE, k->ends[0].top, "F10.2",
                       "leaves in the file that the archive's newest state "
                       "lacks: %zu; 'sheaf recover' saves all articles",
                       missing);
}

int
mend_walk_left_out(struct rewrite *k, struct sheaf_error *err)
{
    const struct end *all = (const struct end *)k->left_out.data;
    int rc = SHEAF_OK;

    k->apart = true;
    for (size_t i = 0; rc == SHEAF_OK && i < k->left_out.len / sizeof *all;
         i++) {
        struct sheaf_error why = { 0 };
        struct end e = all[i];

        e.size = 0;
        rc = mend_generation(k, &e, &why, err);
    }
    k->apart = false;
    return rc;
}

/* ---- Other states of the archive ---- */

/* Ends by the state that they follow. */
struct branches {
    struct end *ends;
    size_t count;
    struct end other;
    bool found;
};

static int
compare_before(const void *a, const void *b)
{
    const struct end *x = a, *y = b;

    return memcmp(x->prev_hash, y->prev_hash, HASH_BYTES);
}

/* Both copies of an end state the same tree. */
static void
look_at_end(void *arg, const struct end *end)
{
    struct branches *b = arg;
    const struct end *own = NULL;

    if (end->prev != 0)
        own = bsearch(end, b->ends, b->count, sizeof *own, compare_before);
    if (b->found || own == NULL || (end->size == own->size &&
        memcmp(end->root, own->root, HASH_BYTES) == 0))
        return;
    b->other = *end;
    b->found = true;
}

/* Whoever has an older copy can append to it, and write these bytes behind the
 * archive. */
int
mend_check_branches(struct rewrite *k, struct sheaf_error *err)
{
    struct branches b = { .count = k->end_count };
    int rc;

    b.ends = mem_new(b.count, sizeof *b.ends);
    if (b.ends == NULL)
        return fail_nomem(err);
    memcpy(b.ends, k->ends, b.count * sizeof *b.ends);
    qsort(b.ends, b.count, sizeof *b.ends, compare_before);
    rc = reader_each_end(k->r, look_at_end, &b, err);
    mem_free(b.ends);
    if (rc != SHEAF_OK || !b.found)
        return rc;
    return fail_clause(err, SHEAF_EINCOMPLETE, b.other.offset, "F12.4",
                       "another state of the archive is in the file, with "
                       "%llu leaves: 'sheaf recover' saves all articles",
                       (unsigned long long)b.other.size);
}
