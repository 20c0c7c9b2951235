/*
 * recover.c - the whole articles of a damaged file (format.md F13, Recover).
 *
 * Only frames are trusted, each by its own check: a zstd frame by its
 * checksum, a sheaf frame by its sum. Where no frame begins, the search goes
 * on to the next magic; by F2.5 a magic is never inside an article.
 */
#include "check/recover.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/options.h"
#include "format/leaf.h"
#include "format/top.h"
#include "read/large.h"

#define WINDOW ((size_t)1 << 20)
#define TAKEN_MEMORY ((size_t)32 << 20)

static int
tell(struct recover *r, const struct sheaf_recovered *what,
     struct sheaf_error *err)
{
    return r->found(r->arg, what) == 0 ? SHEAF_OK
                                       : fail(err, SHEAF_ESTOPPED, "stopped");
}

/* ---- Articles ----------------------------------------------------------- */

/* Parts of a file may be there twice. An article that comes again, after its
 * next revision, would become the newest. SHEAF_ENOTFOUND: it is counted, and
 * left out. */
static int
take_once(struct recover *r, struct sheaf_error *err)
{
    static const struct idset_entry none;
    struct idset_entry before;
    int rc = idset_swap(r->taken, sheaf_view(r->article.leaf_hash, HASH_BYTES),
                        &none, &before, err);

    if (rc == SHEAF_ENOTFOUND)
        return SHEAF_OK;
    r->result.repeated += rc == SHEAF_OK;
    return rc == SHEAF_OK ? SHEAF_ENOTFOUND : rc;
}

/* Parts of a file may be in another order. SHEAF_ENOTFOUND: the article follows
 * one that has not come, and waits for it. */
static int
take_in_turn(struct recover *r, const struct walk_frame *f,
             struct sheaf_error *err)
{
    const struct article *a = &r->article;
    struct idset_entry before;
    const uint8_t *prev;
    int rc;

    if (a->meta.rev <= 1 || r->last)
        return SHEAF_OK;
    prev = leaf_prev(a->leaf.record);
    if (recover_is_redacted(r, prev))
        return SHEAF_OK;
    rc = idset_get(r->taken, sheaf_view(prev, HASH_BYTES), &before, err);
    if (rc != SHEAF_ENOTFOUND)
        return rc;
    rc = recover_wait(r, f, (uint32_t)r->frame.index, a->meta.rev, err);
    return rc == SHEAF_OK ? SHEAF_ENOTFOUND : rc;
}

static int
hand_over(struct recover *r, const struct walk_frame *f,
          struct sheaf_error *err)
{
    int rc;
    const struct article *a = &r->article;
    struct sheaf_article out = {
        .leaf = r->result.articles,
        .offset = f->offset,
        .length = f->length,
        .content_size = a->size,
        .rev = (uint32_t)a->meta.rev,
        .time_ms = a->time,
        .id = a->id,
        .meta = a->line,
        .parts = a->parts,
        .part_count = a->part_count,
    };

    memcpy(out.leaf_hash, a->leaf_hash, 32);
    if (missing_see(&r->missing, a->id, a->meta.rev, err) != SHEAF_OK)
        return SHEAF_ENOMEM;
    if (recover_is_redacted(r, a->leaf_hash)) {
        r->result.redacted++;
        return SHEAF_OK;
    }
    rc = take_in_turn(r, f, err);
    if (rc == SHEAF_OK)
        rc = take_once(r, err);
    if (rc != SHEAF_OK)
        return rc == SHEAF_ENOTFOUND ? SHEAF_OK : rc;
    r->frame.anew = r->removed;
    r->result.articles++;
    return tell(r,
                &(struct sheaf_recovered){
                    SHEAF_RECOVERED_ARTICLE, &out, .offset = f->offset,
                    .length = f->length, .frame = &r->frame },
                err);
}

/* What a writer needs to keep the frame. */
static struct sheaf_found_frame
found_frame(const struct recover *r, const struct walk_frame *f)
{
    struct sheaf_found_frame out = { .frame = f->bytes,
                                     .size = r->content.len,
                                     .offset = f->offset,
                                     .dict_id = f->header.dict_id };

    if (out.dict_id != 0) {
        out.dict = buf_view(&r->dict);
        out.packed = buf_view(&r->payload);
    }
    return out;
}

