/*
 * recover.c - what can be saved from a damaged file (format.md F13, Recover).
 * Floor 9.
 *
 * Only frames are believed, each by its own check: a zstd frame by its
 * checksum, a sheaf frame by its sum. Where none begins, the next magic is
 * searched for; F2.5 makes sure that it is not inside an article.
 */
#include "format/article.h"
#include "base/base.h"
#include "base/buf.h"
#include "format/codec.h"
#include "base/cursor.h"
#include "base/err.h"
#include "format/frame.h"
#include "base/hash.h"
#include "base/mem.h"
#include "format/parity.h"
#include "format/delta.h"
#include "sheaf.h"

#define WINDOW ((size_t)1 << 20)

/* A dictionary that was found. */
struct found_dict {
    uint32_t id;
    uint64_t offset;
    uint64_t length;
};

struct recover {
    struct sheaf_source source;
    struct sheaf_limits limits;
    uint64_t size;
    uint64_t at;
    struct sheaf_buf frame;
    struct sheaf_buf content;
    struct sheaf_buf dict;
    struct codec_ddict *ddict;
    uint32_t dict_id;
    struct found_dict *dicts;
    size_t dict_count;
    size_t dict_room;
    struct sheaf_buf base; /* content that a difference is made against */
    struct codec_dctx *dctx;
    struct article article;
    struct article room;
    sheaf_recovered found;
    void *arg;
    struct sheaf_recovery result;
};

static int
load(struct recover *r, uint64_t offset, uint64_t len, struct sheaf_buf *buf,
     struct sheaf_error *err)
{
    int sys;

    assert(len <= r->size - offset);
    if (!buf_reserve(buf, (size_t)len))
        return fail_nomem(err);
    sys = r->source.ops->read_at(r->source.ctx, offset, buf->data, (size_t)len);
    if (sys != 0)
        return fail_io(err, sys, "reading the archive");
    buf->len = (size_t)len;
    return SHEAF_OK;
}

/* Failures that end the recovery; all others only mean "not whole". */
static bool
ends_it(int rc)
{
    return rc == SHEAF_EIO || rc == SHEAF_ENOMEM || rc == SHEAF_ESTOPPED;
}

/* ---- Articles ----------------------------------------------------------- */

static int
load_frame(struct recover *r, struct codec_header *h, struct sheaf_error *err)
{
    uint64_t left = r->size - r->at;
    uint64_t want = min_u64(left, 65536);
    uint64_t length = 0;
    int rc;

    for (;;) {
        rc = load(r, r->at, want, &r->frame, err);
        if (rc == SHEAF_OK)
            rc = codec_header(r->frame.data, r->frame.len, r->at, h, err);
        if (rc == SHEAF_OK)
            rc = codec_frame_length(r->frame.data, r->frame.len, r->at, &length,
                                    err);
        if (rc != SHEAF_END)
            break;
        if (want == left || want > codec_length_max(h->content_size))
            return fail_corrupt(err, r->at, "F2.2", "frame is cut off");
        want = min_u64(left, want * 4);
    }
    if (rc == SHEAF_OK)
        r->frame.len = (size_t)length;
    return rc;
}

static int
hand_over(struct recover *r, struct sheaf_error *err)
{
    const struct article *a = &r->article;
    struct sheaf_article out = {
        .leaf = r->result.articles,
        .offset = r->at,
        .length = r->frame.len,
        .content_size = a->size,
        .rev = (uint32_t)a->meta.rev,
        .time = a->time,
        .id = a->id,
        .meta = a->line,
        .parts = a->parts,
        .part_count = a->part_count,
    };

    memcpy(out.leaf_hash, a->leaf_hash, 32);
    r->result.articles++;
    return r->found(r->arg, &out, r->at, r->frame.len) == 0
               ? SHEAF_OK
               : fail(err, SHEAF_ESTOPPED, "stopped");
}

/* All that the frame holds must be whole before any of it is handed over. */
static int
hand_over_all(struct recover *r, struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    for (unsigned pass = 0; rc == SHEAF_OK && pass < 2; pass++) {
        struct sheaf_bytes rest = buf_view(&r->content);

        do {
            rc = article_decode(&r->article, rest, r->at, err);
            if (rc != SHEAF_OK)
                break;
            if (pass == 0 && r->article.size == r->content.len)
                return hand_over(r, err);
            if (pass == 1)
                rc = hand_over(r, err);
            rest.data += r->article.size;
            rest.len -= (size_t)r->article.size;
        } while (rc == SHEAF_OK && rest.len != 0);
    }
    return rc;
}

