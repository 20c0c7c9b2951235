/*
 * load.c - articles: from an offset to checked bytes (format.md F4, F13).
 *
 * The last frame stays loaded in the scratch, so that its other articles are
 * not read and decompressed again.
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/err.h"
#include "format/frame.h"
#include "format/delta.h"

#define FIRST_READ 4096

/* ---- The frame ---------------------------------------------------------- */

int
reader_check_size(const struct sheaf_reader *r, uint64_t offset, uint64_t size,
                  struct sheaf_error *err)
{
    return size <= r->limits.article_max
               ? SHEAF_OK
               : fail_limit(err, offset, "F14.1",
                            "article of %llu bytes: over the limit",
                            (unsigned long long)size);
}

/* Reads the frame at an entry into the window: all of it, unless the
 * article is large. SHEAF_END: it is a revision stored as a difference.
 * SHEAF_EREDACTED: it is a LEF frame. */
static int
read_frame(const struct sheaf_reader *r, struct sheaf_scratch *s,
           uint64_t offset, uint64_t length, struct walk_frame *f,
           struct sheaf_error *err)
{
    int rc;

    if (offset < HEAD_SIZE || offset >= r->file_size)
        return fail_corrupt(err, offset, "F8.3", "no article there");
    s->walk.at = offset;
    s->walk.step = length != 0 && length < TABLE_LENGTH_MAX ? length
                                                            : FIRST_READ;
    s->walk.window.len = 0; /* an earlier read may be outdated */
    rc = walk_peek(&s->walk, f, err);
    if (rc != SHEAF_OK)
        return rc;
    if (f->type == FRAME_REV)
        return SHEAF_END;
    if (f->type == FRAME_LEF)
        return fail(err, SHEAF_EREDACTED, "redacted");
    if (f->type != FRAME_ZSTD)
        return fail_corrupt(err, offset, "F8.3", "no article there");
    rc = reader_check_size(r, offset, f->header.content_size, err);
    if (rc != SHEAF_OK)
        return rc;
    return f->header.content_size <= SHEAF_WHOLE_MAX
               ? walk_load(&s->walk, f, err)
               : SHEAF_OK;
}

/* Loads a revision stored as a difference (F4.12, F4.13), whose frame is
 * `f`: first the content of its base to s->base, then its own to
 * s->content. */
static int
load_delta(const struct sheaf_reader *r, struct sheaf_scratch *s,
           struct walk_frame *f, struct sheaf_error *err)
{
    struct codec_header h;
    struct sheaf_buf *whole = &s->delta;
    struct sheaf_bytes body, base;
    struct delta d;
    int rc = f->length > codec_length_max(DELTA_CONTENT_MAX)
                 ? fail_corrupt(err, f->offset, "F4.13", "more than 1 MiB")
                 : walk_load(&s->walk, f, err);

    whole->len = 0;
    if (rc == SHEAF_OK && !buf_add(whole, f->bytes.data, f->bytes.len))
        rc = fail_nomem(err);
    if (rc == SHEAF_OK)
        rc = frame_body(buf_view(whole), f->offset, FRAME_REV, &body, err);
    if (rc == SHEAF_OK)
        rc = delta_decode(body, f->offset, &d, err);
    base.len = d.length;
    if (rc == SHEAF_OK)
        rc = walk_bytes(&s->walk, d.base, d.length, &base.data, err);
    if (rc == SHEAF_OK)
        rc = delta_base_header(&d, base, f->offset, &h, err);
    if (rc == SHEAF_OK)
        rc = reader_unpack(r, s, &h, base, d.base, &s->base, err);
    if (rc == SHEAF_OK)
        rc = delta_check_size(buf_view(&s->base), f->offset, err);
    if (rc == SHEAF_OK)
        rc = codec_unpack_delta(s->dctx, buf_view(&s->base), d.content_size,
                                d.frame, f->offset, &s->content, err);
    if (rc != SHEAF_OK)
        return rc;
    s->loaded.delta = true;
    s->loaded.base_offset = d.base;
    s->loaded.base_length = d.length;
    return SHEAF_OK;
}

/* Decodes the line of article number `index` of the frame whose content is
 * loaded.
 * Article number `i`, which is not after it, begins at `at`. */
static int
decode_loaded(struct sheaf_scratch *s, uint64_t offset, uint32_t i, size_t at,
              uint32_t index, struct sheaf_error *err)
{
    struct sheaf_bytes rest = buf_view(&s->content);

    if (at != 0) /* an empty frame has no bytes at all */
        rest = sheaf_view(rest.data + at, rest.len - at);
    for (;; i++) {
        int rc = article_begin(&s->article, rest, offset, err);

        if (rc != SHEAF_OK)
            return rc;
        if (i == index)
            break;
        rest.data += s->article.size;
        rest.len -= (size_t)s->article.size;
        if (rest.len == 0)
            return fail_corrupt(err, offset, "F7.3",
                                "the frame has fewer articles");
    }
    s->loaded.begun = true;
    s->loaded.index = index;
    s->loaded.at = s->content.len - rest.len;
    s->loaded.size = s->article.size;
    return SHEAF_OK;
}

