/*
 * codec.c - zstd frames to bytes and back.
 */
#include "format/codec.h"

/* For ZSTD_createDDict_byReference, which saves a copy of the dictionary.
 * The shared library has exported it since 1.2. */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/mem.h"
#include "format/frame.h"
#include "format/words.h"

#define WINDOW_LOG_MAX 23
#define HASH_LOG_MIN 17
#define TREE_LOG 4
#define SEARCH_LOG_15 4
/* Dictionaries are digested for content of this size: short articles. */
#define DIGEST_CONTENT 513
#define CHECKSUM_SIZE 4
#define FRAME_MAGIC_BYTES 4
/* The frame of a dictionary may have any window that holds a dictionary. */
#define DICT_WINDOW_MAX ((uint64_t)CODEC_DICT_MAX * 8)
#define STREAM_CHUNK ((size_t)1 << 17)
#define BLOCK_CONTENT_MAX ((size_t)1 << 17)
#define BLOCK_HEAD ((size_t)3)
#define BLOCK_RLE 1u
#define BLOCK_COMPRESSED 2u
#define BLOCK_RESERVED 3u

static const uint8_t magic[4] = { 0x53, 0x2a, 0x4d, 0x18 };

size_t
codec_find_magic(const uint8_t *data, size_t len)
{
    const uint8_t *p = len != 0 ? memmem(data, len, magic, sizeof magic) : NULL;

    return p != NULL ? (size_t)(p - data) : len;
}

uint32_t
codec_version(void)
{
    return ZSTD_versionNumber();
}

/* ---- Frames as such ----------------------------------------------------- */

static int
parse_header(const uint8_t *data, size_t len, uint64_t offset,
             uint64_t window_max, struct codec_header *out,
             struct sheaf_error *err)
{
    static const uint8_t id_sizes[4] = { 0, 1, 2, 4 };
    static const uint8_t content_sizes[4] = { 1, 2, 4, 8 };
    struct cursor c = cursor_over(data, len);
    struct codec_header h = { 0 };
    uint64_t window = 0;
    uint8_t d;

    if (cursor_take(&c, 4) == NULL)
        return fail_corrupt(err, offset, "F4.1", "frame header is cut off");
    d = cursor_u8(&c);
    if ((d & 0x18) != 0)
        return fail_corrupt(err, offset + 4, "F4.1", "reserved bits are set");
    if ((d & 0x04) == 0)
        return fail_corrupt(err, offset + 4, "F4.1", "frame without checksum");
    if ((d & 0x20) == 0) {
        uint8_t w = cursor_u8(&c);
        uint64_t base = (uint64_t)1 << (10 + (w >> 3));

        window = base + base / 8 * (w & 7);
        if (d >> 6 == 0)
            return fail_corrupt(err, offset + 4, "F4.1",
                                "frame without content size");
    }
    for (unsigned i = 0; i < id_sizes[d & 3]; i++)
        h.dict_id |= (uint32_t)cursor_u8(&c) << 8 * i;
    for (unsigned i = 0; i < content_sizes[d >> 6]; i++)
        h.content_size |= (uint64_t)cursor_u8(&c) << 8 * i;
    if (d >> 6 == 1)
        h.content_size += 256;
    if (c.bad)
        return fail_corrupt(err, offset, "F4.1", "frame header is cut off");
    if ((d & 0x20) != 0)
        window = h.content_size;
    if (window > window_max)
        return fail_corrupt(err, offset, "F4.1", "window of more than 8 MiB");
    h.header_size = len - cursor_left(&c);
    h.block_max = (uint32_t)min_u64(window, BLOCK_CONTENT_MAX);
    *out = h;
    return SHEAF_OK;
}

/* The header of a block (RFC 8878, section 3.1.1.2), in 3 bytes. */
struct block {
    bool last;
    unsigned type;
    uint32_t size;   /* as stated */
    uint32_t stored; /* bytes after the header */
};

static struct block
block_decode(const uint8_t *p)
{
    uint32_t b = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
    struct block block = { .last = (b & 1) != 0, .type = b >> 1 & 3,
                           .size = b >> 3 };

    block.stored = block.type == BLOCK_RLE ? 1 : block.size;
    return block;
}

