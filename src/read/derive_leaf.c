/*
 * derive_leaf.c - seals and key changes whose frames are damaged, from what the
 * tops state (format.md F11).
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "format/frame.h"
#include "log/merkle.h"

/* Sets what a seal states of the generation before; *before is its top, { 0
 * } if there is none. */
static int
top_before(const struct sheaf_reader *r, const struct end *end,
           struct top *before, struct sheaf_error *err)
{
    struct end e;
    int rc;

    if (end->prev == 0)
        return SHEAF_OK;
    rc = reader_end_before(r, end, &e, err);
    return rc == SHEAF_OK ? reader_top(r, &e, before, err) : rc;
}

/* Makes the LEF frame of the seal in s->leaf, from what the tops state. */
static int
make_seal(struct sheaf_scratch *s, const struct top *top,
          const struct top *before, leaf_hash_of *of, void *arg,
          struct sheaf_error *err)
{
    struct seal seal = { .generation = top->generation,
                         .first = before->size,
                         .prev_size = before->size };
    struct sheaf_buf part = { 0 };
    uint8_t prev[32] = { 0 }, hash[32];
    int rc = SHEAF_OK;

    top_state_in_seal(top, &seal);
    merkle_root(NULL, 0, seal.prev_root);
    if (before->size != 0) {
        memcpy(seal.prev_root, before->root, 32);
        rc = of(arg, before->size - 1, prev, err);
    }
    if (before->note.len != 0)
        hash_blake2b(before->note.data, before->note.len, seal.prev_note);
    s->leaf.len = 0;
    if (rc == SHEAF_OK &&
        (!seal_encode(&seal, &part) ||
         !leaf_encode_statement(LEAF_SEAL, (uint32_t)top->generation,
                                top->seal_time, prev, NULL, buf_view(&part),
                                &s->leaf, hash)))
        rc = fail_nomem(err);
    sheaf_buf_free(&part);
    return rc;
}

int
reader_derive_seal(const struct sheaf_reader *r, struct sheaf_scratch *s,
                   const struct end *end, const struct top *top,
                   leaf_hash_of *of, void *arg, struct leaf_stored *out,
                   struct sheaf_error *err)
{
    struct top before = { 0 }, own = { 0 };
    struct sheaf_bytes body;
    struct end e = *end;
    int rc = SHEAF_OK;

    /* Skip later generations that carry only a signature. */
    while (rc == SHEAF_OK && e.prev != 0) {
        struct end earlier;

        rc = reader_end_before(r, &e, &earlier, err);
        if (rc != SHEAF_OK || earlier.size != top->size)
            break;
        e = earlier;
    }
    if (rc == SHEAF_OK && e.offset != end->offset)
        rc = reader_top(r, &e, &own, err);
    if (rc == SHEAF_OK)
        rc = top_before(r, &e, &before, err);
    if (rc == SHEAF_OK)
        rc = make_seal(s, e.offset != end->offset ? &own : top, &before, of,
                       arg, err);
    if (rc == SHEAF_OK)
        rc = frame_body(buf_view(&s->leaf), top->seal, FRAME_LEF, &body, err);
    if (rc == SHEAF_OK)
        rc = leaf_decode_stored(body, top->seal, out, err);
    top_free(&before);
    top_free(&own);
    return rc;
}

int
reader_derive_leaf(const struct sheaf_reader *r, struct sheaf_scratch *s,
                   uint64_t leaf, leaf_hash_of *of, void *arg,
                   struct leaf_stored *out, struct sheaf_error *err)
{
    const struct top *t = &r->top;
    struct top top = { 0 };
    struct end end;
    int rc;

    for (uint32_t i = 0; i < t->key_count; i++) {
        if (t->keys[i].leaf == leaf)
            return leaf_decode_stored(top_key_copy(t, i), t->keys[i].offset,
                                      out, err);
    }
    rc = reader_end_of(r, leaf + 1, &end, err);
    if (rc == SHEAF_OK)
        rc = reader_top(r, &end, &top, err);
    if (rc == SHEAF_OK)
        rc = reader_derive_seal(r, s, &end, &top, of, arg, out, err);
    top_free(&top);
    return rc;
}

/* The longest LEF frame of a seal. */
#define SEAL_FRAME_MAX 1024

/* Reads the stored seal of a generation. */
static int
stored_seal(const struct sheaf_reader *r, struct sheaf_scratch *s,
            const struct top *top, struct leaf_stored *out,
            struct sheaf_error *err)
{
    uint64_t at = top->seal;
    struct sheaf_bytes body;
    uint64_t length;
    int rc = reader_read(r, at, FRAME_HEAD_SIZE, &s->leaf, err);

    if (rc != SHEAF_OK)
        return rc;
    length = (uint64_t)get_le32(s->leaf.data + 4) + 8;
    if (length < FRAME_HEAD_SIZE || length > SEAL_FRAME_MAX)
        return fail_corrupt(err, at, "F6.5", "not a seal");
    rc = reader_read(r, at, (size_t)length, &s->leaf, err);
    if (rc == SHEAF_OK)
        rc = frame_body(buf_view(&s->leaf), at, FRAME_LEF, &body, err);
    return rc == SHEAF_OK ? leaf_decode_stored(body, at, out, err) : rc;
}

int
reader_hash_in_next_seal(const struct sheaf_reader *r, struct sheaf_scratch *s,
                         uint64_t leaf, uint8_t out[32],
                         struct sheaf_error *err)
{
    struct leaf_stored stored;
    struct top top = { 0 };
    struct seal seal;
    struct end end;
    int rc = reader_end_after(r, leaf + 1, &end, err);

    if (rc == SHEAF_OK)
        rc = reader_top(r, &end, &top, err);
    if (rc == SHEAF_OK)
        rc = stored_seal(r, s, &top, &stored, err);
    if (rc == SHEAF_OK)
        rc = seal_decode(stored.part, top.seal, &seal, err);
    if (rc == SHEAF_OK && seal.prev_size != leaf + 1)
        rc = SHEAF_ENOTFOUND;
    if (rc == SHEAF_OK)
        memcpy(out, stored.prev, 32);
    top_free(&top);
    return rc;
}