bool
reader_in_block(const struct sheaf_scratch *s)
{
    return !s->loaded.large && s->article.size != s->content.len;
}

int
reader_pick(struct sheaf_scratch *s, const struct sheaf_bytes *id,
            const uint8_t *hash, uint32_t *index, struct sheaf_error *err)
{
    struct sheaf_bytes rest = buf_view(&s->content);

    assert(!s->loaded.large);
    if (s->loaded.there && hash != NULL &&
        (id == NULL || bytes_equal(s->article.id, *id)) &&
        memcmp(s->article.leaf_hash, hash, 32) == 0) {
        *index = s->loaded.index;
        return SHEAF_OK;
    }
    s->loaded.there = s->loaded.begun = false;
    for (uint32_t i = 0; rest.len != 0; i++) {
        struct article *a = &s->article;
        int rc = article_begin(a, rest, s->loaded.offset, err);

        if (rc != SHEAF_OK)
            return rc;
        if (id == NULL || bytes_equal(a->id, *id)) {
            article_finish(a, rest);
            if (hash == NULL || memcmp(a->leaf_hash, hash, 32) == 0) {
                s->loaded.there = s->loaded.begun = true;
                s->loaded.index = *index = i;
                s->loaded.at = s->content.len - rest.len;
                s->loaded.size = a->size;
                return SHEAF_OK;
            }
        }
        rest.data += a->size;
        rest.len -= (size_t)a->size;
    }
    return SHEAF_ENOTFOUND;
}

/* ---- Loading --------------------------------------------------------- */

/* Decodes another article of the frame that is loaded: a later one from the
 * one that is there, so that a block can be read in order in linear time. */
static int
load_other(struct sheaf_scratch *s, uint32_t index, struct sheaf_error *err)
{
    bool later = index > s->loaded.index;

    s->loaded.there = s->loaded.begun = false;
    if (s->loaded.large)
        return fail_corrupt(err, s->loaded.offset, "F4.11",
                            "more than one article in more than 64 KiB");
    return decode_loaded(s, s->loaded.offset, later ? s->loaded.index : 0,
                         later ? s->loaded.at : 0, index, err);
}

int
reader_load(const struct sheaf_reader *r, struct sheaf_scratch *s,
            const struct sheaf_entry *entry, struct sheaf_error *err)
{
    int rc = reader_load_line(r, s, entry, err);

    if (rc == SHEAF_OK && !s->loaded.there) {
        article_finish(&s->article, sheaf_view(s->content.data + s->loaded.at,
                                               s->content.len - s->loaded.at));
        s->loaded.there = true;
    }
    return rc;
}

int
reader_load_line(const struct sheaf_reader *r, struct sheaf_scratch *s,
                 const struct sheaf_entry *entry, struct sheaf_error *err)
{
    struct walk_frame f;
    int rc;

    reader_claim(r, s);
    if (s->loaded.begun && s->loaded.offset == entry->offset)
        return s->loaded.index == entry->index
                   ? SHEAF_OK
                   : load_other(s, entry->index, err);
    /* From here until the end, a failure leaves nothing loaded. */
    s->loaded = (struct loaded){ .offset = entry->offset };
    rc = read_frame(r, s, entry->offset, entry->length, &f, err);
    if (rc == SHEAF_ECORRUPT) {
        rc = reader_put_right(r, rc, 0, err);
        if (rc == SHEAF_OK)
            rc = read_frame(r, s, entry->offset, entry->length, &f, err);
    }
    if (rc == SHEAF_END) {
        rc = load_delta(r, s, &f, err);
    } else if (rc == SHEAF_OK && f.header.content_size > SHEAF_WHOLE_MAX) {
        s->loaded.large = true;
        s->loaded.size = f.header.content_size;
        rc = reader_load_large(r, s, entry->offset, &f.header, err);
        s->loaded.there = s->loaded.begun = rc == SHEAF_OK;
        return rc;
    } else if (rc == SHEAF_OK) {
        rc = reader_unpack(r, s, &f.header, f.bytes, entry->offset,
                           &s->content, err);
        if (rc == SHEAF_OK)
            rc = reader_check_size(r, entry->offset, s->content.len, err);
    }
    s->loaded.length = f.length;
    return rc == SHEAF_OK
               ? decode_loaded(s, entry->offset, 0, 0, entry->index, err)
               : rc;
}
