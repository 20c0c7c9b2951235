/*
 * damage_shift.c - a file in which bytes were inserted or lost.
 */
#include "read/damage_shift.h"

#include <errno.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "format/dictframe.h"
#include "format/group.h"
#include "format/top.h"
#include "read/walk.h"

#define WINDOW ((size_t)1 << 20)

struct shifted {
    struct sheaf_source source;
    uint64_t from; /* from this offset on, ... */
    int64_t by;    /* ... bytes are this much further on */
    uint64_t size;
};

static uint64_t
shifted_size(void *ctx)
{
    const struct shifted *s = ctx;

    return s->size;
}

static int
shifted_read_at(void *ctx, uint64_t offset, void *buf, size_t len)
{
    const struct shifted *s = ctx;
    const struct sheaf_source_ops *ops = s->source.ops;
    size_t before = 0;
    int sys = 0;

    if (offset < s->from) {
        before = (size_t)min_u64(s->from - offset, len);
        sys = ops->read_at(s->source.ctx, offset, buf, before);
    }
    /* In place of missing bytes there are zeros: what is before them would
     * come twice. */
    if (sys == 0 && before < len && s->by < 0 &&
        offset + before < s->from + (uint64_t)-s->by) {
        size_t none = (size_t)min_u64(s->from + (uint64_t)-s->by - offset -
                                          before,
                                      len - before);

        memset((uint8_t *)buf + before, 0, none);
        before += none;
    }
    if (sys == 0 && before < len)
        sys = ops->read_at(s->source.ctx,
                           (uint64_t)((int64_t)(offset + before) + s->by),
                           (uint8_t *)buf + before, len - before);
    return sys;
}

static void
shifted_close(void *ctx)
{
    struct shifted *s = ctx;

    s->source.ops->close(s->source.ctx);
    mem_free(s);
}

static const struct sheaf_source_ops shifted_ops = { shifted_size,
                                                     shifted_read_at,
                                                     shifted_close, NULL };

static bool
is_frame(struct walk *w, uint64_t offset)
{
    struct walk_frame f;

    if (offset >= w->end)
        return false;
    w->at = offset;
    return walk_peek(w, &f, NULL) == SHEAF_OK &&
           walk_load(w, &f, NULL) == SHEAF_OK;
}

/* Whether a frame without a sum holds another frame, apart from the payload of
 * a dictionary. None does (F2.5), so the damage has made it longer. */
static int
holds_frame(struct walk *w, const struct walk_frame *f, bool *holds,
            struct sheaf_error *err)
{
    int rc;

    *holds = false;
    w->at = f->offset + (f->type == FRAME_DICT ? DICT_HEAD_SIZE : 0);
    while ((rc = walk_resume(w, err)) == SHEAF_OK && !*holds) {
        uint64_t at = w->at;

        if (at >= f->offset + f->length)
            break;
        *holds = is_frame(w, at);
        w->at = at;
    }
    return rc;
}

/* The frames of articles since the last group. */
struct since_group {
    struct codec_dctx *dctx;
    struct codec_ddict *ddict; /* in force; NULL: none, or it is damaged */
    struct sheaf_buf dict;
    struct sheaf_buf columns;
    uint64_t offsets[TILE_LEAVES];
    uint64_t lengths[TILE_LEAVES];
    unsigned count;
    uint64_t last; /* offset of the last frame, if it is an article; or 0 */
    bool other;    /* a frame has another length than its group states ... */
    bool missing;  /* ... as whole frames before it are missing */
};

/* Whether frames of the stated lengths from number `from` on are missing, which
 * have `by` bytes in all, and one of `length` comes next. */
static bool
are_missing(const uint64_t *stated, unsigned count, unsigned from,
            uint64_t length, int64_t by)
{
    uint64_t left = by < 0 ? (uint64_t)-by : 0;

    while (from < count && left != 0 && stated[from] <= left)
        left -= stated[from++];
    return by < 0 && left == 0 && from < count && stated[from] == length;
}

/* Finds the first frame that has not the length that its group states; false if
 * all have. */
static bool
find_other_length(struct since_group *g, const struct walk_frame *f,
                  int64_t by, uint64_t *offset)
{
    uint64_t stated[TILE_LEAVES];
    struct group group;
    struct group_lines lines;
    struct sheaf_bytes row[GROUP_COLUMNS], columns;
    struct codec_header h;
    unsigned frames = 0;

    if (group_decode(f->body, f->offset, &group, &columns, &h, NULL) !=
            SHEAF_OK ||
        (h.dict_id != 0 && g->ddict == NULL) ||
        codec_unpack(g->dctx, h.dict_id != 0 ? g->ddict : NULL, &h, columns,
                     f->offset, &g->columns, NULL) != SHEAF_OK ||
        group_lines_begin(&lines, buf_view(&g->columns), group.count,
                          f->offset, NULL) != SHEAF_OK)
        return false;
    for (uint32_t i = 0; i < group.count; i++) {
        group_lines_next(&lines, row);
        if (!group_number(row[COLUMN_LENGTH], &stated[frames]))
            return false;
        frames += stated[frames] != 0; /* otherwise in the frame before */
    }
    for (unsigned i = 0; i < frames && i < g->count; i++)
        if (stated[i] != g->lengths[i]) {
            *offset = g->offsets[i];
            g->other = true;
            g->missing = are_missing(stated, frames, i, g->lengths[i], by);
            return true;
        }
    return false;
}