/* Everything in the frame must be whole before any of it is passed on. */
static int
hand_over_all(struct recover *r, const struct walk_frame *f,
              struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    r->frame = found_frame(r, f);
    for (unsigned pass = 0; rc == SHEAF_OK && pass < 2; pass++) {
        struct sheaf_bytes rest = buf_view(&r->content);

        do {
            rc = article_decode(&r->article, rest, f->offset, err);
            if (rc != SHEAF_OK)
                break;
            r->frame.one = sheaf_view(rest.data, (size_t)r->article.size);
            if (pass == 0 && r->article.size == r->content.len)
                return hand_over(r, f, err);
            if (pass == 1 && (!r->last || r->frame.index == r->only))
                rc = hand_over(r, f, err);
            r->frame.index += pass;
            rest.data += r->article.size;
            rest.len -= (size_t)r->article.size;
        } while (rc == SHEAF_OK && rest.len != 0);
    }
    return rc;
}

/* An article that is too large for memory goes to a file. */
static int
take_large(struct recover *r, struct walk_frame *f, struct sheaf_error *err)
{
    const struct large_from from = { .dctx = r->dctx,
                                     .ddict = f->header.dict_id != 0 ? r->ddict
                                                                     : NULL,
                                     .source = r->walk.source,
                                     .offset = f->offset,
                                     .size = f->header.content_size };
    uint64_t length;
    int rc = spool_begin(&r->spool, NULL, err);

    if (rc != SHEAF_OK)
        return rc;
    rc = large_take(&from, &r->article, &r->content, spool_write, &r->spool,
                    &length, err);
    if (rc == SHEAF_ESTOPPED && r->spool.rc != SHEAF_OK) {
        if (err != NULL)
            *err = r->spool.err;
        rc = r->spool.rc;
    }
    if (rc == SHEAF_OK && length != f->length)
        rc = fail_corrupt(err, f->offset, "F4.10",
                          "the article changed while it was read");
    r->frame = (struct sheaf_found_frame){ .offset = f->offset,
                                           .large = &r->spool,
                                           .parts_at = r->article.line.len +
                                                       1 };
    return rc == SHEAF_OK ? hand_over(r, f, err) : rc;
}

static int
take_articles(struct recover *r, struct walk_frame *f, struct sheaf_error *err)
{
    const struct codec_header *h = &f->header;
    int rc;

    r->base_at = 0;
    if (h->content_size > r->limits.article_max)
        return fail_corrupt(err, f->offset, "F4.10", "frame states too much");
    rc = recover_need_dict(r, h->dict_id, f->offset, err);
    if (rc != SHEAF_OK)
        return rc;
    if (h->content_size > SHEAF_WHOLE_MAX)
        return take_large(r, f, err);
    rc = codec_unpack(r->dctx, r->ddict, h, f->bytes, f->offset, &r->content,
                      err);
    if (rc == SHEAF_OK && r->content.len > r->limits.article_max)
        rc = fail_corrupt(err, f->offset, "F17.2", "codes stand for too much");
    return rc == SHEAF_OK ? hand_over_all(r, f, err) : rc;
}

/* ---- Differences -------------------------------------------------------- */

static int
take_delta(struct recover *r, const struct walk_frame *f,
           struct sheaf_error *err)
{
    int rc = recover_delta(r, f, err);

    if (rc != SHEAF_OK && !recover_ends(rc) && !r->last)
        return recover_wait(r, f, 0, 0, err);
    r->frame = (struct sheaf_found_frame){ .size = r->content.len,
                                           .one = buf_view(&r->content),
                                           .offset = f->offset };
    return rc == SHEAF_OK ? hand_over(r, f, err) : rc;
}

/* ---- Groups ------------------------------------------------------------- */

static int
tell_missing(void *arg, struct sheaf_bytes id, uint64_t offset,
             struct sheaf_error *err)
{
    struct recover *r = arg;

    r->result.missing++;
    return tell(r,
                &(struct sheaf_recovered){ SHEAF_RECOVERED_MISSING, .id = id,
                                           .offset = offset },
                err);
}

static int
take_group(struct recover *r, const struct walk_frame *f,
           struct sheaf_error *err)
{
    struct group g;
    int rc = recover_columns(r, f, &g, err);

    if (rc == SHEAF_OK)
        rc = recover_note_shift(r, &g, f->offset, err);
    return rc == SHEAF_OK ? missing_ask(&r->missing, &g, buf_view(&r->columns),
                                        f->offset, err)
                          : rc;
}

/* Names what groups name and is not there, at the end of the walk. */
static int
tell_groups(struct recover *r, struct sheaf_error *err)
{
    size_t count = r->missing.groups.len / sizeof(uint64_t);
    int rc = SHEAF_OK;

    for (size_t i = 0; i < count && !recover_ends(rc); i++) {
        struct walk_frame f;
        struct group g;

        memcpy(&r->walk.at, r->missing.groups.data + i * sizeof(uint64_t),
               sizeof(uint64_t));
        rc = walk_peek(&r->walk, &f, err);
        if (rc == SHEAF_OK)
            rc = walk_load(&r->walk, &f, err);
        if (rc == SHEAF_OK)
            rc = recover_columns(r, &f, &g, err);
        if (rc == SHEAF_OK)
            rc = missing_tell(&r->missing, &g, buf_view(&r->columns), f.offset,
                              tell_missing, r, err);
    }
    return recover_ends(rc) ? rc : SHEAF_OK;
}