static int
take_article(struct recover *r, struct sheaf_error *err)
{
    struct codec_header h;
    int rc = load_frame(r, &h, err);

    if (rc != SHEAF_OK)
        return rc;
    if (h.content_size > r->limits.article_max ||
        h.content_size / 43690 > r->frame.len + 1)
        return fail_corrupt(err, r->at, "F4.10", "frame states too much");
    if (h.dict_id != 0 && (r->ddict == NULL || h.dict_id != r->dict_id))
        return fail_corrupt(err, r->at, "F4.1", "its dictionary is lost");
    if (!buf_reserve(&r->content, (size_t)h.content_size))
        return fail_nomem(err);
    rc = codec_decompress(r->dctx, h.dict_id != 0 ? r->ddict : NULL,
                          buf_view(&r->frame), r->at, r->content.data,
                          (size_t)h.content_size, err);
    if (rc != SHEAF_OK)
        return rc;
    r->content.len = (size_t)h.content_size;
    return hand_over_all(r, err);
}

/* ---- Dictionaries ------------------------------------------------------- */

/* The PAR frame of the dictionary at r->at, wherever it is: r->content. */
static int
find_parity(struct recover *r, uint32_t packed, uint64_t *offset,
            struct sheaf_error *err)
{
    uint64_t len = parity_bytes(packed);
    uint64_t at = r->at + DICT_HEAD_SIZE;
    int rc = SHEAF_OK;

    while (r->size - at >= len) {
        size_t n = (size_t)min_u64(r->size - at, WINDOW);
        size_t hit;

        rc = load(r, at, n, &r->content, err);
        if (rc != SHEAF_OK)
            return rc;
        hit = codec_find_magic(r->content.data, n);
        if (hit == n) {
            at += n > 3 ? n - 3 : n;
            if (n < WINDOW)
                break;
            continue;
        }
        at += hit;
        if (r->size - at < len)
            break;
        rc = load(r, at, len, &r->content, err);
        if (rc != SHEAF_OK)
            return rc;
        if (memcmp(r->content.data + 8, "PAR", 3) == 0 &&
            get_be(r->content.data + FRAME_HEAD_SIZE, 8) == r->at) {
            *offset = at;
            return SHEAF_OK;
        }
        at++;
    }
    return fail_corrupt(err, r->at, "F5.3", "no parity for a dictionary");
}

static int
remember_dict(struct recover *r, uint64_t length, struct sheaf_error *err)
{
    for (size_t i = 0; i < r->dict_count; i++) {
        if (r->dicts[i].offset == r->at)
            return SHEAF_OK;
    }
    if (r->dict_count == r->dict_room) {
        size_t room = r->dict_room * 2 + 16;
        struct found_dict *dicts = mem_resize(r->dicts, room, sizeof *dicts);

        if (dicts == NULL)
            return fail_nomem(err);
        r->dicts = dicts;
        r->dict_room = room;
    }
    r->dicts[r->dict_count++] =
        (struct found_dict){ r->dict_id, r->at, length };
    return SHEAF_OK;
}

static int
take_dict(struct recover *r, uint64_t length, struct sheaf_error *err)
{
    uint32_t packed = (uint32_t)length - DICT_HEAD_SIZE;
    struct sheaf_bytes payload;
    int rc;

    codec_ddict_free(r->ddict);
    r->ddict = NULL;
    if (length - DICT_HEAD_SIZE > CODEC_DICT_MAX || packed == 0)
        return fail_corrupt(err, r->at, "F5.1", "no such dictionary");
    rc = load(r, r->at, length, &r->frame, err);
    if (rc != SHEAF_OK)
        return rc;
    payload.data = r->frame.data + DICT_HEAD_SIZE;
    payload.len = packed;
    rc = codec_unpack_dict(payload, r->at, &r->dict, err);
    if (rc == SHEAF_ECORRUPT) {
        uint64_t par = 0;

        rc = find_parity(r, packed, &par, err);
        if (rc == SHEAF_OK)
            rc = parity_repair(buf_view(&r->content), par,
                            r->frame.data + DICT_HEAD_SIZE, packed, err);
        if (rc == SHEAF_OK)
            rc = codec_unpack_dict(payload, r->at, &r->dict, err);
    }
    if (rc == SHEAF_OK && r->dict.len < 8)
        rc = fail_corrupt(err, r->at, "F5.2", "no dictionary there");
    if (rc == SHEAF_OK)
        rc = codec_ddict_new(&r->ddict, buf_view(&r->dict), err);
    if (rc == SHEAF_OK) {
        r->dict_id = get_le32(r->dict.data + 4);
        rc = remember_dict(r, length, err);
    }
    r->frame.len = (size_t)length;
    return rc;
}

