/*
 * codec_pack.c - bytes to zstd frames, with codes of words where a dictionary
 * has them.
 */
#include "format/codec.h"

/* For ZSTD_createCDict_advanced and ZSTD_createCDict_advanced2. The shared
 * library has exported them since 1.2 and 1.4.8. */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "format/words.h"

#define WINDOW_LOG_MAX 23
#define HASH_LOG_MIN 17
#define TREE_LOG 4
#define SEARCH_LOG_15 4
/* Dictionaries are digested for content of this size: short articles. */
#define DIGEST_CONTENT 513
/* The windows for which it depends on the processor how zstd searches. */
#define ROWS_ABOVE 14
#define ROWS_FOR_ALL 17
/* See attach. */
#define ATTACH_CONTENT_MAX ((uint64_t)1 << 20)
#define ATTACH_LEVEL_MAX 12
#define ATTACH_TIMES 64
#define CHECKSUM_SIZE 4
#define MAGIC_SIZE 4
#define STREAM_CHUNK ((size_t)1 << 17)
#define BLOCK_CONTENT_MAX ((size_t)1 << 17)

uint32_t
codec_version(void)
{
    return ZSTD_versionNumber();
}

struct codec_cctx {
    ZSTD_CCtx *zstd;
    uint8_t *chunk;
    int window_log;            /* 0: by the level, at most 23 */
    struct sheaf_bytes prefix; /* the base of a difference */
    struct sheaf_buf coded;    /* content as codes of words, ... */
    struct sheaf_buf undone;   /* ... and undone, to compare */
};

struct codec_cdict {
    ZSTD_CDict *zstd;
    size_t len;
    struct words_coder *coder; /* NULL: it has no table of words */
    struct words *words;
};

static ZSTD_CDict *
as_cdict(const struct codec_cdict *cdict)
{
    return cdict != NULL ? cdict->zstd : NULL;
}

/* Prepares the dictionary's table of words, if it has one. */
static int
use_words(struct codec_cdict *c, struct sheaf_bytes dict,
          struct sheaf_error *err)
{
    struct sheaf_bytes table;
    int rc = words_find(dict, NO_OFFSET, &table, err);

    if (rc != SHEAF_OK || table.len == 0)
        return rc;
    rc = words_new(&c->words, table, NO_OFFSET, err);
    return rc == SHEAF_OK ? words_coder_from(&c->coder, table, err) : rc;
}

/*
 * The strategies from ZSTD_greedy to ZSTD_lazy2 can search row by row. On a
 * processor without SSE2 or NEON, zstd 1.5.4 did so only if the window was
 * larger than 2^17, not 2^14 as on the others, and gave other frames. Newer
 * versions do the same on all. That is asked for here, since the same articles
 * are to become the same archive on every machine.
 */
static int
rows_mode(unsigned window_log)
{
    return window_log > ROWS_ABOVE ? ZSTD_ps_enable : ZSTD_ps_disable;
}

/* Whether a dictionary that is digested like this, without saying more,
 * depends on the processor. */
static bool
by_processor(ZSTD_compressionParameters p, size_t dict_len)
{
    p = ZSTD_adjustCParams(p, DIGEST_CONTENT, dict_len);
    return p.strategy >= ZSTD_greedy && p.strategy <= ZSTD_lazy2 &&
           p.windowLog > ROWS_ABOVE && p.windowLog <= ROWS_FOR_ALL;
}

int
codec_level_for_all(int level, size_t content_len, size_t dict_len)
{
    while (
        by_processor(ZSTD_getCParams(level, content_len, dict_len), dict_len))
        level++;
    return level;
}

/* A dictionary with the parameters `p` of a level, for which there is no more
 * to say than that. */
static ZSTD_CDict *
digest_for_level(struct sheaf_bytes dict, int level,
                 ZSTD_compressionParameters p)
{
    static const ZSTD_customMem memory = { NULL, NULL, NULL };
    ZSTD_CCtx_params *params;
    ZSTD_CDict *cdict = NULL;

    if (!by_processor(p, dict.len))
        return ZSTD_createCDict(dict.data, dict.len, level);
    params = ZSTD_createCCtxParams();
    if (params != NULL && !ZSTD_isError(ZSTD_CCtxParams_init(params, level)) &&
        !ZSTD_isError(ZSTD_CCtxParams_setParameter(params,
                                                   ZSTD_c_useRowMatchFinder,
                                                   ZSTD_ps_enable)))
        cdict = ZSTD_createCDict_advanced2(dict.data, dict.len,
                                           ZSTD_dlm_byCopy, ZSTD_dct_auto,
                                           params, memory);
    ZSTD_freeCCtxParams(params);
    return cdict;
}

