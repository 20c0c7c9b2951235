/*
 * recover.c - the whole articles of a damaged file (format.md F13, Recover).
 *
 * Only frames are trusted, each by its own check: a zstd frame by its
 * checksum, a sheaf frame by its sum. Where no frame begins, the search goes
 * on to the next magic; by F2.5 a magic is never inside an article.
 */
#include "base/base.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/options.h"
#include "check/missing.h"
#include "format/article.h"
#include "format/codec.h"
#include "format/delta.h"
#include "format/dictframe.h"
#include "format/frame.h"
#include "format/parity.h"
#include "format/statement.h"
#include "read/found.h"
#include "read/large.h"
#include "read/walk.h"
#include "sheaf.h"

#include <stdlib.h>

#define WINDOW ((size_t)1 << 20)

/* A dictionary that was found in the file. */
struct found_dict {
    uint32_t id;
    uint64_t offset;
    uint64_t length;
};

/* A PAR frame in the file, and the place of the dictionary that it names. */
struct par_place {
    uint64_t dict;
    uint64_t par;
};

struct recover {
    struct sheaf_limits limits;
    struct walk walk;  /* over the frames of the file */
    struct walk aside; /* for reading dictionaries, bases and parity */
    struct sheaf_buf content;
    struct sheaf_buf payload; /* of a dictionary that is repaired */
    struct sheaf_buf dict;
    struct codec_ddict *ddict;
    uint32_t dict_id;
    struct found_dict *dicts;
    size_t dict_count;
    size_t dict_room;
    struct sheaf_buf parity;   /* struct par_place, in order */
    struct sheaf_buf redacted; /* leaf hashes that redactions name, in order */
    struct sheaf_buf base; /* content of a difference's base */
    struct sheaf_buf columns;
    struct missing missing;
    struct codec_dctx *dctx;
    struct article article;
    struct article room;
    struct sheaf_found_frame frame; /* that is handed over */
    struct spool spool; /* the content of a large one */
    sheaf_recovered_fn found;
    void *arg;
    struct sheaf_recovery result;
};

/* Failures that end the recovery; all others mean only "not whole". */
static bool
ends_it(int rc)
{
    return rc == SHEAF_EIO || rc == SHEAF_ENOMEM || rc == SHEAF_ESTOPPED;
}

static int
tell(struct recover *r, const struct sheaf_recovered *what,
     struct sheaf_error *err)
{
    return r->found(r->arg, what) == 0 ? SHEAF_OK
                                       : fail(err, SHEAF_ESTOPPED, "stopped");
}

static int
compare_hashes(const void *a, const void *b)
{
    return memcmp(a, b, HASH_BYTES);
}

/* ---- Articles ----------------------------------------------------------- */

