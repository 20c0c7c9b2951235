/*
 * delta.c - revisions that are stored as differences.
 */
#include "format/delta.h"

#include "base/buf.h"
#include "format/codec.h"
#include "base/cursor.h"
#include "base/err.h"
#include "format/frame.h"

bool
delta_encode(uint64_t base, uint32_t length, struct sheaf_bytes frame,
             struct sheaf_buf *out)
{
    size_t start = out->len;

    return frame_begin(out, FRAME_REV) && buf_add_be(out, base, 8) &&
           buf_add_be(out, length, 4) &&
           buf_add(out, frame.data, frame.len) && frame_end(out, start);
}

static int
check_frame(struct sheaf_bytes frame, uint64_t offset, uint64_t *content_size,
            struct sheaf_error *err)
{
    struct codec_header h;
    uint64_t length;
    int rc;

    if (frame.len < 4 || memcmp(frame.data, FRAME_ZSTD_MAGIC, 4) != 0)
        return fail_corrupt(err, offset, "F4.13",
                            "difference without a zstd frame");
    rc = codec_header(frame.data, frame.len, offset, &h, err);
    if (rc != SHEAF_OK)
        return rc;
    if (h.dict_id != 0 || h.content_size > DELTA_CONTENT_MAX)
        return fail_corrupt(err, offset, "F4.13",
                            "a difference with a dictionary, or of more than "
                            "1 MiB");
    rc = codec_frame_length(frame.data, frame.len, offset, &length, err);
    if (rc == SHEAF_END || (rc == SHEAF_OK && length != frame.len))
        return fail_corrupt(err, offset, "F4.13", "more than one zstd frame");
    if (rc != SHEAF_OK)
        return rc;
    if (codec_hides_magic(frame.data, frame.len))
        return fail_corrupt(err, offset, "F2.5",
                            "the magic of a frame within an article");
    if (!codec_is_canonical(frame.data, frame.len))
        return fail_corrupt(err, offset, "F4.10",
                            "reserved bits are set in a block");
    *content_size = h.content_size;
    return SHEAF_OK;
}

int
delta_decode(struct sheaf_bytes body, uint64_t offset, struct delta *out,
             struct sheaf_error *err)
{
    struct cursor c = cursor_over(body.data, body.len);
    struct delta p;
    int rc;

    p.base = cursor_u64(&c);
    p.length = cursor_u32(&c);
    p.frame.len = cursor_left(&c);
    p.frame.data = c.at;
    if (c.bad || p.base < HEAD_SIZE || p.base >= offset ||
        p.length > offset - p.base || p.length < 4 ||
        p.length > codec_length_max(DELTA_CONTENT_MAX))
        return fail_corrupt(err, offset, "F4.12",
                            "the article that it is made against is not "
                            "before it");
    rc = check_frame(p.frame, offset, &p.content_size, err);
    if (rc == SHEAF_OK)
        *out = p;
    return rc;
}

int
delta_base_header(const struct delta *p, struct sheaf_bytes frame,
                  uint64_t offset, struct codec_header *out,
                  struct sheaf_error *err)
{
    struct codec_header h;
    uint64_t length;

    if (memcmp(frame.data, FRAME_ZSTD_MAGIC, 4) != 0 ||
        codec_header(frame.data, frame.len, p->base, &h, NULL) != SHEAF_OK ||
        codec_frame_length(frame.data, frame.len, p->base, &length, NULL) !=
            SHEAF_OK ||
        length != p->length || h.content_size > DELTA_CONTENT_MAX)
        return fail_corrupt(err, offset, "F4.12",
                            "not made against an article of at most 1 MiB");
    *out = h;
    return SHEAF_OK;
}

int
delta_check_size(struct sheaf_bytes content, uint64_t offset,
                 struct sheaf_error *err)
{
    return content.len <= DELTA_CONTENT_MAX
               ? SHEAF_OK
               : fail_corrupt(err, offset, "F4.12",
                              "not made against an article of at most 1 MiB");
}

int
delta_check_base(struct sheaf_bytes content, const struct article *a,
                 struct article *room, uint64_t offset,
                 struct sheaf_error *err)
{
    while (content.len != 0) {
        int rc = article_begin(room, content, offset, err);

        if (rc == SHEAF_ENOMEM)
            return rc;
        if (rc != SHEAF_OK)
            break;
        if (bytes_equal(room->id, a->id) && room->meta.rev < a->meta.rev)
            return SHEAF_OK;
        content.data += room->size;
        content.len -= (size_t)room->size;
    }
    return fail_corrupt(err, offset, "F4.12",
                        "not made against an earlier revision");
}