/* ---- Leaves ------------------------------------------------------------- */

/* So many leaves come before a frame, as it says. If there are fewer, and no
 * place was lost since, whole frames are missing, unless they come later. */
static void
account(struct recover *r, uint64_t leaves)
{
    if (leaves > r->leaves && r->result.lost_places == r->places) {
        r->result.unnamed += leaves - r->leaves;
        r->gap = r->leaves;
        r->gap_end = leaves;
    } else if (leaves >= r->gap && leaves < r->gap_end) {
        r->result.unnamed -= r->gap_end - leaves;
        r->gap_end = leaves;
    }
    r->leaves = leaves;
    r->places = r->result.lost_places;
}

/* Counts what a whole frame states of leaves. */
static void
count_leaves(struct recover *r, const struct walk_frame *f)
{
    struct leaf_stored leaf;
    struct group g;
    struct end e;

    if (f->type == FRAME_GRP && f->body.len >= GROUP_FIXED &&
        group_decode_fixed(f->body, SHIFTED_MAX, &g, NULL) == SHEAF_OK) {
        account(r, g.first);
        r->leaves += g.count;
    } else if (f->type == FRAME_LEF &&
               leaf_decode_stored(f->body, f->offset, &leaf, NULL) ==
                   SHEAF_OK) {
        r->leaves += leaf.type != LEAF_ARTICLE;
    } else if (f->type == FRAME_END && f->length == END_SIZE &&
               end_decode(f->bytes.data, end_offset(f->bytes.data), &e,
                          NULL) == SHEAF_OK) {
        account(r, e.size);
    }
}

/* ---- Records ------------------------------------------------------------- */

/* An article that was removed without a redaction is missing, not redacted:
 * somebody has cut it out, or the redaction is lost. */
static int
take_record(struct recover *r, const struct walk_frame *f,
            struct sheaf_error *err)
{
    struct record record = { .offset = f->offset };
    struct leaf_stored leaf;

    if (f->type != FRAME_LEF ||
        leaf_decode_stored(f->body, f->offset, &leaf, NULL) != SHEAF_OK ||
        leaf.type != LEAF_ARTICLE || recover_is_redacted(r, leaf.hash))
        return SHEAF_OK;
    memcpy(record.hash, leaf.hash, sizeof record.hash);
    return buf_add(&r->records, &record, sizeof record) ? SHEAF_OK
                                                        : fail_nomem(err);
}

/* Names those that did not come, after all. */
static int
tell_records(struct recover *r, struct sheaf_error *err)
{
    static const struct idset_entry none;
    size_t count = r->records.len / sizeof(struct record);
    int rc = SHEAF_OK;

    for (size_t i = 0; i < count && rc == SHEAF_OK; i++) {
        struct idset_entry before;
        struct record record;

        memcpy(&record, r->records.data + i * sizeof record, sizeof record);
        rc = idset_swap(r->taken, sheaf_view(record.hash, HASH_BYTES), &none,
                        &before, err);
        if (rc == SHEAF_ENOTFOUND)
            rc = tell_missing(r, sheaf_view("", 0), record.offset, err);
    }
    return rc;
}

/* ---- The walk ----------------------------------------------------------- */

/* Takes the frame at r->walk.at if it is whole; f->length is then its
 * length. */
static int
take_frame(struct recover *r, struct walk_frame *f, struct sheaf_error *err)
{
    int rc = walk_peek(&r->walk, f, err);

    if (rc == SHEAF_OK)
        rc = walk_load(&r->walk, f, err);
    if (rc != SHEAF_OK)
        return rc;
    if (f->type == FRAME_ZSTD) {
        int bare;

        rc = take_articles(r, f, err);
        bare = rc == SHEAF_ECORRUPT && !r->last ? recover_bare_dict(r, f, err)
                                                : SHEAF_ENOTFOUND;
        return bare != SHEAF_ENOTFOUND ? bare : rc;
    }
    if (f->type == FRAME_DICT)
        return recover_dict(r, f, err);
    if (f->type == FRAME_GRP)
        return take_group(r, f, err);
    if (f->type == FRAME_END && !r->last)
        r->result.ended = f->offset + f->length == r->walk.end;
    return f->type == FRAME_REV ? take_delta(r, f, err) : SHEAF_OK;
}