static ZSTD_CDict *
digest(struct sheaf_bytes dict, int level)
{
    static const ZSTD_customMem memory = { NULL, NULL, NULL };
    ZSTD_compressionParameters p = ZSTD_getCParams(level == 15 ? 16 : level,
                                                   ZSTD_CONTENTSIZE_UNKNOWN,
                                                   dict.len);
    unsigned most = HASH_LOG_MIN;

    /* On short articles, zstd's 15 is no smaller than its 13. Half the
     * search of 16 takes 0.8 of its time for 0.4 % more bytes; that is our
     * level 15. */
    if (level == 15)
        p.searchLog = SEARCH_LOG_15;
    if (p.strategy < ZSTD_btlazy2)
        return digest_for_level(dict, level, p);

    /* A tree for each hash makes up for fewer hashes. A table that fits into
     * the cache digests in two thirds of the time, and the frames differ by
     * less than a byte. */
    while (most < p.hashLog && dict.len >> (most + TREE_LOG) > 1)
        most++;
    if (p.hashLog > most)
        p.hashLog = most;
    p.windowLog = WINDOW_LOG_MAX;
    p = ZSTD_adjustCParams(p, DIGEST_CONTENT, dict.len);
    return ZSTD_createCDict_advanced(dict.data, dict.len, ZSTD_dlm_byCopy,
                                     ZSTD_dct_auto, p, memory);
}

int
codec_cdict_new(struct codec_cdict **out, struct sheaf_bytes dict, int level,
                struct sheaf_error *err)
{
    struct codec_cdict *c = mem_new(1, sizeof *c);
    int rc;

    if (c == NULL)
        return fail_nomem(err);
    rc = use_words(c, dict, err);
    if (rc == SHEAF_OK) {
        c->zstd = digest(dict, level);
        c->len = dict.len;
        if (c->zstd == NULL)
            rc = fail_nomem(err);
    }
    if (rc != SHEAF_OK) {
        codec_cdict_free(c);
        return rc;
    }
    *out = c;
    return SHEAF_OK;
}

void
codec_cdict_free(struct codec_cdict *cdict)
{
    if (cdict == NULL)
        return;
    ZSTD_freeCDict(cdict->zstd);
    words_coder_free(cdict->coder);
    words_free(cdict->words);
    mem_free(cdict);
}

int
codec_cctx_new(struct codec_cctx **out, struct sheaf_error *err)
{
    struct codec_cctx *c = mem_new(1, sizeof *c);

    if (c == NULL)
        return fail_nomem(err);
    c->zstd = ZSTD_createCCtx();
    if (c->zstd == NULL) {
        mem_free(c);
        return fail_nomem(err);
    }
    *out = c;
    return SHEAF_OK;
}

void
codec_cctx_free(struct codec_cctx *cctx)
{
    if (cctx == NULL)
        return;
    ZSTD_freeCCtx(cctx->zstd);
    mem_free(cctx->chunk);
    sheaf_buf_free(&cctx->coded);
    sheaf_buf_free(&cctx->undone);
    mem_free(cctx);
}

/* Whether the tables of a digested dictionary are searched where they are. By
 * itself, zstd does so for at most 8 or 32 KiB of content, and copies them for
 * more: 80 MB for each block with a dictionary of 16 MiB. Above level 12,
 * frames are then a little longer, so it pays only if the dictionary is much
 * longer than the content. */
static int
attach(const struct codec_cdict *cdict, int level, uint64_t content_size)
{
    if (cdict == NULL || content_size > ATTACH_CONTENT_MAX)
        return ZSTD_dictDefaultAttach;
    return level <= ATTACH_LEVEL_MAX ||
                   content_size * ATTACH_TIMES < cdict->len
               ? ZSTD_dictForceAttach
               : ZSTD_dictDefaultAttach;
}

