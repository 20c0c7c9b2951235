/*
 * merge_frame.c - which frames and dictionaries of an archive can stay as they
 * are when it is merged (format.md F4, F5).
 *
 * Two archives may have given one ID to different dictionaries. The second
 * then gets another ID of the same width, in itself and in the headers of its
 * frames: no check of zstd covers them, so nothing is compressed again.
 */
#include "write/merge.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "format/dictframe.h"
#include "format/words.h"
#include "write/train.h"

/* By how much a line can grow that gets another revision: `prev` and digits. */
#define ROOM 128

/* ---- Dictionaries ------------------------------------------------------- */

/* Whether the new archive may have the dictionary (F5.2, F11.1, F17.3). */
static bool
dict_fits(const struct sheaf_merge *m, struct sheaf_bytes raw, uint32_t id)
{
    struct sheaf_bytes table;

    return dictframe_id_ok(id) && train_tables_size(raw) != 0 &&
           m->w->layout.ledger.top.dict_count < UINT16_MAX &&
           words_find(raw, 0, &table, NULL) == SHEAF_OK &&
           (table.len == 0 || m->w->words);
}

/* Gives the dictionary another ID if this one is taken. */
static void
name_dict(struct sheaf_merge *m, struct sheaf_buf *raw,
          struct sheaf_buf *packed)
{
    bool small = m->dict.from <= ENCODE_DICT_ID_SHORT;

    m->dict.to = m->dict.from;
    if (!top_has_dict(&m->w->layout.ledger.top, m->dict.from))
        return;
    m->dict.to = encode_dict_id(
        m->w->encoder, buf_view(raw),
        small ? ENCODE_DICT_ID_MIN : ENCODE_DICT_ID_SHORT + 1,
        small ? ENCODE_DICT_ID_SHORT : ENCODE_DICT_ID_MAX, NULL);
    put_le32(raw->data + 4, m->dict.to);
    packed->len = 0;
    m->result.renamed++;
}

static int
write_dict(struct sheaf_merge *m, struct rewrite *k, uint32_t i,
           struct sheaf_buf *raw, struct sheaf_error *err)
{
    struct sheaf_buf packed = { 0 };
    int rc = encode_flush(m->w->encoder, err);

    if (rc == SHEAF_OK)
        rc = rewrite_payload(k, i, buf_view(raw), &packed, err);
    if (rc == SHEAF_OK && (codec_hides_magic(packed.data, packed.len) ||
                           !codec_is_canonical(packed.data, packed.len)))
        packed.len = 0;
    if (rc == SHEAF_OK) {
        name_dict(m, raw, &packed);
        rc = encode_use_dict(m->w->encoder, raw, &packed, m->dict.to, err);
    }
    sheaf_buf_free(&packed);
    return rc;
}

/* Brings the dictionary of a frame into force, if it can be. */
static int
use_dict(struct sheaf_merge *m, struct rewrite *k, uint32_t id,
         struct sheaf_error *err)
{
    const struct top *t = &k->r->top;
    struct merge_dict *d = &m->dict;
    struct sheaf_buf raw = { 0 };
    uint8_t hash[32];
    uint32_t i = 0;
    int rc;

    if (id == 0 || (d->here && d->from == id))
        return SHEAF_OK;
    while (i < t->dict_count && t->dicts[i].id != id)
        i++;
    if (i == t->dict_count)
        return fail_corrupt(err, k->walk.at, "F4.1", "its dictionary is lost");
    rc = reader_dict_load(k->r, i, &raw, err);
    if (rc != SHEAF_OK)
        return rc;
    hash_blake2b(raw.data, raw.len, hash);
    d->here = true;
    d->from = id;
    d->good = d->known && memcmp(hash, d->hash, 32) == 0;
    if (!d->good && m->tainted && dict_fits(m, buf_view(&raw), id)) {
        d->known = false;
        rc = encode_flush(m->w->encoder, err);
        if (rc == SHEAF_OK)
            encode_retrain(m->w->encoder, raw.len, NULL);
    } else if (!d->good && dict_fits(m, buf_view(&raw), id)) {
        d->good = d->known = true;
        memcpy(d->hash, hash, 32);
        rc = write_dict(m, k, i, &raw, err);
    }
    sheaf_buf_free(&raw);
    return rc;
}

/* ---- Frames ------------------------------------------------------------- */

/* Copies the frame to m->frame, under the ID that its dictionary has here;
 * *out is empty if the frame cannot stay (F2.5, F4.1, F4.10). */
static int
keep_frame(struct sheaf_merge *m, const struct walk_frame *f,
           struct sheaf_bytes *out, struct sheaf_error *err)
{
    uint32_t id = f->header.dict_id;
    bool in_force = id == 0 ? encode_in_force(m->w->encoder) == 0
                            : m->dict.good && m->dict.from == id;

    *out = sheaf_view(NULL, 0);
    if (!in_force || codec_hides_magic(f->bytes.data, f->bytes.len) ||
        !codec_is_canonical(f->bytes.data, f->bytes.len))
        return SHEAF_OK;
    m->frame.len = 0;
    if (!buf_add(&m->frame, f->bytes.data, f->bytes.len))
        return fail_nomem(err);
    if (id != m->dict.to && id != 0)
        codec_rename_dict(m->frame.data, &f->header, m->dict.to);
    *out = buf_view(&m->frame);
    return SHEAF_OK;
}

