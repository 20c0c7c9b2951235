/*
 * stored.c - leaves that are stored in LEF frames (format.md F6).
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "format/frame.h"

int
reader_stored(const struct sheaf_reader *r, struct sheaf_scratch *s,
              uint64_t offset, struct leaf_stored *out,
              struct sheaf_error *err)
{
    struct sheaf_bytes body;
    uint32_t length;
    int rc;

    rc = reader_read(r, offset, FRAME_HEAD_SIZE, &s->frame, err);
    if (rc != SHEAF_OK)
        return rc;
    length = get_le32(s->frame.data + 4);
    if (length > LEAF_FRAME_MAX)
        return fail_corrupt(err, offset, "F6.1", "no stored leaf here");
    rc = reader_read(r, offset, (size_t)length + 8, &s->frame, err);
    if (rc == SHEAF_OK)
        rc = frame_body(buf_view(&s->frame), offset, FRAME_LEF, &body, err);
    return rc == SHEAF_OK ? leaf_decode_stored(body, offset, out, err) : rc;
}

int
reader_keys(const struct sheaf_reader *r, struct sheaf_scratch *s,
            uint64_t size, key_listed listed, void *arg,
            struct key_change *last, uint8_t hash[32],
            struct sheaf_error *err)
{
    const struct top *t = &r->top;
    struct key_change change, before;
    uint8_t before_hash[32], tree[32];
    uint32_t i;

    for (i = 0; i < t->key_count && t->keys[i].leaf < size; i++) {
        uint64_t at = t->keys[i].offset;
        struct leaf_stored leaf;
        int rc = reader_stored(r, s, at, &leaf, err);

        if (rc == SHEAF_OK && leaf.type != LEAF_KEY_CHANGE)
            rc = fail_corrupt(err, at, "F11.3", "no key change here");
        if (rc == SHEAF_OK)
            rc = key_change_decode(&leaf, buf_view(&t->origin), i + 1,
                                   i != 0 ? before_hash : NULL,
                                   i != 0 ? before.new_key : NULL, at,
                                   &change, err);
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