static int
hand_over(struct recover *r, const struct walk_frame *f,
          struct sheaf_error *err)
{
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
    if (missing_see(&r->missing, a->id, err) != SHEAF_OK)
        return SHEAF_ENOMEM;
    if (r->redacted.len != 0 &&
        bsearch(a->leaf_hash, r->redacted.data, r->redacted.len / HASH_BYTES,
                HASH_BYTES, compare_hashes) != NULL) {
        r->result.redacted++;
        return SHEAF_OK;
    }
    r->result.articles++;
    return tell(r,
                &(struct sheaf_recovered){ SHEAF_RECOVERED_ARTICLE, &out,
                                           .offset = f->offset,
                                           .length = f->length,
                                           .frame = &r->frame },
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
            if (pass == 1)
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
    const struct large_from from = {
        .dctx = r->dctx, .ddict = f->header.dict_id != 0 ? r->ddict : NULL,
        .source = r->walk.source, .offset = f->offset,
        .size = f->header.content_size
    };
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
    r->frame = (struct sheaf_found_frame){
        .offset = f->offset, .large = &r->spool,
        .parts_at = r->article.line.len + 1
    };
    return rc == SHEAF_OK ? hand_over(r, f, err) : rc;
}

static int
take_articles(struct recover *r, struct walk_frame *f, struct sheaf_error *err)
{
    const struct codec_header *h = &f->header;
    int rc;

    if (h->content_size > r->limits.article_max)
        return fail_corrupt(err, f->offset, "F4.10", "frame states too much");
    if (h->dict_id != 0 && (r->ddict == NULL || h->dict_id != r->dict_id))
        return fail_corrupt(err, f->offset, "F4.1", "its dictionary is lost");
    if (h->content_size > SHEAF_WHOLE_MAX)
        return take_large(r, f, err);
    rc = codec_unpack(r->dctx, r->ddict, h, f->bytes, f->offset, &r->content,
                      err);
    if (rc == SHEAF_OK && r->content.len > r->limits.article_max)
        rc = fail_corrupt(err, f->offset, "F17.2", "codes stand for too much");
    return rc == SHEAF_OK ? hand_over_all(r, f, err) : rc;
}

/* ---- Dictionaries ------------------------------------------------------- */

static int
compare_places(const void *a, const void *b)
{
    const struct par_place *x = a, *y = b;

    if (x->dict != y->dict)
        return x->dict < y->dict ? -1 : 1;
    return x->par < y->par ? -1 : x->par > y->par;
}

/* Notes which article a redaction names, if the frame is one. */
static int
note_redaction(struct recover *r, struct sheaf_error *err)
{
    struct leaf_stored leaf;
    struct redaction red;
    struct walk_frame f;
    int rc = walk_peek(&r->aside, &f, err);

    if (rc == SHEAF_OK)
        rc = walk_load(&r->aside, &f, err);
    if (rc == SHEAF_OK)
        rc = leaf_decode_stored(f.body, f.offset, &leaf, err);
    if (rc == SHEAF_OK && leaf.type == LEAF_REDACTION)
        rc = redaction_decode(&leaf, f.offset, &red, err);
    if (rc != SHEAF_OK)
        return ends_it(rc) ? rc : SHEAF_OK;
    if (leaf.type == LEAF_REDACTION &&
        !buf_add(&r->redacted, red.target, HASH_BYTES))
        return fail_nomem(err);
    return SHEAF_OK;
}

/* Finds all PAR frames and redactions in the file, once: a search for each
 * dictionary would take quadratic time, and a redaction comes after the
 * article. */
static int
look_ahead(struct recover *r, struct sheaf_error *err)
{
    const struct walk *w = &r->aside;
    int rc = SHEAF_OK;

    r->aside.at = 0;
    while (rc == SHEAF_OK && r->aside.at < r->aside.end) {
        uint64_t at = r->aside.at;
        size_t len = (size_t)min_u64(FRAME_HEAD_SIZE + 8, w->end - at);
        const uint8_t *p;
        enum frame_type type = FRAME_NONE;

        rc = walk_bytes(&r->aside, at, len, &p, err);
        if (rc == SHEAF_OK && len == FRAME_HEAD_SIZE + 8)
            type = frame_type_at(p, len);
        if (type == FRAME_PAR) {
            struct par_place place = { get_be(p + FRAME_HEAD_SIZE, 8), at };

            if (!buf_add(&r->parity, &place, sizeof place))
                return fail_nomem(err);
        }
        if (type == FRAME_LEF)
            rc = note_redaction(r, err);
        if (rc == SHEAF_OK)
            rc = walk_resume(&r->aside, err);
    }
    if (r->parity.len != 0)
        qsort(r->parity.data, r->parity.len / sizeof(struct par_place),
              sizeof(struct par_place), compare_places);
    if (r->redacted.len != 0)
        qsort(r->redacted.data, r->redacted.len / HASH_BYTES, HASH_BYTES,
              compare_hashes);
    return rc;
}

/* The index of the first PAR frame of a dictionary at `dict` or after it. */
static size_t
first_parity(const struct recover *r, uint64_t dict)
{
    const struct par_place key = { dict, dict };
    const struct par_place *places =
        (const struct par_place *)r->parity.data;
    size_t low = 0, high = r->parity.len / sizeof *places;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_places(&places[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Finds the PAR frame of the dictionary at `dict`, after it. */
static int
find_parity(struct recover *r, uint64_t dict, uint32_t packed,
            struct sheaf_bytes *out, uint64_t *offset, struct sheaf_error *err)
{
    const struct par_place *places =
        (const struct par_place *)r->parity.data;
    size_t at = first_parity(r, dict);

    out->len = (size_t)parity_bytes(packed);
    if (at == r->parity.len / sizeof *places || places[at].dict != dict ||
        r->aside.end - places[at].par < out->len)
        return fail_corrupt(err, dict, "F5.3", "no parity for a dictionary");
    *offset = places[at].par;
    return walk_bytes(&r->aside, *offset, out->len, &out->data, err);
}

static int
remember_dict(struct recover *r, const struct walk_frame *f,
              struct sheaf_error *err)
{
    /* The walk meets them in order; switch_dict comes back to old ones. */
    if (r->dict_count != 0 && f->offset <= r->dicts[r->dict_count - 1].offset)
        return SHEAF_OK;
    if (r->dict_count == r->dict_room) {
        size_t room = r->dict_room * 2 + 16;
        struct found_dict *dicts = mem_resize(r->dicts, room, sizeof *dicts);

        if (dicts == NULL)
            return fail_nomem(err);
        r->dicts = dicts;
        r->dict_room = room;
    }
    r->dicts[r->dict_count++] = (struct found_dict){ r->dict_id, f->offset,
                                                     f->length };
    return SHEAF_OK;
}

/* Repairs the dictionary's payload in r->payload with its parity. */
static int
mend_dict(struct recover *r, const struct walk_frame *f,
          struct sheaf_error *err)
{
    struct sheaf_bytes parity;
    uint64_t at = 0;
    uint32_t packed = (uint32_t)r->payload.len;
    int rc = find_parity(r, f->offset, packed, &parity, &at, err);

    return rc == SHEAF_OK
               ? parity_repair(parity, at, r->payload.data, packed, err)
               : rc;
}

/* Reads the dictionary in r->payload to r->dict, and digests it. */
static int
digest_dict(struct recover *r, const struct walk_frame *f, uint32_t *id,
            struct codec_ddict **out, struct sheaf_error *err)
{
    int rc = dictframe_decode(buf_view(&r->payload), f->offset, &r->dict, id,
                              err);

    if (rc == SHEAF_ECORRUPT) {
        rc = mend_dict(r, f, err);
        if (rc == SHEAF_OK)
            rc = dictframe_decode(buf_view(&r->payload), f->offset, &r->dict,
                                  id, err);
    }
    return rc == SHEAF_OK ? codec_ddict_new(out, buf_view(&r->dict), f->offset,
                                            err)
                          : rc;
}

/* If it is none, the one before stays in force: the bytes may stand where an
 * article was. */
static int
take_dict(struct recover *r, const struct walk_frame *f,
          struct sheaf_error *err)
{
    struct sheaf_buf payload = r->payload, dict = r->dict;
    uint64_t packed = f->length - DICT_HEAD_SIZE;
    struct codec_ddict *made = NULL;
    uint32_t id = 0;
    int rc;

    if (packed > CODEC_DICT_MAX || packed == 0)
        return fail_corrupt(err, f->offset, "F5.1", "no such dictionary");
    memset(&r->payload, 0, sizeof r->payload);
    memset(&r->dict, 0, sizeof r->dict);
    rc = buf_add(&r->payload, f->bytes.data + DICT_HEAD_SIZE, (size_t)packed)
             ? digest_dict(r, f, &id, &made, err)
             : fail_nomem(err);
    if (rc != SHEAF_OK) {
        sheaf_buf_free(&r->payload);
        sheaf_buf_free(&r->dict);
        r->payload = payload;
        r->dict = dict;
        return rc;
    }
    sheaf_buf_free(&payload);
    sheaf_buf_free(&dict);
    codec_ddict_free(r->ddict);
    r->ddict = made;
    r->dict_id = id;
    return remember_dict(r, f, err);
}

/* Takes the dictionary that a PAR frame names. Its own frame says neither that
 * it is one nor how long it is: its header is damaged. */
static int
take_named(struct recover *r, const struct par_place *place,
           struct walk_frame *f, struct sheaf_error *err)
{
    struct walk_frame par;
    int rc;

    r->aside.at = place->par;
    rc = walk_peek(&r->aside, &par, err);
    if (rc == SHEAF_OK)
        rc = walk_load(&r->aside, &par, err);
    if (rc == SHEAF_OK && (par.type != FRAME_PAR || par.body.len < 12 ||
                           get_be(par.body.data + 8, 4) > CODEC_DICT_MAX))
        rc = SHEAF_ENOTFOUND;
    if (rc != SHEAF_OK)
        return rc;
    memset(f, 0, sizeof *f);
    f->type = FRAME_DICT;
    f->offset = place->dict;
    f->length = (uint64_t)DICT_HEAD_SIZE + get_be(par.body.data + 8, 4);
    rc = walk_load(&r->walk, f, err);
    return rc == SHEAF_OK ? take_dict(r, f, err) : rc;
}

/* No whole frame begins where the walk is. Takes the dictionary that is there
 * all the same, or goes on to the next magic: SHEAF_ENOTFOUND. */
static int
go_on(struct recover *r, struct walk_frame *f, struct sheaf_error *err)
{
    const struct par_place *places =
        (const struct par_place *)r->parity.data;
    size_t i = first_parity(r, r->walk.at);
    int rc = walk_resume(&r->walk, err);

    if (rc != SHEAF_OK)
        return rc;
    for (; i < r->parity.len / sizeof *places; i++) {
        if (places[i].dict >= r->walk.at)
            break;
        rc = take_named(r, &places[i], f, err);
        if (rc == SHEAF_OK || ends_it(rc))
            return rc;
    }
    return SHEAF_ENOTFOUND;
}

/* Loads another dictionary that was found before; *back is the one that was
 * loaded. */
static int
switch_dict(struct recover *r, uint32_t id, uint64_t offset, uint32_t *back,
            struct sheaf_error *err)
{
    *back = r->ddict != NULL ? r->dict_id : 0;
    if (id == 0 || id == *back)
        return SHEAF_OK;
    for (size_t i = 0; i < r->dict_count; i++) {
        struct walk_frame f = { .type = FRAME_DICT,
                                .offset = r->dicts[i].offset,
                                .length = r->dicts[i].length };
        int rc;

        if (r->dicts[i].id != id)
            continue;
        rc = walk_load(&r->aside, &f, err);
        return rc == SHEAF_OK ? take_dict(r, &f, err) : rc;
    }
    return fail_corrupt(err, offset, "F4.1", "its dictionary is lost");
}

/* ---- Differences -------------------------------------------------------- */

/* Loads the content of the base to r->base. */
static int
unpack_base(struct recover *r, const struct delta *d, uint64_t offset,
            struct sheaf_error *err)
{
    struct sheaf_bytes frame = { NULL, d->length };
    struct codec_header h;
    uint32_t back;
    int rc = walk_bytes(&r->aside, d->base, d->length, &frame.data, err);

    if (rc == SHEAF_OK)
        rc = delta_base_header(d, frame, offset, &h, err);
    if (rc == SHEAF_OK)
        rc = switch_dict(r, h.dict_id, offset, &back, err);
    /* Loading a dictionary has moved the window. */
    if (rc == SHEAF_OK)
        rc = walk_bytes(&r->aside, d->base, d->length, &frame.data, err);
    if (rc == SHEAF_OK)
        rc = codec_unpack(r->dctx, r->ddict, &h, frame, d->base, &r->base,
                          err);
    if (rc == SHEAF_OK)
        rc = delta_check_size(buf_view(&r->base), offset, err);
    return rc == SHEAF_OK && back != 0
               ? switch_dict(r, back, offset, &back, err)
               : rc;
}

/* Restores the revision in a REV frame. */
static int
take_delta(struct recover *r, const struct walk_frame *f,
           struct sheaf_error *err)
{
    struct delta d;
    int rc = f->length <= codec_length_max(DELTA_CONTENT_MAX)
                 ? delta_decode(f->body, f->offset, &d, err)
                 : fail_corrupt(err, f->offset, "F4.13", "more than 1 MiB");

    if (rc == SHEAF_OK)
        rc = unpack_base(r, &d, f->offset, err);
    if (rc == SHEAF_OK)
        rc = codec_unpack_delta(r->dctx, buf_view(&r->base), d.content_size,
                                d.frame, f->offset, &r->content, err);
    if (rc == SHEAF_OK)
        rc = article_decode(&r->article, buf_view(&r->content), f->offset,
                            err);
    if (rc == SHEAF_OK)
        rc = delta_check_base(buf_view(&r->base), &r->article, &r->room,
                              f->offset, err);
    r->frame = (struct sheaf_found_frame){ .size = r->content.len,
                                           .one = buf_view(&r->content),
                                           .offset = f->offset };
    return rc == SHEAF_OK ? hand_over(r, f, err) : rc;
}

/* ---- Groups ------------------------------------------------------------- */

static int
tell_missing(void *arg, struct sheaf_bytes id, struct sheaf_error *err)
{
    struct recover *r = arg;

    r->result.missing++;
    return tell(r,
                &(struct sheaf_recovered){ SHEAF_RECOVERED_MISSING, .id = id,
                                           .offset = r->walk.at },
                err);
}

/* Reports the articles that the group names and that were not found. */
static int
take_group(struct recover *r, const struct walk_frame *f,
           struct sheaf_error *err)
{
    struct sheaf_bytes columns;
    struct codec_header h;
    struct group g;
    int rc = group_decode(f->body, f->offset, &g, &columns, &h, err);

    if (rc == SHEAF_OK && h.dict_id != 0 &&
        (r->ddict == NULL || h.dict_id != r->dict_id))
        rc = fail_corrupt(err, f->offset, "F4.1", "its dictionary is lost");
    if (rc == SHEAF_OK)
        rc = codec_unpack(r->dctx, r->ddict, &h, columns, f->offset,
                          &r->columns, err);
    if (rc == SHEAF_OK)
        rc = group_check_size(g.count, r->columns.len, f->offset, err);
    return rc == SHEAF_OK
               ? missing_tell(&r->missing, &g, buf_view(&r->columns),
                              f->offset, tell_missing, r, err)
               : rc;
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
    if (f->type == FRAME_ZSTD)
        return take_articles(r, f, err);
    if (f->type == FRAME_DICT)
        return take_dict(r, f, err);
    if (f->type == FRAME_GRP)
        return take_group(r, f, err);
    r->result.ended = f->type == FRAME_END &&
                      f->offset + f->length == r->walk.end;
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

        if (rc != SHEAF_OK && !ends_it(rc))
            rc = go_on(r, &f, err);
        if (rc == SHEAF_ENOTFOUND)
            continue;
        if (rc == SHEAF_OK)
            rc = report_lost(r, lost, f.offset, err);
        if (rc != SHEAF_OK)
            return rc;
        walk_pass(&r->walk, &f);
        lost = r->walk.at;
    }
    return report_lost(r, lost, r->walk.end, err);
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
        rc = look_ahead(r, err);
        if (rc == SHEAF_OK)
            rc = take_all(r, err);
    }
    if (rc == SHEAF_OK && out != NULL)
        *out = r->result;
    if (r != NULL) {
        codec_ddict_free(r->ddict);
        codec_dctx_free(r->dctx);
        article_free(&r->article);
        article_free(&r->room);
        mem_free(r->dicts);
        missing_free(&r->missing);
        spool_free(&r->spool);
        sheaf_buf_free(&r->parity);
        sheaf_buf_free(&r->redacted);
        sheaf_buf_free(&r->columns);
        sheaf_buf_free(&r->base);
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