static void
take_dict(struct since_group *g, const struct walk_frame *f)
{
    uint32_t id;

    codec_ddict_free(g->ddict);
    g->ddict = NULL;
    if (dictframe_decode(sheaf_view(f->bytes.data + DICT_HEAD_SIZE,
                                    f->bytes.len - DICT_HEAD_SIZE),
                         f->offset, &g->dict, &id, NULL) == SHEAF_OK &&
        codec_ddict_new(&g->ddict, buf_view(&g->dict), f->offset, NULL) !=
            SHEAF_OK)
        g->ddict = NULL;
}

/* A header that is made longer by a byte can leave a frame that looks whole.
 * Its group knows better. Nor does an article come last, without its group. */
static bool
check_group(struct since_group *g, const struct walk_frame *f, int64_t by,
            uint64_t *offset)
{
    bool article = f->type == FRAME_ZSTD || f->type == FRAME_REV;
    bool found = f->type == FRAME_GRP && find_other_length(g, f, by, offset);

    /* What is missing may end where a frame did. */
    if (!article && f->type != FRAME_GRP && f->type != FRAME_LEF &&
        g->last != 0) {
        *offset = g->last;
        found = true;
    }
    g->last = article ? f->offset : 0;
    if (f->type == FRAME_DICT)
        take_dict(g, f);
    if ((article || f->type == FRAME_LEF) && g->count < TILE_LEAVES) {
        g->offsets[g->count] = f->offset;
        g->lengths[g->count++] = f->length;
    } else {
        g->count = 0; /* what came before is no article, or had its group */
    }
    return found;
}

/* Finds the offset from which everything is shifted: after the start of the
 * damaged frame. The walk fails at that frame, or after it if it has no sum:
 * then it has kept its length, or has another one that fits. */
static int
walk_to_place(struct walk *w, struct since_group *g, int64_t by, uint64_t *out,
              struct sheaf_error *err)
{
    uint64_t before = 0; /* where the frame before begins */
    bool summed = true, damaged = false;
    uint64_t failed;
    int rc = SHEAF_OK;

    while (rc == SHEAF_OK && !damaged && w->at < w->end) {
        struct walk_frame f;

        rc = walk_peek(w, &f, err);
        if (rc == SHEAF_OK)
            rc = walk_load(w, &f, err);
        if (rc != SHEAF_OK)
            break;
        before = w->at;
        damaged = check_group(g, &f, by, &before);
        summed = f.type != FRAME_ZSTD && f.type != FRAME_DICT;
        if (!summed)
            rc = holds_frame(w, &f, &damaged, err);
        walk_pass(w, &f);
    }
    failed = w->at;
    if (rc == SHEAF_OK && !damaged) {
        rc = SHEAF_ENOTFOUND; /* nothing is damaged */
    } else if (rc != SHEAF_EIO && rc != SHEAF_ENOMEM) {
        rc = SHEAF_OK;
        if (!summed && !damaged)
            damaged = is_frame(w, (uint64_t)((int64_t)failed + by));
    }
    *out = damaged ? before + !g->missing : failed + 1;
    return rc;
}

static int
find_place(const struct sheaf_source *source, int64_t by, uint64_t *out,
           struct sheaf_error *err)
{
    struct walk w = { .source = *source,
                      .step = WINDOW,
                      .end = source->ops->size(source->ctx) };
    struct since_group *g;
    uint64_t between = 0;
    int rc = place_between_frames(source, by, &between, err);
    bool whole = rc == SHEAF_OK;

    *out = between;
    if (rc != SHEAF_ENOTFOUND && !(whole && by < 0))
        return rc;
    g = mem_new(1, sizeof *g);
    rc = g != NULL ? codec_dctx_new(&g->dctx, err) : fail_nomem(err);
    if (rc == SHEAF_OK)
        rc = walk_to_place(&w, g, by, out, err);
    /* What is missing may be within articles, if its group says so. */
    if (whole && (rc == SHEAF_ENOTFOUND ||
                  (rc == SHEAF_OK && (!g->other || *out > between)))) {
        *out = between;
        rc = SHEAF_OK;
    }
    if (g != NULL) {
        codec_dctx_free(g->dctx);
        codec_ddict_free(g->ddict);
        sheaf_buf_free(&g->dict);
        sheaf_buf_free(&g->columns);
    }
    mem_free(g);
    walk_free(&w);
    return rc;
}

int
shift_read_raw(const struct sheaf_source *source, uint64_t offset, void *buf,
               size_t len)
{
    const struct shifted *s = source->ctx;

    if (source->ops != &shifted_ops || offset > UINT64_MAX - len ||
        offset + len > s->source.ops->size(s->source.ctx))
        return ENXIO;
    return s->source.ops->read_at(s->source.ctx, offset, buf, len);
}

int
shift_undo(struct sheaf_source *source, int64_t by, uint64_t size,
           uint64_t *at, struct sheaf_error *err)
{
    struct shifted *s = mem_new(1, sizeof *s);
    int rc = s != NULL ? find_place(source, by, at, err) : fail_nomem(err);

    if (rc != SHEAF_OK) {
        mem_free(s);
        return rc;
    }
    *s = (struct shifted){ *source, *at, by, size };
    *source = (struct sheaf_source){ &shifted_ops, s };
    return SHEAF_OK;
}