static bool
begin(struct codec_cctx *c, const struct codec_cdict *cdict, int level,
      uint64_t content_size)
{
    ZSTD_CCtx *z = c->zstd;
    int window_log = c->window_log;
    ZSTD_compressionParameters p = ZSTD_getCParams(level, content_size,
                                                   c->prefix.len);
    int rows = rows_mode(window_log != 0 ? (unsigned)window_log : p.windowLog);

    /* All other parameters come with the dictionary. */
    if (window_log == 0 && cdict != NULL) {
        window_log = (int)ZSTD_getCParams(level, content_size, 0).windowLog;
        if (window_log > WINDOW_LOG_MAX)
            window_log = WINDOW_LOG_MAX;
    }
    ZSTD_CCtx_reset(z, ZSTD_reset_session_and_parameters);
    return !ZSTD_isError(
               ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, level)) &&
           !ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1)) &&
           !ZSTD_isError(
               ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, window_log)) &&
           !ZSTD_isError(
               ZSTD_CCtx_setParameter(z, ZSTD_c_useRowMatchFinder, rows)) &&
           !ZSTD_isError(
               ZSTD_CCtx_setParameter(z, ZSTD_c_forceAttachDict,
                                      attach(cdict, level, content_size))) &&
           !ZSTD_isError(
               c->prefix.len != 0
                   ? ZSTD_CCtx_refPrefix(z, c->prefix.data, c->prefix.len)
                   : ZSTD_CCtx_refCDict(z, as_cdict(cdict))) &&
           !ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(z, content_size));
}

/*
 * How much of `data` goes into the blocks before the next border. Attempt 0
 * has no borders of its own. Later attempts put one into each magic in the
 * content, which would otherwise reappear in a raw block, and more borders at
 * a distance that differs by attempt, for a magic that arises in another way.
 * The last attempt cannot fail: blocks of two bytes are raw, and the header
 * between any two of them (10 00 00) has no byte of the magic.
 */
static size_t
until_border(const uint8_t *data, size_t len, unsigned attempt)
{
    size_t stride = BLOCK_CONTENT_MAX - 1021 * (size_t)attempt;
    size_t found;

    if (attempt == 0)
        return len;
    if (attempt == CODEC_ATTEMPTS - 1)
        return len < 2 ? len : 2;
    if (len < BLOCK_CONTENT_MAX) {
        size_t part = len * (size_t)(attempt % 7 + 1) / (8 + attempt);

        stride = part > 4 + attempt ? part : 4 + attempt;
    }
    found = codec_find_magic(data, len);
    if (found < len)
        found += 1 + attempt % 3;
    return found < stride ? found : stride < len ? stride : len;
}

/* Compresses all of `in`, in pieces by until_border. */
static int
feed(struct codec_cctx *c, struct sheaf_bytes in, bool last, unsigned attempt,
     codec_write write, void *arg, struct sheaf_error *err)
{
    size_t at = 0;

    do {
        size_t n = until_border(in.data + at, in.len - at, attempt);
        ZSTD_inBuffer src = { in.data + at, n, 0 };
        bool ends = last && at + n == in.len;
        ZSTD_EndDirective how = ends           ? ZSTD_e_end
                                : attempt == 0 ? ZSTD_e_continue
                                               : ZSTD_e_flush;
        size_t left;

        do {
            ZSTD_outBuffer dst = { c->chunk, STREAM_CHUNK, 0 };

            left = ZSTD_compressStream2(c->zstd, &dst, &src, how);
            if (ZSTD_isError(left))
                return fail(err, SHEAF_ENOMEM, "zstd: %s",
                            ZSTD_getErrorName(left));
            if (dst.pos != 0 && write(arg, c->chunk, dst.pos) != 0)
                return fail(err, SHEAF_ESTOPPED, "stopped");
        } while (how == ZSTD_e_continue ? src.pos < src.size : left != 0);
        at += n;
    } while (at < in.len);
    return SHEAF_OK;
}

static bool
chunk_ready(struct codec_cctx *c)
{
    if (c->chunk == NULL)
        c->chunk = mem_new(STREAM_CHUNK, 1);
    return c->chunk != NULL;
}

static int
add_to_buf(void *arg, const void *data, size_t len)
{
    return buf_add(arg, data, len) ? 0 : -1;
}