/* Another dictionary that was found before takes the place of the one that is
 * loaded; *back is what it was. */
static int
switch_dict(struct recover *r, uint32_t id, uint32_t *back,
            struct sheaf_error *err)
{
    *back = r->ddict != NULL ? r->dict_id : 0;
    if (id == 0 || id == *back)
        return SHEAF_OK;
    for (size_t i = 0; i < r->dict_count; i++) {
        if (r->dicts[i].id == id) {
            uint64_t at = r->at;
            int rc;

            r->at = r->dicts[i].offset;
            rc = take_dict(r, r->dicts[i].length, err);
            r->at = at;
            return rc;
        }
    }
    return fail_corrupt(err, r->at, "F4.1", "its dictionary is lost");
}

/* ---- Differences -------------------------------------------------------- */

/* The content of the frame in r->frame, in r->content. */
static int
unpack(struct recover *r, const struct codec_header *h,
       struct sheaf_error *err)
{
    uint32_t back;
    struct sheaf_buf frame = r->frame;
    int rc;

    memset(&r->frame, 0, sizeof r->frame); /* loading a dictionary uses it */
    rc = switch_dict(r, h->dict_id, &back, err);
    sheaf_buf_free(&r->frame);
    r->frame = frame;
    if (rc != SHEAF_OK)
        return rc;
    if (buf_reserve(&r->content, (size_t)h->content_size)) {
        rc = codec_decompress(r->dctx, h->dict_id != 0 ? r->ddict : NULL,
                              buf_view(&r->frame), r->at, r->content.data,
                              (size_t)h->content_size, err);
        r->content.len = (size_t)h->content_size;
    } else {
        rc = fail_nomem(err);
    }
    if (back != 0 && rc == SHEAF_OK) {
        memset(&r->frame, 0, sizeof r->frame);
        rc = switch_dict(r, back, &back, err);
        sheaf_buf_free(&r->frame);
        r->frame = frame;
    }
    return rc;
}

/* The revision in the REV frame at r->at, of `length` bytes. */
static int
take_patch(struct recover *r, uint64_t length, struct sheaf_error *err)
{
    struct sheaf_buf whole = { 0 };
    struct sheaf_bytes body;
    struct codec_header h;
    struct delta p;
    struct sheaf_buf content;
    int rc = length <= codec_length_max(DELTA_CONTENT_MAX)
                 ? load(r, r->at, length, &whole, err)
                 : fail_corrupt(err, r->at, "F4.13", "more than 1 MiB");

    if (rc == SHEAF_OK)
        rc = frame_body(buf_view(&whole), r->at, "REV", &body, err);
    if (rc == SHEAF_OK)
        rc = delta_decode(body, r->at, &p, err);
    if (rc == SHEAF_OK)
        rc = load(r, p.base, p.length, &r->frame, err);
    if (rc == SHEAF_OK)
        rc = delta_base_header(&p, buf_view(&r->frame), r->at, &h, err);
    if (rc == SHEAF_OK)
        rc = unpack(r, &h, err);
    if (rc != SHEAF_OK)
        goto out;
    content = r->base;
    r->base = r->content;
    r->content = content;
    if (!buf_reserve(&r->content, (size_t)p.content_size)) {
        rc = fail_nomem(err);
        goto out;
    }
    rc = codec_decompress_delta(r->dctx, buf_view(&r->base), p.frame, r->at,
                                r->content.data, (size_t)p.content_size, err);
    if (rc != SHEAF_OK)
        goto out;
    r->content.len = (size_t)p.content_size;
    r->frame.len = (size_t)length;
    rc = article_decode(&r->article, buf_view(&r->content), r->at, err);
    if (rc == SHEAF_OK)
        rc = delta_check_base(buf_view(&r->base), &r->article, &r->room,
                              r->at, err);
    if (rc == SHEAF_OK)
        rc = hand_over(r, err);

out:
    sheaf_buf_free(&whole);
    r->frame.len = (size_t)length;
    return rc;
}

/* ---- The walk ----------------------------------------------------------- */

