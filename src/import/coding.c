/*
 * coding.c - content codings of HTTP: gzip, deflate, br and zstd.
 */
#include "import/coding.h"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include "import/unpack.h"

/* As much as a record may have. */
#define CONTENT_MAX RECORD_MAX

enum kind { GZIP, DEFLATE, BR, ZSTD };

struct coding {
    struct input in;
    struct text left;
    enum kind kind;
    bool any;  /* a gzip member or zstd frame is complete */
    bool open; /* within one */
    bool cut;
    z_stream z;
    BrotliDecoderState *br;
    ZSTD_DCtx *zstd;
};

/* ---- One step of each ---- */

/* Returns the number of bytes put out, and takes bytes from c->left. Sets
 * c->open to false at the end of a unit. */
typedef size_t step(struct coding *c, char *out, size_t cap);

static size_t
step_zlib(struct coding *c, char *out, size_t cap)
{
    int rc;

    if (!c->open && c->any)
        inflateReset(&c->z);
    c->open = true;
    c->z.next_in = (Bytef *)(uintptr_t)c->left.data;
    c->z.avail_in = (uInt)min_u64(c->left.len, 1u << 30);
    c->z.next_out = (Bytef *)out;
    c->z.avail_out = (uInt)min_u64(cap, 1u << 30);
    rc = inflate(&c->z, Z_NO_FLUSH);
    c->left.len -= (size_t)((const char *)c->z.next_in - c->left.data);
    c->left.data = (const char *)c->z.next_in;
    if (rc == Z_STREAM_END)
        c->open = false;
    else if (rc != Z_OK && rc != Z_BUF_ERROR)
        input_fail(&c->in, EXIT_FAILED, "damaged %s data: %s",
                   c->kind == GZIP ? "gzip" : "deflate", gzip_error(c->z.msg));
    return (size_t)((char *)c->z.next_out - out);
}

static size_t
step_br(struct coding *c, char *out, size_t cap)
{
    const uint8_t *from = (const uint8_t *)c->left.data;
    uint8_t *to = (uint8_t *)out;
    BrotliDecoderResult rc;

    c->open = true;
    rc = BrotliDecoderDecompressStream(c->br, &c->left.len, &from, &cap, &to,
                                       NULL);
    c->left.data = (const char *)from;
    if (rc == BROTLI_DECODER_RESULT_SUCCESS)
        c->open = false;
    else if (rc == BROTLI_DECODER_RESULT_ERROR)
        input_fail(&c->in, EXIT_FAILED, "damaged br data");
    return (size_t)((char *)to - out);
}

static size_t
step_zstd(struct coding *c, char *out, size_t cap)
{
    ZSTD_inBuffer from = { c->left.data, c->left.len, 0 };
    ZSTD_outBuffer to = { out, cap, 0 };
    size_t rc = ZSTD_decompressStream(c->zstd, &to, &from);

    c->left = text_from(c->left.data + from.pos, c->left.len - from.pos);
    c->open = rc != 0;
    if (ZSTD_isError(rc)) {
        const char *why;
        int code = zstd_error(rc, &why);

        input_fail(&c->in, code, "damaged zstd data: %s", why);
    }
    return to.pos;
}

/* Whether another unit begins in what is left. */
static bool
goes_on(const struct coding *c)
{
    const char *magic = c->kind == GZIP ? "\x1F\x8B\x08" : "\x28\xB5\x2F\xFD";
    size_t len = c->kind == GZIP ? 3 : 4;

    return (c->kind == GZIP || c->kind == ZSTD) && c->left.len >= len &&
           memcmp(c->left.data, magic, len) == 0;
}

static size_t
read_coded(struct input *in, void *buffer, size_t cap)
{
    static step *const steps[] = { step_zlib, step_zlib, step_br, step_zstd };
    struct coding *c = in->ctx;

    while (c->open || !c->any || goes_on(c)) {
        size_t before = c->left.len;
        size_t n = steps[c->kind](c, buffer, cap);

        c->any = c->any || !c->open;
        if (n > 0 || input_failed(in))
            return n;
        if (c->open && c->left.len == before) {
            c->cut = true;
            return 0;
        }
    }
    return 0;
}

/* ---- Which coding it is ---- */

