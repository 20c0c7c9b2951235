/*
 * keep.c - keeps the frames of articles that were recovered (format.md F4, F5).
 *
 * An article gets its revision anew. If that makes its line the same as it
 * was, its frame is copied and not compressed again. A block is copied if all
 * its articles are the same, and come to lie in one tile.
 */
#include "write/writer.h"

#include "base/buf.h"
#include "base/err.h"
#include "format/dictframe.h"
#include "format/words.h"
#include "read/found.h"
#include "write/train.h"

/* ---- Dictionaries ------------------------------------------------------- */

/* Whether this archive may have the dictionary (F5.2, F17.3). */
static bool
dict_fits(const struct sheaf_writer *w, const struct sheaf_found_frame *f)
{
    struct sheaf_bytes table;

    if (!dictframe_id_ok(f->dict_id) ||
        top_has_dict(&w->layout.ledger.top, f->dict_id) ||
        train_tables_size(f->dict) == 0)
        return false;
    return words_find(f->dict, f->offset, &table, NULL) == SHEAF_OK &&
           (table.len == 0 || w->words);
}

/* Makes the dictionary of the frame the one in force, if it can be. */
static int
switch_dict(struct sheaf_writer *w, const struct sheaf_found_frame *f,
            struct sheaf_error *err)
{
    struct sheaf_buf raw = { 0 }, packed = { 0 };
    bool good = !codec_hides_magic(f->packed.data, f->packed.len) &&
                codec_is_canonical(f->packed.data, f->packed.len);
    int rc = encode_flush(w->encoder, err);

    if (rc == SHEAF_OK &&
        (!buf_add(&raw, f->dict.data, f->dict.len) ||
         (good && !buf_add(&packed, f->packed.data, f->packed.len))))
        rc = fail_nomem(err);
    if (rc == SHEAF_OK)
        rc = encode_use_dict(w->encoder, &raw, &packed, f->dict_id, err);
    sheaf_buf_free(&raw);
    sheaf_buf_free(&packed);
    return rc;
}

/* ---- Frames ------------------------------------------------------------- */

/* Whether a frame of this archive may be what this one is (F2.5, F4.1,
 * F4.10). */
static bool
frame_fits(const struct sheaf_writer *w, const struct sheaf_found_frame *f)
{
    return f->frame.len != 0 && f->dict_id == encode_in_force(w->encoder) &&
           !codec_hides_magic(f->frame.data, f->frame.len) &&
           codec_is_canonical(f->frame.data, f->frame.len);
}

static bool
is_block(const struct sheaf_found_frame *f)
{
    return f->one.len != f->size;
}

/* What is in the batch is not of the block of what comes. */
static void
end_block(struct keeping *k)
{
    k->count = k->size = 0;
    k->whole = true;
}

int
writer_keep(struct sheaf_writer *w, struct item *it, struct sheaf_error *err)
{
    struct keeping *k = &w->keeping;
    const struct sheaf_found_frame *f = k->found;
    bool block, same;

    if (f == NULL || !is_block(f) || f->size > ARTICLE_BLOCK_MAX ||
        k->size + it->placed.raw > ARTICLE_BLOCK_MAX ||
        encode_next_leaf(w->encoder) % TILE_LEAVES == 0)
        end_block(k);
    if (f == NULL)
        return SHEAF_OK;
    /* The parts are those of the article that was found. */
    same = it->placed.raw == f->one.len &&
           memcmp(it->content.data, f->one.data, it->content.len) == 0;
    block = is_block(f);
    it->placed.joined = k->count != 0;
    k->size += (size_t)it->placed.raw;
    k->whole = k->whole && same && frame_fits(w, f) && f->index == k->count &&
               (!block || f->size <= ARTICLE_BLOCK_MAX);
    if (f->index != 0 || !k->whole)
        return SHEAF_OK;
    it->kept = !block; /* that is kept when all its articles are added */
    return buf_add(&it->frame, f->frame.data, f->frame.len) ? SHEAF_OK
                                                            : fail_nomem(err);
}

int
writer_keep_begin(struct sheaf_writer *w, const struct sheaf_found_frame *f,
                  struct sheaf_error *err)
{
    int rc = encode_keep(w->encoder, err);

    end_block(&w->keeping);
    return rc == SHEAF_OK && f->dict_id != 0 &&
                   f->dict_id != encode_in_force(w->encoder) && dict_fits(w, f)
               ? switch_dict(w, f, err)
               : rc;
}

void
writer_keep_none(struct sheaf_writer *w, const struct sheaf_found_frame *f)
{
    struct sheaf_bytes table;

    if (f->dict_id != 0 &&
        words_find(f->dict, f->offset, &table, NULL) == SHEAF_OK &&
        table.len == 0)
        encode_plain(w->encoder);
}

void
writer_keep_added(struct sheaf_writer *w, const struct sheaf_found_frame *f,
                  bool added)
{
    struct keeping *k = &w->keeping;

    k->whole = k->whole && added;
    if (!added || !is_block(f) || f->size > ARTICLE_BLOCK_MAX)
        return;
    k->count++;
    if (k->whole && k->size == f->size)
        encode_keep_block(w->encoder, k->count);
}