/* An article that is alone in its frame, or a difference, which becomes a
 * frame: where its base is now, is not known. */
static int
take_one(struct sheaf_merge *m, struct rewrite *k,
         const struct walk_frame *frame, struct sheaf_error *err)
{
    struct sheaf_bytes rest = buf_view(&k->content);
    struct sheaf_bytes keep = { NULL, 0 };
    struct sheaf_bytes one;
    struct merge_place p;
    int rc = rewrite_next(k, &rest, &one, err);

    if (rc == SHEAF_OK)
        rc = merge_decide(m, k, false, keep, &p, err);
    if (rc != SHEAF_OK)
        return rc;
    if (frame != NULL && (p.fate == MERGE_KEPT || p.fate == MERGE_REVISED))
        rc = use_dict(m, k, frame->header.dict_id, err);
    if (rc == SHEAF_OK && frame != NULL && p.fate == MERGE_KEPT)
        rc = keep_frame(m, frame, &keep, err);
    return rc == SHEAF_OK
               ? merge_add_article(m, k, &p, k->leaf, one, keep, false, err)
               : rc;
}

/* Whether all articles of a block stay what they were, and come to lie in one
 * tile. */
static int
block_stays(struct sheaf_merge *m, struct rewrite *k, uint64_t count,
            bool *stays, struct sheaf_error *err)
{
    struct sheaf_bytes rest = buf_view(&k->content);
    uint64_t next = encode_next_leaf(m->w->encoder);

    *stays = false;
    m->hashes.len = 0;
    if (rest.len > ARTICLE_BLOCK_MAX ||
        next % TILE_LEAVES + count > TILE_LEAVES)
        return SHEAF_OK;
    for (uint64_t i = 0; i < count; i++) {
        struct merge_place p;
        struct sheaf_bytes one;
        int rc = rewrite_next(k, &rest, &one, err);

        if (rc == SHEAF_OK && !merge_wants(m, k->leaf + i))
            return SHEAF_OK;
        if (rc == SHEAF_OK)
            rc = merge_decide(m, k, false, buf_view(&m->hashes), &p, err);
        if (rc != SHEAF_OK || p.fate != MERGE_KEPT)
            return rc;
        if (!buf_add(&m->hashes, k->article.leaf_hash, 32))
            return fail_nomem(err);
    }
    *stays = true;
    return SHEAF_OK;
}

static int
take_block(struct sheaf_merge *m, struct rewrite *k,
           const struct walk_frame *frame, uint64_t count,
           struct sheaf_error *err)
{
    struct sheaf_bytes rest = buf_view(&k->content);
    struct sheaf_bytes keep = { NULL, 0 };
    uint64_t bytes = 0; /* of the block that is being added */
    bool stays;
    int rc = block_stays(m, k, count, &stays, err);

    for (uint64_t i = 0; rc == SHEAF_OK && i < count; i++) {
        uint64_t next = encode_next_leaf(m->w->encoder);
        struct merge_place p;
        struct sheaf_bytes one;

        rc = rewrite_next(k, &rest, &one, err);
        if (rc == SHEAF_OK && !merge_wants(m, k->leaf + i))
            continue;
        if (rc == SHEAF_OK)
            rc = merge_decide(m, k, false, sheaf_view(NULL, 0), &p, err);
        if (rc == SHEAF_OK &&
            (p.fate == MERGE_KEPT || p.fate == MERGE_REVISED))
            rc = use_dict(m, k, frame->header.dict_id, err);
        if (rc == SHEAF_OK && stays && i == 0)
            rc = keep_frame(m, frame, &keep, err);
        if (rc != SHEAF_OK)
            return rc;
        if (!stays && (next % TILE_LEAVES == 0 ||
                       bytes + one.len + ROOM > ARTICLE_BLOCK_MAX))
            bytes = 0;
        rc = merge_add_article(m, k, &p, k->leaf + i, one, keep, bytes != 0,
                               err);
        keep = sheaf_view(NULL, 0); /* the first article brought the frame */
        bytes = p.fate == MERGE_REMOVED ? 0
                : p.fate == MERGE_SAME  ? bytes
                                        : bytes + one.len + ROOM;
    }
    return rc;
}

/* It is compressed again, but with the dictionary that it had. */
int
merge_take_large(struct rewrite *k, struct sheaf_error *err)
{
    struct sheaf_merge *m = k->own;
    const struct top *t = &k->r->top;
    const struct sheaf_bytes none = { NULL, 0 };
    struct merge_place p;
    uint32_t i = 0;
    int rc = merge_decide(m, k, true, none, &p, err);

    while (i < t->dict_count && t->dicts[i].offset < k->walk.at)
        i++;
    if (rc == SHEAF_OK && i != 0 &&
        (p.fate == MERGE_KEPT || p.fate == MERGE_REVISED))
        rc = use_dict(m, k, t->dicts[i - 1].id, err);
    return rc == SHEAF_OK ? merge_add_large(m, k, &p, err) : rc;
}

int
merge_take_articles(struct rewrite *k, const struct walk_frame *frame,
                    uint64_t count, struct sheaf_error *err)
{
    struct sheaf_merge *m = k->own;

    return count == 1 ? take_one(m, k, frame, err)
                      : take_block(m, k, frame, count, err);
}