int
codec_header(const uint8_t *data, size_t len, uint64_t offset,
             struct codec_header *out, struct sheaf_error *err)
{
    return parse_header(data, len, offset, CODEC_WINDOW_MAX, out, err);
}

int
codec_frame_length(const uint8_t *data, size_t len, uint64_t offset,
                   uint64_t *out, struct sheaf_error *err)
{
    struct codec_header h;
    uint64_t at;
    int rc;

    if (len <= FRAME_MAGIC_BYTES)
        return SHEAF_END;
    if (len < CODEC_HEADER_MAX) {
        /* The shortest frame has 6 bytes of header, a block of 3 and a
         * checksum of 4. So these bytes may be a whole header, padded here
         * for the parser. */
        uint8_t padded[CODEC_HEADER_MAX] = { 0 };

        memcpy(padded, data, len);
        rc = codec_header(padded, sizeof padded, offset, &h, err);
        if (rc == SHEAF_OK && h.header_size > len)
            return SHEAF_END;
    } else {
        rc = codec_header(data, len, offset, &h, err);
    }
    if (rc != SHEAF_OK)
        return rc;
    at = h.header_size;
    for (;;) {
        struct block b;

        if (at + BLOCK_HEAD > len)
            return SHEAF_END;
        b = block_decode(data + at);
        if (b.type == BLOCK_RESERVED)
            return fail_corrupt(err, offset + at, "F4.10",
                                "reserved type of block");
        /* Some versions of libzstd take it, and some do not. */
        if (b.size > h.block_max)
            return fail_corrupt(err, offset + at, "F4.10",
                                "a block is larger than the frame allows");
        at += BLOCK_HEAD + b.stored;
        if (b.last)
            break;
    }
    at += 4;
    if (at > len)
        return SHEAF_END;
    *out = at;
    return SHEAF_OK;
}

uint64_t
codec_length_max(uint64_t content_size)
{
    /* Five bytes for two, if everything else failed; see until_border. */
    return content_size * 3 + 1024;
}

/* ---- Compressing -------------------------------------------------------- */

bool
codec_hides_magic(const uint8_t *frame, size_t len)
{
    struct codec_header h;
    size_t blocks;

    if (parse_header(frame, len, 0, DICT_WINDOW_MAX, &h, NULL) != SHEAF_OK ||
        len < h.header_size + CHECKSUM_SIZE)
        return false;
    blocks = len - h.header_size - CHECKSUM_SIZE;
    return codec_find_magic(frame + h.header_size, blocks) < blocks;
}

/* The length of the literals section of a compressed block (RFC 8878,
 * section 3.1.1.3.1); more than `len` if it is incomplete. */
static size_t
literals_length(const uint8_t *p, size_t len)
{
    unsigned type = p[0] & 3;
    unsigned format = p[0] >> 2 & 3;
    uint64_t bits = 0;

    for (size_t i = 0; i < 5 && i < len; i++)
        bits |= (uint64_t)p[i] << 8 * i;
    if (type < 2) {
        size_t head = format == 1 ? 2 : format == 3 ? 3 : 1;
        size_t size = (size_t)(format == 1   ? bits >> 4 & 0xfff
                               : format == 3 ? bits >> 4 & 0xfffff
                                             : bits >> 3 & 0x1f);

        return head + (type == 0 ? size : 1);
    }
    if (format < 2)
        return 3 + (size_t)(bits >> 14 & 0x3ff);
    if (format == 2)
        return 4 + (size_t)(bits >> 18 & 0x3fff);
    return 5 + (size_t)(bits >> 22 & 0x3ffff);
}

static bool
block_is_canonical(const uint8_t *p, size_t len)
{
    size_t at;

    if (len == 0)
        return true;
    at = literals_length(p, len);
    if (at >= len || p[at] == 0)
        return true;
    at += p[at] < 128 ? 1 : p[at] < 255 ? 2 : 3;
    return at >= len || (p[at] & 3) == 0;
}

