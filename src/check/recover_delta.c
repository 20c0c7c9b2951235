/*
 * recover_delta.c - revisions that are stored as differences.
 *
 * A REV frame says where the frame was that it is made against. If bytes were
 * inserted before that, or are missing, it is elsewhere: as far as a group near
 * it is from where that was. Else it is looked for near its place. What is
 * found is the right one if the difference fits, by its checksum.
 */
#include "check/recover.h"

#include "base/err.h"
#include "format/delta.h"

/* So far from its place a base is looked for, ... */
#define NEAR ((uint64_t)64 << 10)
/* ... as long as all that was looked at is not more than the file and this. */
#define SEARCHED_MIN ((uint64_t)16 << 20)

/* Looks for the group in which the walk is: it says how far this is from where
 * it was. Nothing is looked at twice for that: *looked. */
static int
look_for_group(struct recover *r, bool *looked, struct sheaf_error *err)
{
    struct walk *w = &r->aside;
    int rc = SHEAF_OK;

    *looked = r->walk.at >= r->looked_to;
    if (!*looked)
        return SHEAF_OK;
    w->at = r->walk.at;
    while (rc == SHEAF_OK && w->at < w->end) {
        struct walk_frame f;
        struct group g;

        rc = walk_peek(w, &f, err);
        if (rc == SHEAF_OK)
            rc = walk_load(w, &f, err);
        if (rc == SHEAF_OK)
            walk_pass(w, &f);
        else if (!recover_ends(rc))
            rc = walk_resume(w, err);
        else
            return rc;
        if (rc != SHEAF_OK || f.type != FRAME_GRP || w->at <= f.offset)
            continue;
        rc = recover_columns(r, &f, &g, err);
        if (rc == SHEAF_OK)
            rc = recover_note_shift(r, &g, f.offset, err);
        rc = recover_ends(rc) ? rc : SHEAF_OK;
        break;
    }
    r->looked_to = w->at;
    return rc;
}

/* ---- Differences --------------------------------------------------------- */

/* Unpacks the base, which is whole if it is at d->base, to r->base. */
static int
unpack_base(struct recover *r, const struct delta *d, uint64_t offset,
            struct sheaf_error *err)
{
    struct sheaf_bytes frame = { NULL, d->length };
    struct sheaf_error own;
    struct codec_header h;
    uint32_t back = 0;
    int again = SHEAF_OK;
    int rc = walk_bytes(&r->aside, d->base, d->length, &frame.data, err);

    if (rc == SHEAF_OK)
        rc = delta_base_header(d, frame, offset, &h, err);
    if (rc != SHEAF_OK)
        return rc;
    rc = recover_switch_dict(r, h.dict_id, offset, &back, err);
    /* Loading a dictionary has moved the window. */
    if (rc == SHEAF_OK)
        rc = walk_bytes(&r->aside, d->base, d->length, &frame.data, err);
    if (rc == SHEAF_OK)
        rc = codec_unpack(r->dctx, r->ddict, &h, frame, d->base, &r->base,
                          err);
    if (rc == SHEAF_OK)
        rc = delta_check_size(buf_view(&r->base), offset, err);
    /* Also after a failure: the articles that follow have this one. */
    if (back != 0)
        again = recover_switch_dict(r, back, offset, &back,
                                    rc == SHEAF_OK ? err : &own);
    return rc == SHEAF_OK ? again : rc;
}

/* Restores the revision against the frame at `base`. Only at the end may that
 * come after it. */
static int
try_base(struct recover *r, const struct delta *stated, uint64_t offset,
         uint64_t base, struct sheaf_error *err)
{
    struct delta d = *stated;
    uint64_t end = r->last ? r->walk.end : offset;
    int rc;

    if (base >= end || d.length > end - base)
        return fail_corrupt(err, offset, "F4.12",
                            "the article that it is made against is not "
                            "before it");
    d.base = r->base_at = base;
    rc = unpack_base(r, &d, offset, err);
    if (rc == SHEAF_OK)
        rc = codec_unpack_delta(r->dctx, buf_view(&r->base), d.content_size,
                                d.frame, offset, &r->content, err);
    if (rc == SHEAF_OK)
        rc = article_decode(&r->article, buf_view(&r->content), offset, err);
    return rc == SHEAF_OK ? delta_check_base(buf_view(&r->base), &r->article,
                                             &r->room, offset, err)
                          : rc;
}

static int
try_shifts(struct recover *r, const struct delta *d, uint64_t offset,
           struct sheaf_error *err)
{
    int64_t by[SHIFTS_TRIED];
    unsigned count = recover_shifts(r, d->base, by);
    int rc = SHEAF_ECORRUPT;

    /* A place before the file is none of it, as it is far behind it. */
    for (unsigned i = 0; i < count && rc != SHEAF_OK && !recover_ends(rc); i++)
        rc = try_base(r, d, offset, d->base + (uint64_t)by[i], err);
    return rc;
}

/* Tries the articles near the place of the base that are as long as it. */
static int
try_near(struct recover *r, const struct delta *d, uint64_t offset,
         struct sheaf_error *err)
{
    struct walk *w = &r->aside;
    uint64_t from = d->base > NEAR ? d->base - NEAR : 0;
    uint64_t to = min_u64(d->base + NEAR, w->end);
    int rc = SHEAF_ENOTFOUND;

    w->at = from;
    w->vain = 0;
    while (rc == SHEAF_ENOTFOUND && w->at < to &&
           r->searched < w->end + SEARCHED_MIN) {
        uint64_t at = w->at, next;
        struct walk_frame f;
        bool fits;

        rc = walk_peek(w, &f, err);
        if (rc == SHEAF_OK)
            rc = walk_load(w, &f, err);
        if (recover_ends(rc))
            return rc;
        fits = rc == SHEAF_OK && f.type == FRAME_ZSTD && f.length == d->length;
        /* A damaged frame may reach into the next one. */
        rc = walk_resume(w, err);
        if (rc != SHEAF_OK)
            return rc;
        next = w->at;
        r->searched += next - at;
        rc = SHEAF_ENOTFOUND;
        if (!fits)
            continue;
        r->searched += d->content_size;
        rc = try_base(r, d, offset, at, err);
        if (rc != SHEAF_OK && !recover_ends(rc))
            rc = SHEAF_ENOTFOUND;
        w->at = next;
    }
    return rc == SHEAF_ENOTFOUND
               ? fail_corrupt(err, offset, "F4.12",
                              "the article that it is made against is lost")
               : rc;
}

int
recover_delta(struct recover *r, const struct walk_frame *f,
              struct sheaf_error *err)
{
    struct delta d;
    int rc = f->length <= codec_length_max(DELTA_CONTENT_MAX)
                 ? delta_decode(f->body, SHIFTED_MAX, &d, err)
                 : fail_corrupt(err, f->offset, "F4.13", "more than 1 MiB");

    if (rc != SHEAF_OK)
        return rc;
    if (r->last && r->base_at != 0)
        return try_base(r, &d, f->offset, r->base_at, err);
    rc = try_shifts(r, &d, f->offset, err);
    if (rc != SHEAF_OK && !recover_ends(rc)) {
        bool looked;
        int found = look_for_group(r, &looked, err);

        if (found != SHEAF_OK)
            return found;
        if (looked)
            rc = try_shifts(r, &d, f->offset, err);
    }
    if (r->last && rc != SHEAF_OK && !recover_ends(rc))
        rc = try_near(r, &d, f->offset, err);
    return rc;
}