static int
compress_again(struct codec_cctx *c, const struct codec_cdict *cdict,
               int level, struct sheaf_bytes content, struct sheaf_buf *out,
               size_t start, struct sheaf_error *err)
{
    if (!chunk_ready(c))
        return fail_nomem(err);
    for (unsigned attempt = 1; attempt < CODEC_ATTEMPTS; attempt++) {
        int rc;

        out->len = start;
        if (!begin(c, cdict, level, content.len))
            return fail_nomem(err);
        rc = feed(c, content, true, attempt, add_to_buf, out, err);
        if (rc == SHEAF_ESTOPPED)
            return fail_nomem(err);
        if (rc != SHEAF_OK)
            return rc;
        if (!codec_hides_magic(out->data + start, out->len - start))
            return SHEAF_OK;
    }
    return fail(err, SHEAF_EINVAL,
                "no frame without the magic of F2.5 was found");
}

/* Codes the words of the content, if the dictionary has a table and it pays.
 * An article may stay as it is, for it begins with the start of an object.
 * Anything else is always coded. */
static int
code_words(struct codec_cctx *cctx, const struct codec_cdict *cdict,
           struct sheaf_bytes *content, struct sheaf_bytes coded,
           struct sheaf_error *err)
{
    bool plain = content->len != 0 && content->data[0] == WORDS_PLAIN_START;
    int rc;

    if (cdict == NULL || cdict->coder == NULL || content->len == 0 ||
        (plain && content->len > WORDS_CONTENT_MAX))
        return SHEAF_OK;
    if (coded.len == 0) {
        cctx->coded.len = 0;
        if (!words_code(cdict->coder, *content, &cctx->coded))
            return fail_nomem(err);
        coded = buf_view(&cctx->coded);
    }
    if (plain && coded.len >= content->len)
        return SHEAF_OK;
    rc = words_undo(cdict->words, coded, content->len, NO_OFFSET,
                    &cctx->undone, err);
    if (rc == SHEAF_ENOMEM)
        return rc;
    if (rc == SHEAF_OK && bytes_equal(buf_view(&cctx->undone), *content))
        *content = coded;
    else if (!plain)
        return fail(err, SHEAF_EINVAL, "codes of words do not come back");
    return SHEAF_OK;
}

int
codec_code_words(struct codec_cctx *cctx, const struct codec_cdict *cdict,
                 struct sheaf_bytes content, struct sheaf_buf *out,
                 struct sheaf_error *err)
{
    int rc = code_words(cctx, cdict, &content, sheaf_view(NULL, 0), err);

    return rc == SHEAF_OK && !buf_add(out, content.data, content.len)
               ? fail_nomem(err)
               : rc;
}

static int
compress(struct codec_cctx *cctx, const struct codec_cdict *cdict, int level,
         struct sheaf_bytes content, struct sheaf_buf *out,
         struct sheaf_error *err)
{
    size_t bound = ZSTD_compressBound(content.len) + 64;
    size_t start = out->len;
    size_t n;

    if (!buf_reserve(out, start + bound) ||
        !begin(cctx, cdict, level, content.len))
        return fail_nomem(err);
    n = ZSTD_compress2(cctx->zstd, out->data + start, bound, content.data,
                       content.len);
    if (ZSTD_isError(n))
        return fail(err, SHEAF_ENOMEM, "zstd: %s", ZSTD_getErrorName(n));
    out->len = start + n;
    if (!codec_hides_magic(out->data + start, n))
        return SHEAF_OK;
    return compress_again(cctx, cdict, level, content, out, start, err);
}

int
codec_compress(struct codec_cctx *cctx, const struct codec_cdict *cdict,
               int level, struct sheaf_bytes content, struct sheaf_buf *out,
               struct sheaf_error *err)
{
    return codec_compress_coded(cctx, cdict, level, content,
                                sheaf_view(NULL, 0), out, err);
}

int
codec_compress_coded(struct codec_cctx *cctx, const struct codec_cdict *cdict,
                     int level, struct sheaf_bytes content,
                     struct sheaf_bytes coded, struct sheaf_buf *out,
                     struct sheaf_error *err)
{
    int rc = code_words(cctx, cdict, &content, coded, err);

    return rc == SHEAF_OK ? compress(cctx, cdict, level, content, out, err)
                          : rc;
}

/* The window must reach back to the start of the base. */
static int
window_for(uint64_t bytes)
{
    int log = 10;

    while ((uint64_t)1 << log < bytes)
        log++;
    return log;
}

