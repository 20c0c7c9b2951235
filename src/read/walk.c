/*
 * walk.c - the frames of a file, one after the other.
 */
#include "read/walk.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "read/damage_source.h"

/* Bytes of a frame that walk_peek reads: enough for any header. */
#define PEEK CODEC_HEADER_MAX
/* Of frames inside of each other, each would be looked at up to its end, which
 * takes quadratic time. Once that many times the file was looked at in vain,
 * only short frames are tried. */
#define VAIN_TIMES 16
#define SHORT_FRAME ((uint64_t)4 << 10)

void
walk_free(struct walk *w)
{
    sheaf_buf_free(&w->window);
}

bool
walk_refill(struct sheaf_buf *buf, size_t cap)
{
#ifdef SHEAF_TEST
    size_t had = buf->cap;

    if (mem_has_failed()) { /* not where allocations are to fail */
        sheaf_buf_free(buf);
        cap = cap > had ? cap : had;
    }
#endif
    buf->len = 0;
    return buf_reserve(buf, cap);
}

int
walk_bytes(struct walk *w, uint64_t offset, uint64_t len, const uint8_t **out,
           struct sheaf_error *err)
{
    uint64_t want, end;
    int sys;

    if (ADD_OVERFLOWS(offset, len, &end) || end > w->end)
        return fail_corrupt(err, offset, "F2.2", "the file ends before");
    if (moved_epoch(&w->source) != w->epoch)
        w->window.len = 0;
    w->epoch = moved_epoch(&w->source);
    if (offset < w->window_at || end > w->window_at + w->window.len) {
        want = max_u64(len, min_u64(w->step, w->end - offset));
        if (!walk_refill(&w->window, (size_t)want))
            return fail_nomem(err);
        sys = w->source.ops->read_at(w->source.ctx, offset, w->window.data,
                                     (size_t)want);
        if (sys != 0)
            return fail_io(err, sys, "reading the archive");
        w->window_at = offset;
        w->window.len = (size_t)want;
    }
    *out = w->window.data + (offset - w->window_at);
    return SHEAF_OK;
}

int
walk_peek(struct walk *w, struct walk_frame *out, struct sheaf_error *err)
{
    struct frame f;
    const uint8_t *head;
    size_t len;
    int rc;

    memset(out, 0, sizeof *out);
    if (w->at >= w->end)
        return fail_corrupt(err, w->at, "F2.2", "a frame is missing");
    len = (size_t)min_u64(PEEK, w->end - w->at);
    rc = walk_bytes(w, w->at, len, &head, err);
    if (rc == SHEAF_OK)
        rc = frame_peek(head, len, w->at, w->end, &f, err);
    if (rc != SHEAF_OK)
        return rc;
    out->type = f.type;
    out->offset = f.offset;
    out->length = f.length;
    return f.type == FRAME_ZSTD
               ? codec_header(head, len, w->at, &out->header, err)
               : SHEAF_OK;
}

static bool
is_spent(const struct walk *w)
{
    return w->vain / VAIN_TIMES > w->end;
}

static int
give_up(uint64_t offset, struct sheaf_error *err)
{
    return fail_corrupt(err, offset, "F2.2",
                        "a long frame after too many that are none");
}

/* Loads a zstd frame. Its length is known only from its blocks, so the
 * window grows until the last block is in it. */
static int
load_zstd(struct walk *w, struct walk_frame *f, struct sheaf_error *err)
{
    uint64_t left = w->end - f->offset;
    uint64_t most = codec_length_max(f->header.content_size);
    uint64_t have = w->window_at + w->window.len - f->offset;

    if (is_spent(w))
        have = most = SHORT_FRAME;
    for (;;) {
        size_t len = (size_t)min_u64(have, left);
        int rc = walk_bytes(w, f->offset, len, &f->bytes.data, err);

        if (rc == SHEAF_OK)
            rc = codec_frame_length(f->bytes.data, len, f->offset, &f->length,
                                    err);
        w->looked = f->offset + len; /* at most */
        if (rc == SHEAF_OK) {
            f->bytes.len = (size_t)f->length;
            w->looked = f->offset + f->length;
        }
        if (rc != SHEAF_END)
            return rc;
        if (is_spent(w))
            return give_up(f->offset, err);
        if (have >= left || have > most)
            return fail_corrupt(err, f->offset, "F2.2", "frame is cut off");
        have = max_u64(have * 4, w->step);
    }
}

int
walk_load(struct walk *w, struct walk_frame *f, struct sheaf_error *err)
{
    int rc;

    if (f->type == FRAME_ZSTD)
        return load_zstd(w, f, err);
    if (f->length > SHORT_FRAME && is_spent(w))
        return give_up(f->offset, err);
    rc = walk_bytes(w, f->offset, f->length, &f->bytes.data, err);
    if (rc != SHEAF_OK)
        return rc;
    f->bytes.len = (size_t)f->length;
    w->looked = f->offset + f->length;
    return f->type != FRAME_DICT
               ? frame_body(f->bytes, f->offset, f->type, &f->body, err)
               : SHEAF_OK;
}

void
walk_pass(struct walk *w, const struct walk_frame *f)
{
    w->at = f->offset + f->length;
}

/* How many bytes to search next: those at hand, as long as a magic fits in.
 * A whole step for each magic would read the file again for each. */
static uint64_t
searched(const struct walk *w)
{
    uint64_t hand = w->window_at + w->window.len;

    return w->at >= w->window_at && hand >= w->at + FRAME_MAGIC_SIZE
               ? hand - w->at
               : min_u64(w->end - w->at, w->step);
}

int
walk_resume(struct walk *w, struct sheaf_error *err)
{
    if (w->looked > w->at)
        w->vain += w->looked - w->at;
    w->looked = 0;
    for (w->at++; w->end - w->at >= FRAME_MAGIC_SIZE;) {
        uint64_t len = searched(w);
        const uint8_t *p;
        size_t found;
        int rc = walk_bytes(w, w->at, len, &p, err);

        if (rc != SHEAF_OK)
            return rc;
        found = frame_find(p, (size_t)len);
        if (found < len) {
            w->at += found;
            return SHEAF_OK;
        }
        w->at += len - (FRAME_MAGIC_SIZE - 1);
    }
    w->at = w->end;
    return SHEAF_OK;
}
