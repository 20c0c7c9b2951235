/*
 * codec_unpack.c - zstd frames to bytes, and codes of words undone.
 */
#include "format/codec.h"

/* For ZSTD_createDDict_byReference, which saves a copy of the dictionary.
 * The shared library has exported it since 1.2. */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "format/frame.h"
#include "format/words.h"

#define WINDOW_LOG_MAX 23
#define STREAM_CHUNK ((size_t)1 << 17)

struct codec_dctx {
    ZSTD_DCtx *zstd;
    uint8_t *in;
    uint8_t *out;
    struct sheaf_buf coded; /* content as codes of words */
};

struct codec_ddict {
    ZSTD_DDict *zstd;
    struct words *words; /* NULL: the dictionary has no table of them */
};

static const ZSTD_DDict *
as_ddict(const struct codec_ddict *ddict)
{
    return ddict != NULL ? ddict->zstd : NULL;
}

int
codec_ddict_new(struct codec_ddict **out, struct sheaf_bytes dict,
                uint64_t offset, struct sheaf_error *err)
{
    struct codec_ddict *d = mem_new(1, sizeof *d);
    struct sheaf_bytes table;
    int rc;

    if (d == NULL)
        return fail_nomem(err);
    rc = words_find(dict, offset, &table, err);
    if (rc == SHEAF_OK && table.len != 0)
        rc = words_new(&d->words, table, offset, err);
    if (rc == SHEAF_OK) {
        d->zstd = ZSTD_createDDict_byReference(dict.data, dict.len);
        /* Memory for 30 KB may also be short; zstd does not say which. */
        if (d->zstd == NULL)
            rc = fail_corrupt(err, offset, "F5.2",
                              "zstd refuses the dictionary");
    }
    if (rc != SHEAF_OK) {
        codec_ddict_free(d);
        return rc;
    }
    *out = d;
    return SHEAF_OK;
}

void
codec_ddict_free(struct codec_ddict *ddict)
{
    if (ddict == NULL)
        return;
    ZSTD_freeDDict(ddict->zstd);
    words_free(ddict->words);
    mem_free(ddict);
}

bool
codec_has_words(const struct codec_ddict *ddict)
{
    return ddict != NULL && ddict->words != NULL;
}

int
codec_check_flag(const struct codec_ddict *ddict, uint64_t offset, bool flag,
                 struct sheaf_error *err)
{
    return flag || !codec_has_words(ddict)
               ? SHEAF_OK
               : fail_corrupt(err, offset, "F17.3",
                              "a table of words, but the head names none");
}

uint64_t
codec_undone_max(const struct codec_ddict *ddict, uint64_t content_size)
{
    return codec_has_words(ddict) && content_size <= WORDS_CONTENT_MAX
               ? min_u64(content_size * (WORDS_ENTRY_MAX + 1),
                         WORDS_CONTENT_MAX)
               : content_size;
}

int
codec_dctx_new(struct codec_dctx **out, struct sheaf_error *err)
{
    struct codec_dctx *d = mem_new(1, sizeof *d);

    if (d == NULL)
        return fail_nomem(err);
    d->zstd = ZSTD_createDCtx();
    if (d->zstd == NULL ||
        ZSTD_isError(ZSTD_DCtx_setParameter(d->zstd, ZSTD_d_windowLogMax,
                                            WINDOW_LOG_MAX))) {
        codec_dctx_free(d);
        return fail_nomem(err);
    }
    *out = d;
    return SHEAF_OK;
}

void
codec_dctx_free(struct codec_dctx *dctx)
{
    if (dctx == NULL)
        return;
    ZSTD_freeDCtx(dctx->zstd);
    sheaf_buf_free(&dctx->coded);
    mem_free(dctx->in);
    mem_free(dctx->out);
    mem_free(dctx);
}

int
codec_decompress(struct codec_dctx *dctx, const struct codec_ddict *ddict,
                 struct sheaf_bytes frame, uint64_t offset, uint8_t *out,
                 size_t out_len, struct sheaf_error *err)
{
    size_t n = ZSTD_decompress_usingDDict(dctx->zstd, out, out_len, frame.data,
                                          frame.len, as_ddict(ddict));

    if (ZSTD_isError(n))
        return fail_corrupt(err, offset, "F4.10", "zstd: %s",
                            ZSTD_getErrorName(n));
    if (n != out_len)
        return fail_corrupt(err, offset, "F4.10",
                            "frame does not have the size that it states");
    return SHEAF_OK;
}

/* Undoes the codes of words in `content`, if it has any. */
static int
undo_words(struct codec_dctx *dctx, const struct words *words, uint64_t offset,
           struct sheaf_buf *content, struct sheaf_error *err)
{
    struct sheaf_buf coded = *content;

    if (coded.len == 0 || coded.data[0] == WORDS_PLAIN_START)
        return SHEAF_OK;
    *content = dctx->coded;
    dctx->coded = coded;
    return words_undo(words, buf_view(&coded), WORDS_CONTENT_MAX, offset,
                      content, err);
}

int
codec_unpack(struct codec_dctx *dctx, const struct codec_ddict *ddict,
             const struct codec_header *h, struct sheaf_bytes frame,
             uint64_t offset, struct sheaf_buf *out, struct sheaf_error *err)
{
    const struct codec_ddict *own = h->dict_id != 0 ? ddict : NULL;
    size_t size = (size_t)h->content_size;
    int rc;

    /* zstd puts at most 128 KiB into a block, which takes more than three
     * bytes. More content than that is a lie. */
    if (h->content_size > SIZE_MAX || size / 43690 > frame.len + 1)
        return fail_corrupt(err, offset, "F4.10",
                            "frame states more content than it can hold");
    if (!buf_reserve(out, size))
        return fail_nomem(err);
    rc = codec_decompress(dctx, own, frame, offset, out->data, size, err);
    out->len = rc == SHEAF_OK ? size : 0;
    if (rc == SHEAF_OK && codec_has_words(own))
        rc = undo_words(dctx, own->words, offset, out, err);
    if (rc != SHEAF_OK)
        out->len = 0;
    return rc;
}