size_t
codec_block(const uint8_t *data, size_t len, bool *last, bool *canonical)
{
    struct block b;

    if (len < BLOCK_HEAD)
        return 0;
    b = block_decode(data);
    if (b.stored > len - BLOCK_HEAD)
        return 0;
    *last = b.last;
    *canonical = b.type != BLOCK_COMPRESSED ||
                 block_is_canonical(data + BLOCK_HEAD, b.stored);
    return BLOCK_HEAD + b.stored;
}

bool
codec_is_canonical(const uint8_t *frame, size_t len)
{
    struct codec_header h;
    bool last = false;
    bool canonical = true;
    size_t at;

    if (parse_header(frame, len, 0, DICT_WINDOW_MAX, &h, NULL) != SHEAF_OK)
        return false;
    for (at = h.header_size; canonical && !last;) {
        size_t n = codec_block(frame + at, len - at, &last, &canonical);

        if (n == 0 || block_decode(frame + at).size > h.block_max)
            return false;
        at += n;
    }
    return canonical;
}

struct codec_cctx {
    ZSTD_CCtx *zstd;
    uint8_t *chunk;
    int window_log; /* 0: by the level, at most 23 */
    struct sheaf_bytes prefix; /* the base of a difference */
    struct sheaf_buf coded;    /* content as codes of words, ... */
    struct sheaf_buf undone;   /* ... and undone, to compare */
};

struct codec_cdict {
    ZSTD_CDict *zstd;
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

static ZSTD_CDict *
digest(struct sheaf_bytes dict, int level)
{
    static const ZSTD_customMem memory = { NULL, NULL, NULL };
    ZSTD_compressionParameters p = ZSTD_getCParams(
        level == 15 ? 16 : level, ZSTD_CONTENTSIZE_UNKNOWN, dict.len);
    unsigned most = HASH_LOG_MIN;

    /* On short articles, zstd's 15 is no smaller than its 13. Half the
     * search of 16 takes 0.8 of its time for 0.4 % more bytes; that is our
     * level 15. */
    if (level == 15)
        p.searchLog = SEARCH_LOG_15;
    if (p.strategy < ZSTD_btlazy2)
        return ZSTD_createCDict(dict.data, dict.len, level);

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

static bool
begin(struct codec_cctx *c, const struct codec_cdict *cdict, int level,
      uint64_t content_size)
{
    ZSTD_CCtx *z = c->zstd;
    int window_log = c->window_log;

    /* All other parameters come with the dictionary. */
    if (window_log == 0 && cdict != NULL) {
        window_log =
            (int)ZSTD_getCParams(level, content_size, 0).windowLog;
        if (window_log > WINDOW_LOG_MAX)
            window_log = WINDOW_LOG_MAX;
    }
    ZSTD_CCtx_reset(z, ZSTD_reset_session_and_parameters);
    return !ZSTD_isError(
               ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, level)) &&
           !ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1)) &&
           !ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog,
                                                window_log)) &&
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
        ZSTD_EndDirective how = ends ? ZSTD_e_end
                                : attempt == 0 ? ZSTD_e_continue : ZSTD_e_flush;
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
codec_compress_stream(struct codec_cctx *cctx,
                      const struct codec_cdict *cdict, int level,
                      unsigned attempt, struct sheaf_bytes start,
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
        w.first_hit + sizeof magic <= w.done - CHECKSUM_SIZE)
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

/* ---- Decompressing ------------------------------------------------------ */

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
    if (d->zstd == NULL || ZSTD_isError(ZSTD_DCtx_setParameter(
                               d->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX))) {
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
        parse_header(payload.data, payload.len, offset, DICT_WINDOW_MAX, &h,
                     NULL) != SHEAF_OK || h.dict_id != 0)
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

void
codec_rename_dict(uint8_t *frame, const struct codec_header *h, uint32_t id)
{
    static const unsigned widths[4] = { 0, 1, 2, 4 };
    unsigned width = widths[frame[4] & 3];
    size_t at = (frame[4] & 0x20) != 0 ? 5 : 6;

    assert(at + width <= h->header_size);
    for (unsigned i = 0; i < width; i++)
        frame[at + i] = (uint8_t)(id >> 8 * i);
}