int
codec_compress_delta(struct codec_cctx *cctx, struct sheaf_bytes base,
                     int level, struct sheaf_bytes content,
                     struct sheaf_buf *out, struct sheaf_error *err)
{
    int window_log = cctx->window_log;
    int rc;

    assert(base.len + content.len <= CODEC_WINDOW_MAX);
    cctx->prefix = base;
    cctx->window_log = window_for(base.len + content.len);
    rc = codec_compress(cctx, NULL, level, content, out, err);
    cctx->prefix.len = 0;
    cctx->window_log = window_log;
    return rc;
}

/* Passes on what is written, and notes where the magic occurred last. Only
 * at the end is it known whether that was within the blocks. */
struct watch {
    codec_write write;
    void *arg;
    uint64_t done;
    uint8_t last[3]; /* the bytes before `done` */
    size_t held;
    uint64_t first_hit; /* in or after the blocks; UINT64_MAX: none */
    size_t header_size;
};

static void
look_for_magic(struct watch *w, const uint8_t *data, size_t len, uint64_t at)
{
    for (size_t i = 0; w->first_hit == UINT64_MAX && i < len; i++) {
        i += codec_find_magic(data + i, len - i);
        if (i < len && at + i >= w->header_size)
            w->first_hit = at + i;
    }
}

static int
watch_write(void *arg, const void *data, size_t len)
{
    struct watch *w = arg;
    uint8_t seam[6];
    size_t n = len < 3 ? len : 3;
    size_t all = w->held + n;
    size_t keep = all < 3 ? all : 3;
    struct codec_header h;

    if (w->done == 0 && codec_header(data, len, 0, &h, NULL) == SHEAF_OK)
        w->header_size = h.header_size;
    memcpy(seam, w->last, w->held);
    memcpy(seam + w->held, data, n);
    look_for_magic(w, seam, all, w->done - w->held);
    look_for_magic(w, data, len, w->done);
    if (len >= 3) {
        memcpy(w->last, (const uint8_t *)data + len - 3, 3);
        keep = 3;
    } else {
        memcpy(w->last, seam + all - keep, keep);
    }
    w->held = keep;
    w->done += len;
    return w->write(w->arg, data, len);
}

int
codec_compress_stream(struct codec_cctx *cctx, const struct codec_cdict *cdict,
                      int level, unsigned attempt, struct sheaf_bytes start,
                      struct sheaf_source source, uint64_t content_size,
                      codec_write write, void *arg, struct sheaf_error *err)
{
    struct watch w = { .write = write, .arg = arg, .first_hit = UINT64_MAX };
    uint64_t rest = content_size - start.len;
    uint8_t *in = NULL;
    int rc;

    if (!chunk_ready(cctx) || !begin(cctx, cdict, level, content_size))
        return fail_nomem(err);
    in = mem_new(STREAM_CHUNK, 1);
    if (in == NULL)
        return fail_nomem(err);
    rc = feed(cctx, start, rest == 0, attempt, watch_write, &w, err);
    for (uint64_t at = 0; rc == SHEAF_OK && at < rest;) {
        size_t n = (size_t)min_u64(rest - at, STREAM_CHUNK);
        int sys = source.ops->read_at(source.ctx, at, in, n);

        if (sys != 0) {
            rc = fail_io(err, sys, "reading an article back");
            break;
        }
        at += n;
        rc = feed(cctx, (struct sheaf_bytes){ in, n }, at == rest, attempt,
                  watch_write, &w, err);
    }
    if (rc == SHEAF_ESTOPPED)
        rc = fail(err, SHEAF_EIO, "writing a compressed article failed");
    if (rc == SHEAF_OK && w.first_hit != UINT64_MAX &&
        w.first_hit + MAGIC_SIZE <= w.done - CHECKSUM_SIZE)
        rc = fail(err, SHEAF_ESTOPPED, "the magic of F2.5 turned up");
    mem_free(in);
    return rc;
}

int
codec_pack_dict(struct codec_cctx *cctx, int level, struct sheaf_bytes dict,
                struct sheaf_buf *out, struct sheaf_error *err)
{
    /* A dictionary is compressed once and decompressed whole. So it gets
     * more time than articles, and a window over all of it. */
    int slow = level < 9 ? 12 : level < 16 ? 16 : level < 19 ? level : 22;
    int rc;

    cctx->window_log = 24;
    rc = codec_compress(cctx, NULL, slow, dict, out, err);
    cctx->window_log = 0;
    return rc;
}