/* What begins at r->at, if it is whole: r->frame.len is its length then. */
static int
take_frame(struct recover *r, struct sheaf_error *err)
{
    uint8_t head[FRAME_HEAD_SIZE];
    size_t len = (size_t)min_u64(r->size - r->at, sizeof head);
    struct sheaf_bytes body;
    struct frame f;
    int rc = load(r, r->at, len, &r->frame, err);

    if (rc != SHEAF_OK)
        return rc;
    memcpy(head, r->frame.data, len);
    rc = frame_peek(head, len, r->at, r->size, &f, err);
    if (rc != SHEAF_OK)
        return rc;
    if (f.kind == FRAME_ZSTD)
        return take_article(r, err);
    if (f.kind == FRAME_DICT)
        return take_dict(r, f.length, err);
    if (strcmp(f.type, "REV") == 0)
        return take_patch(r, f.length, err);
    rc = load(r, r->at, f.length, &r->frame, err);
    return rc == SHEAF_OK
               ? frame_body(buf_view(&r->frame), r->at, f.type, &body, err)
               : rc;
}

static bool
may_begin(const uint8_t *p)
{
    return memcmp(p, "\x28\xb5\x2f\xfd", 4) == 0 ||
           memcmp(p, "\x5d\x2a\x4d\x18", 4) == 0 ||
           memcmp(p, FRAME_MAGIC, 4) == 0;
}

/* The next place from r->at on where a frame may begin, or the end. */
static int
skip_to_magic(struct recover *r, struct sheaf_error *err)
{
    while (r->size - r->at >= 4) {
        size_t n = (size_t)min_u64(r->size - r->at, WINDOW);
        int rc = load(r, r->at, n, &r->frame, err);

        if (rc != SHEAF_OK)
            return rc;
        for (size_t i = 0; i + 4 <= n; i++) {
            if (may_begin(r->frame.data + i)) {
                r->at += i;
                return SHEAF_OK;
            }
        }
        r->at += n - 3;
    }
    r->at = r->size;
    return SHEAF_OK;
}

static int
report_lost(struct recover *r, uint64_t from, uint64_t to,
            struct sheaf_error *err)
{
    if (from == to)
        return SHEAF_OK;
    r->result.lost_bytes += to - from;
    r->result.lost_places++;
    return r->found(r->arg, NULL, from, to - from) == 0
               ? SHEAF_OK
               : fail(err, SHEAF_ESTOPPED, "stopped");
}

static int
walk(struct recover *r, struct sheaf_error *err)
{
    uint64_t lost = 0; /* where the stretch of bytes began that were not */

    while (r->at < r->size) {
        uint64_t at = r->at;
        int rc = take_frame(r, err);

        if (ends_it(rc))
            return rc;
        if (rc == SHEAF_OK) {
            rc = report_lost(r, lost, at, err);
            r->at = lost = at + r->frame.len;
        } else {
            r->at = at + 1;
            rc = skip_to_magic(r, err);
        }
        if (rc != SHEAF_OK)
            return rc;
    }
    return report_lost(r, lost, r->size, err);
}

int
sheaf_recover(struct sheaf_source source, const struct sheaf_limits *limits,
              sheaf_recovered found, void *arg, struct sheaf_recovery *out,
              struct sheaf_error *err)
{
    static const struct sheaf_limits limits_default = SHEAF_LIMITS_DEFAULT;
    struct recover *r = NULL;
    int rc = hash_start(err);

    if (rc == SHEAF_OK) {
        r = mem_new(1, sizeof *r);
        rc = r != NULL ? codec_dctx_new(&r->dctx, err) : fail_nomem(err);
    }
    if (rc == SHEAF_OK) {
        r->source = source;
        r->limits = limits != NULL ? *limits : limits_default;
        r->size = source.ops->size(source.ctx);
        r->found = found;
        r->arg = arg;
        rc = walk(r, err);
    }
    if (rc == SHEAF_OK && out != NULL)
        *out = r->result;
    if (r != NULL) {
        codec_ddict_free(r->ddict);
        codec_dctx_free(r->dctx);
        article_free(&r->article);
        article_free(&r->room);
        mem_free(r->dicts);
        sheaf_buf_free(&r->base);
        sheaf_buf_free(&r->frame);
        sheaf_buf_free(&r->content);
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
    static const char *const ours[] = { "rev", "prev", "parts", NULL };

    return article_members(meta, ours, out) ? SHEAF_OK : fail_nomem(err);
}
