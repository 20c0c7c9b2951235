/*
 * tail.c - what follows the end record (format.md F12).
 *
 * An append that is running, or was killed, has written whole frames, and at
 * most one that is cut off. If there are other bytes, the power failed while
 * they were written, or a sector was damaged later that held the end of a
 * generation. What is there does not tell which.
 */
#include "read/reader.h"

#include "base/cursor.h"
#include "base/err.h"
#include "format/frame.h"
#include "format/ledger.h"
#include "read/walk.h"

/* A generation has two tops of at least 96 bytes each, and two ends. One
 * sector takes both only if there is no PAD. */
#define TAIL_MIN (2 * ((uint64_t)END_SIZE + 96))
#define TAIL_MAX (PAD_FROM + PAD_FROM_TOP + (uint64_t)END_SIZE)

static bool
ends_in_zeros(const uint8_t *p, size_t len)
{
    size_t n = 0;

    while (n < len && n < END_SIZE && p[len - 1 - n] == 0)
        n++;
    return n == END_SIZE;
}

/* Whether the frame at w->at, which cannot be loaded, is just cut off. */
static int
is_cut(struct walk *w, bool *out, struct sheaf_error *err)
{
    size_t len = (size_t)(w->end - w->at);
    struct codec_header header;
    const uint8_t *p;
    uint64_t length;
    int rc = walk_bytes(w, w->at, len, &p, err);

    if (rc != SHEAF_OK)
        return rc;
    if (len < FRAME_HEAD_SIZE)
        *out = true;
    else if (frame_type_at(p, len) != FRAME_ZSTD)
        *out = frame_type_at(p, len) != FRAME_NONE &&
               (uint64_t)get_le32(p + 4) + 8 > len;
    else /* zeros are blocks without end, all of them empty */
        *out = codec_frame_length(p, len, w->at, &length, NULL) == SHEAF_END &&
               codec_header(p, len, w->at, &header, NULL) == SHEAF_OK &&
               len < codec_length_max(header.content_size) &&
               !ends_in_zeros(p, len);
    return rc;
}

int
reader_look_at_tail(struct sheaf_reader *r, struct sheaf_error *err)
{
    struct walk w = { .source = r->source,
                      .at = r->end.end,
                      .end = r->file_size,
                      .step = TAIL_MAX };
    struct sheaf_error why = { 0 };
    uint64_t leaves = 0;
    bool cut = false;
    int rc = SHEAF_OK;

    if (r->lost_leaves != 0 || r->file_size < r->end.end + TAIL_MIN ||
        r->file_size > r->end.end + TAIL_MAX)
        return SHEAF_OK;
    while (rc == SHEAF_OK && w.at < w.end) {
        struct walk_frame f;
        struct group g;

        rc = walk_peek(&w, &f, &why);
        if (rc == SHEAF_OK)
            rc = walk_load(&w, &f, &why);
        if (rc != SHEAF_OK)
            break;
        if (f.type == FRAME_GRP && f.body.len >= GROUP_FIXED &&
            group_decode_fixed(f.body, f.offset, &g, NULL) == SHEAF_OK)
            leaves += g.count;
        walk_pass(&w, &f);
    }
    if (rc == SHEAF_ENOMEM || rc == SHEAF_EIO) {
        if (err != NULL)
            *err = why;
    } else {
        cut = rc == SHEAF_OK;
        rc = cut ? rc : is_cut(&w, &cut, err);
    }
    if (rc == SHEAF_OK && !cut)
        r->lost_leaves = max_u64(leaves, 1);
    walk_free(&w);
    return rc;
}