int
codec_unpack_delta(struct codec_dctx *dctx, struct sheaf_bytes base,
                   uint64_t content_size, struct sheaf_bytes frame,
                   uint64_t offset, struct sheaf_buf *out,
                   struct sheaf_error *err)
{
    size_t size = (size_t)content_size;
    size_t n;

    if (!buf_reserve(out, size))
        return fail_nomem(err);
    out->len = 0;
    ZSTD_DCtx_reset(dctx->zstd, ZSTD_reset_session_only);
    if (ZSTD_isError(ZSTD_DCtx_refPrefix(dctx->zstd, base.data, base.len)))
        return fail_nomem(err);
    n = ZSTD_decompressDCtx(dctx->zstd, out->data, size, frame.data,
                            frame.len);
    if (ZSTD_isError(n))
        return fail_corrupt(err, offset, "F4.10", "zstd: %s",
                            ZSTD_getErrorName(n));
    if (n != size)
        return fail_corrupt(err, offset, "F4.10",
                            "frame does not have the size that it states");
    out->len = size;
    return SHEAF_OK;
}

static bool
stream_ready(struct codec_dctx *d)
{
    if (d->in == NULL)
        d->in = mem_new(STREAM_CHUNK, 1);
    if (d->out == NULL)
        d->out = mem_new(STREAM_CHUNK, 1);
    return d->in != NULL && d->out != NULL;
}

int
codec_decompress_stream(struct codec_dctx *dctx,
                        const struct codec_ddict *ddict,
                        struct sheaf_source source, uint64_t offset,
                        uint64_t content_size, codec_write write, void *arg,
                        uint64_t *length, struct sheaf_error *err)
{
    uint64_t size = source.ops->size(source.ctx);
    uint64_t at = offset;
    uint64_t done = 0;
    ZSTD_inBuffer src = { NULL, 0, 0 };
    size_t left = 1;

    if (!stream_ready(dctx))
        return fail_nomem(err);
    ZSTD_DCtx_reset(dctx->zstd, ZSTD_reset_session_only);
    if (ZSTD_isError(ZSTD_DCtx_refDDict(dctx->zstd, as_ddict(ddict))))
        return fail_nomem(err);
    while (left != 0) {
        ZSTD_outBuffer dst = { dctx->out, STREAM_CHUNK, 0 };

        if (src.pos == src.size) {
            size_t n = (size_t)min_u64(size - at, STREAM_CHUNK);
            int sys;

            if (n == 0)
                return fail_corrupt(err, offset, "F4.10", "frame is cut off");
            sys = source.ops->read_at(source.ctx, at, dctx->in, n);
            if (sys != 0)
                return fail_io(err, sys, "reading an article");
            src = (ZSTD_inBuffer){ dctx->in, n, 0 };
            at += n;
        }
        left = ZSTD_decompressStream(dctx->zstd, &dst, &src);
        if (ZSTD_isError(left))
            return fail_corrupt(err, offset, "F4.10", "zstd: %s",
                                ZSTD_getErrorName(left));
        done += dst.pos;
        if (done > content_size)
            break;
        if (dst.pos != 0 && write(arg, dctx->out, dst.pos) != 0)
            return fail(err, SHEAF_ESTOPPED, "stopped");
    }
    if (done != content_size)
        return fail_corrupt(err, offset, "F4.10",
                            "frame does not have the size that it states");
    *length = at - offset - (src.size - src.pos);
    return SHEAF_OK;
}

int
codec_unpack_dict(struct sheaf_bytes payload, uint64_t offset,
                  struct sheaf_buf *out, struct sheaf_error *err)
{
    struct codec_dctx *d = NULL;
    struct codec_header h;
    struct sheaf_buf raw = { 0 };
    size_t length = ZSTD_findFrameCompressedSize(payload.data, payload.len);
    int rc;

    if (payload.len < 4 ||
        memcmp(payload.data, FRAME_ZSTD_MAGIC, FRAME_MAGIC_SIZE) != 0 ||
        ZSTD_isError(length) || length != payload.len ||
        codec_dict_header(payload.data, payload.len, offset, &h, NULL) !=
            SHEAF_OK ||
        h.dict_id != 0)
        return fail_corrupt(err, offset, "F5.2",
                            "dictionary is not one zstd frame");
    if (h.content_size > CODEC_DICT_MAX)
        return fail_corrupt(err, offset, "F5.1",
                            "dictionary of more than 16 MiB");
    raw.data = mem_new_large((size_t)h.content_size);
    if (raw.data == NULL)
        return fail_nomem(err);
    raw.cap = (size_t)h.content_size;
    rc = codec_dctx_new(&d, err);
    if (rc == SHEAF_OK) {
        size_t n = ZSTD_decompressDCtx(d->zstd, raw.data,
                                       (size_t)h.content_size, payload.data,
                                       payload.len);

        if (ZSTD_isError(n) || n != h.content_size)
            rc = fail_corrupt(err, offset, "F5.2",
                              "dictionary does not decompress");
        raw.len = n;
    }
    codec_dctx_free(d);
    if (rc != SHEAF_OK) {
        sheaf_buf_free(&raw);
        return rc;
    }
    sheaf_buf_free(out);
    *out = raw;
    return SHEAF_OK;
}