static bool
find_kind(struct text name, enum kind *kind)
{
    static const struct {
        const char *name;
        enum kind kind;
    } names[] = {
        { "gzip", GZIP }, { "x-gzip", GZIP }, { "deflate", DEFLATE },
        { "br", BR },     { "zstd", ZSTD },
    };

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (name.len == strlen(names[i].name) &&
            text_begins(name, names[i].name)) {
            *kind = names[i].kind;
            return true;
        }
    }
    return false;
}

/* Compressed data of more than a few bytes is not valid UTF-8. */
static bool
is_plain(struct text t)
{
    if (t.len > LOOK_MAX)
        t = text_cut(t, LOOK_MAX);
    for (size_t i = 0; i < t.len; i++)
        if ((unsigned char)t.data[i] < ' ' &&
            strchr("\t\n\r\f\x1B", t.data[i]) == NULL)
            return false;
    return memchr(t.data, '\0', t.len) == NULL && text_is_utf8(t);
}

static bool
begins_so(struct text t, enum kind kind)
{
    switch (kind) {
    case GZIP: return t.len >= 2 && memcmp(t.data, "\x1F\x8B", 2) == 0;
    case ZSTD: return t.len >= 4 && memcmp(t.data, "\x28\xB5\x2F\xFD", 4) == 0;
    case DEFLATE:
    case BR: break;
    }
    return !is_plain(t) && !text_begins(text_trim(t), "<!doctype") &&
           !text_begins(text_trim(t), "<html");
}

/* RFC 9110 means zlib's form by deflate; some servers send it bare. */
static bool
has_zlib_header(struct text t)
{
    const unsigned char *p = (const unsigned char *)t.data;

    return t.len >= 2 && (p[0] & 0x0F) == 8 && (p[0] * 256 + p[1]) % 31 == 0;
}

static bool
start(struct coding *c)
{
    int window = c->kind == GZIP            ? 15 + 16
                 : has_zlib_header(c->left) ? 15
                                            : -15;

    if (c->kind == BR) {
        c->br = BrotliDecoderCreateInstance(NULL, NULL, NULL);
        return c->br != NULL;
    }
    if (c->kind == ZSTD) {
        c->zstd = ZSTD_createDCtx();
        if (c->zstd != NULL)
            ZSTD_DCtx_setParameter(c->zstd, ZSTD_d_windowLogMax,
                                   WINDOW_LOG_MAX);
        return c->zstd != NULL;
    }
    return inflateInit2(&c->z, window) == Z_OK;
}

enum coded
coding_undo(struct coding **coding, struct text name, struct text bytes,
            struct meter *meter, unsigned depth, struct text *out, int *code,
            char **why)
{
    struct coding *c;
    enum kind kind;

    *coding = NULL;
    if (!find_kind(name, &kind))
        return is_plain(bytes) ? CODED_NOT : CODED_UNKNOWN;
    if (bytes.len == 0 || !begins_so(bytes, kind))
        return CODED_NOT;
    c = mem_new(1, sizeof *c);
    *coding = c;
    c->kind = kind;
    c->left = bytes;
    c->in = (struct input){ .read = read_coded,
                            .ctx = c,
                            .fd = -1,
                            .size = UNKNOWN_SIZE,
                            .meter = meter,
                            .depth = depth };
    if (!start(c))
        die(EXIT_LIMIT, NULL, "the importer is out of memory");
    *out = input_peek(&c->in, CONTENT_MAX + 1);
    if (out->len > CONTENT_MAX)
        input_fail(&c->in, EXIT_LIMIT, "a body of more than %zu MiB",
                   CONTENT_MAX / MIB);
    if (input_failed(&c->in)) {
        *code = c->in.wrong_code;
        *why = format_text("%s", c->in.wrong);
        return CODED_BAD;
    }
    return c->cut ? CODED_CUT : CODED_WHOLE;
}

void
coding_free(struct coding *c)
{
    if (c == NULL)
        return;
    if (c->kind == BR && c->br != NULL)
        BrotliDecoderDestroyInstance(c->br);
    if (c->kind == GZIP || c->kind == DEFLATE)
        inflateEnd(&c->z);
    ZSTD_freeDCtx(c->zstd);
    input_free(&c->in);
    mem_free(c);
}