static int
report_lost(struct recover *r, uint64_t from, uint64_t to,
            struct sheaf_error *err)
{
    if (from == to)
        return SHEAF_OK;
    r->result.lost_bytes += to - from;
    r->result.lost_places++;
    return tell(r,
                &(struct sheaf_recovered){ SHEAF_RECOVERED_LOST,
                                           .offset = from,
                                           .length = to - from },
                err);
}

static int
take_all(struct recover *r, struct sheaf_error *err)
{
    uint64_t lost = 0; /* where the range without a whole frame began */

    while (r->walk.at < r->walk.end) {
        struct walk_frame f;
        int rc = take_frame(r, &f, err);

        if (rc != SHEAF_OK && !recover_ends(rc))
            rc = recover_go_on(r, &f, err);
        if (rc == SHEAF_ENOTFOUND)
            continue;
        if (rc == SHEAF_OK)
            rc = report_lost(r, lost, f.offset, err);
        if (rc == SHEAF_OK)
            count_leaves(r, &f);
        if (rc == SHEAF_OK)
            rc = take_record(r, &f, err);
        if (rc == SHEAF_OK && f.type == FRAME_DICT)
            rc = recover_end_dict(r, &f, err);
        if (rc != SHEAF_OK)
            return rc;
        walk_pass(&r->walk, &f);
        lost = r->walk.at;
    }
    return report_lost(r, lost, r->walk.end, err);
}

static int
report_waiting(struct recover *r, const struct waiting *w,
               struct sheaf_error *err)
{
    return report_lost(r, w->offset, w->offset + w->length, err);
}

static int
take_again(struct recover *r, const struct waiting *w, struct sheaf_error *err)
{
    struct walk_frame f;
    int rc;

    r->only = w->index;
    r->base_at = w->base;
    rc = take_frame(r, &f, err);
    return rc == SHEAF_OK || recover_ends(rc) ? rc : report_waiting(r, w, err);
}

int
sheaf_recover(struct sheaf_source source, const struct sheaf_limits *limits,
              sheaf_recovered_fn found, void *arg, struct sheaf_recovery *out,
              struct sheaf_error *err)
{
    struct sheaf_limits taken = SHEAF_LIMITS_DEFAULT;
    struct recover *r = NULL;
    int rc = options_take(&taken, sizeof taken, limits, err);

    if (rc == SHEAF_OK)
        rc = hash_start(err);
    if (rc == SHEAF_OK) {
        r = mem_new(1, sizeof *r);
        rc = r != NULL ? codec_dctx_new(&r->dctx, err) : fail_nomem(err);
    }
    if (rc == SHEAF_OK) {
        r->walk = (struct walk){ .source = source,
                                 .step = WINDOW,
                                 .end = source.ops->size(source.ctx) };
        r->aside = r->walk;
        r->limits = taken;
        r->spool = (struct spool)SPOOL_INIT;
        r->found = found;
        r->arg = arg;
        rc = idset_new(&r->taken, TAKEN_MEMORY, NULL, err);
        if (rc == SHEAF_OK)
            rc = missing_start(&r->missing, err);
        if (rc == SHEAF_OK)
            rc = recover_look_ahead(r, err);
        if (rc == SHEAF_OK)
            rc = take_all(r, err);
        if (rc == SHEAF_OK)
            rc = recover_waiting(r, take_again, report_waiting, err);
        if (rc == SHEAF_OK)
            rc = tell_groups(r, err);
        if (rc == SHEAF_OK)
            rc = tell_records(r, err);
    }
    if (rc == SHEAF_OK && out != NULL)
        *out = r->result;
    if (r != NULL) {
        recover_free_former(r);
        codec_ddict_free(r->ddict);
        codec_dctx_free(r->dctx);
        article_free(&r->article);
        article_free(&r->room);
        mem_free(r->dicts);
        missing_free(&r->missing);
        idset_free(r->taken);
        spool_free(&r->spool);
        sheaf_buf_free(&r->parity);
        sheaf_buf_free(&r->par);
        sheaf_buf_free(&r->par_ids);
        sheaf_buf_free(&r->dict_places);
        sheaf_buf_free(&r->redacted);
        sheaf_buf_free(&r->records);
        sheaf_buf_free(&r->columns);
        sheaf_buf_free(&r->base);
        sheaf_buf_free(&r->shifts);
        sheaf_buf_free(&r->waiting);
        sheaf_buf_free(&r->content);
        sheaf_buf_free(&r->payload);
        walk_free(&r->walk);
        walk_free(&r->aside);
        sheaf_buf_free(&r->dict);
        mem_free(r);
    }
    source.ops->close(source.ctx);
    return rc;
}

int
sheaf_article_fields(struct sheaf_bytes meta, struct sheaf_buf *out,
                     struct sheaf_error *err)
{
    return article_fields(meta, out) ? SHEAF_OK : fail_nomem(err);
}
