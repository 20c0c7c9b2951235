/*
 * stored.c - leaves that are stored in LEF frames: seals and key changes
 * (format.md F6).
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "format/frame.h"
#include "log/merkle.h"

int
reader_stored(const struct sheaf_reader *r, struct sheaf_scratch *s,
              uint64_t offset, struct leaf_stored *out,
              struct sheaf_error *err)
{
    struct sheaf_bytes body;
    uint32_t length;
    int rc;

    rc = reader_read(r, offset, FRAME_HEAD_SIZE, &s->leaf, err);
    if (rc != SHEAF_OK)
        return rc;
    length = get_le32(s->leaf.data + 4);
    if (length > LEAF_FRAME_MAX)
        return fail_corrupt(err, offset, "F6.1", "no stored leaf here");
    rc = reader_read(r, offset, (size_t)length + 8, &s->leaf, err);
    if (rc == SHEAF_OK)
        rc = frame_body(buf_view(&s->leaf), offset, FRAME_LEF, &body, err);
    return rc == SHEAF_OK ? leaf_decode_stored(body, offset, out, err) : rc;
}

/* ---- Seals --------------------------------------------------------------- */

struct asking {
    const struct sheaf_reader *r;
    struct sheaf_scratch *s;
};

static int
ask_tree(void *arg, uint64_t leaf, uint8_t out[32], struct sheaf_error *err)
{
    const struct asking *a = arg;

    return reader_tree_hash(a->r, a->s, leaf, out, err);
}

int
reader_seal(const struct sheaf_reader *r, struct sheaf_scratch *s,
            const struct end *end, const struct top *top,
            struct leaf_stored *out, struct sheaf_error *err)
{
    struct asking a = { r, s };
    struct sheaf_error why = { 0 };
    int rc = reader_stored(r, s, top->seal, out, &why);

    if (rc == SHEAF_ECORRUPT) {
        reader_note_damage(r, &why);
        rc = reader_derive_seal(r, s, end, top, ask_tree, &a, out, err);
    } else if (rc != SHEAF_OK && err != NULL) {
        *err = why;
    }
    return rc;
}

/* ---- Key changes --------------------------------------------------------- */

int
reader_key_leaf(const struct sheaf_reader *r, struct sheaf_scratch *s,
                uint32_t i, struct leaf_stored *out, struct sheaf_error *err)
{
    struct sheaf_error why = { 0 };
    uint64_t at = r->top.keys[i].offset;
    int rc = reader_stored(r, s, at, out, &why);

    if (rc == SHEAF_ECORRUPT) {
        reader_note_damage(r, &why);
        rc = leaf_decode_stored(top_key_copy(&r->top, i), at, out, err);
    } else if (rc != SHEAF_OK && err != NULL) {
        *err = why;
    }
    if (rc == SHEAF_OK && out->type != LEAF_KEY_CHANGE)
        rc = fail_corrupt(err, at, "F11.3", "no key change here");
    return rc;
}

int
reader_keys(const struct sheaf_reader *r, struct sheaf_scratch *s,
            uint64_t size, key_listed listed, void *arg,
            struct key_change *last, uint8_t hash[32], struct sheaf_error *err)
{
    const struct top *t = &r->top;
    struct key_change change, before;
    uint8_t before_hash[32], tree[32];
    uint32_t i;

    for (i = 0; i < t->key_count && t->keys[i].leaf < size; i++) {
        uint64_t at = t->keys[i].offset;
        struct leaf_stored leaf;
        int rc = reader_key_leaf(r, s, i, &leaf, err);

        if (rc == SHEAF_OK)
            rc = key_change_decode(&leaf, buf_view(&t->origin), i + 1,
                                   i != 0 ? before_hash : NULL,
                                   i != 0 ? before.new_key : NULL, at, &change,
                                   err);
        /* Compare with the tile even without a key: this function is used
         * to establish trust. */
        if (rc == SHEAF_OK)
            rc = reader_tree_hash(r, s, t->keys[i].leaf, tree, err);
        if (rc == SHEAF_OK && memcmp(tree, leaf.hash, 32) != 0)
            rc = fail_verify(err, at, "F10.2",
                             "the key change is not the leaf that the tree "
                             "has");
        if (rc != SHEAF_OK)
            return rc;
        if (listed != NULL && listed(arg, &change) != 0)
            return fail(err, SHEAF_ESTOPPED, "stopped");
        before = change;
        memcpy(before_hash, leaf.hash, 32);
    }
    if (i != 0 && last != NULL)
        *last = before;
    if (i != 0 && hash != NULL)
        memcpy(hash, before_hash, 32);
    return SHEAF_OK;
}

/* ---- Either -------------------------------------------------------------- */

int
reader_follows(const struct sheaf_reader *r, struct sheaf_scratch *s,
               uint64_t leaf, bool *follows, struct sheaf_error *err)
{
    struct asking a = { r, s };
    struct leaf_stored stored;
    uint8_t hash[32], tree[32];
    int rc = reader_derive_leaf(r, s, leaf, ask_tree, &a, &stored, err);

    if (rc == SHEAF_OK)
        memcpy(hash, stored.hash, sizeof hash);
    else if (rc != SHEAF_ENOMEM && rc != SHEAF_EIO)
        rc = reader_hash_in_next_seal(r, s, leaf, hash, err);
    if (rc == SHEAF_OK)
        rc = reader_tree_hash(r, s, leaf, tree, err);
    *follows = rc == SHEAF_OK && memcmp(tree, hash, 32) == 0;
    return rc == SHEAF_ENOMEM || rc == SHEAF_EIO ? rc : SHEAF_OK;
}
