/*
 * zstd frames against spec F2.5, F4.1 and F4.10. Headers are written by hand,
 * on both sides of each limit. Contents with the magic of a sheaf frame, in
 * every way that could make a compressor repeat it, must give frames without
 * it, and decompress to the same bytes. This test parses the blocks of a frame
 * itself, so that codec_hides_magic is not checked by itself.
 */
#include "format/codec.h"

#include <stdlib.h>
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/mem.h"
#include "tap.h"

#define AT UINT64_C(9000)
#define MAGIC "\x53\x2a\x4d\x18"
#define BLOCK ((size_t)1 << 17)

static struct codec_cctx *cctx;
static struct codec_dctx *dctx;

static uint32_t random_state;

static uint32_t
random_below(uint32_t n)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % n;
}

static uint8_t *
copy_of(const void *data, size_t len)
{
    uint8_t *copy = malloc(len != 0 ? len : 1);

    if (copy == NULL)
        abort();
    if (len != 0)
        memcpy(copy, data, len);
    return copy;
}

/* Bytes that don't compress, and in which the magic is nowhere. */
static void
fill_noise(uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)random_below(256);
        if (out[i] == 0x18)
            out[i] = 0x19;
    }
}

/* ---- Headers ------------------------------------------------------------- */

#define Z "\x28\xb5\x2f\xfd"

/* `clause` is "" for headers that are good. */
static const struct {
    const char *what;
    const char *bytes;
    size_t len;
    uint64_t content_size;
    uint32_t dict_id;
    const char *clause;
} headers[] = {
    { "one byte of content size", Z "\x24\xff", 6, 255, 0, "" },
    { "nothing in the frame", Z "\x24\0", 6, 0, 0, "" },
    { "two bytes, the least", Z "\x64\0\0", 7, 256, 0, "" },
    { "two bytes, the most", Z "\x64\xff\xff", 7, 65791, 0, "" },
    { "four bytes", Z "\xa4\1\2\3\0", 9, 0x30201, 0, "" },
    { "eight bytes", Z "\xe4\1\2\3\0\0\0\0\0", 13, 0x30201, 0, "" },
    { "a dictionary ID of one byte", Z "\x25\xfe\7", 7, 7, 254, "" },
    { "an ID of two bytes", Z "\x26\1\x80\7", 8, 7, 0x8001, "" },
    { "an ID of four bytes", Z "\x27\1\2\3\x7f\7", 10, 7, 0x7f030201, "" },
    { "all that there can be", Z "\xc7\x68\1\2\3\x7f\1\2\3\4\5\6\7\x08", 18,
      0x0807060504030201, 0x7f030201, "" },

    { "a window of 1 KiB", Z "\x44\0\0\0", 8, 256, 0, "" },
    { "a window of 8 MiB", Z "\x84\x68\0\0\0\1", 10, 1 << 24, 0, "" },
    { "a window just above", Z "\x84\x69\0\0\0\1", 10, 0, 0, "F4.1" },
    { "a window just below", Z "\x84\x67\0\0\0\1", 10, 1 << 24, 0, "" },
    { "a window of 16 MiB", Z "\x84\x70\0\0\0\1", 10, 0, 0, "F4.1" },
    { "the largest window", Z "\x84\xff\0\0\0\1", 10, 0, 0, "F4.1" },
    { "a large window for little", Z "\x44\x70\0\0", 8, 0, 0, "F4.1" },
    { "one segment of 8 MiB", Z "\xa4\0\0\x80\0", 9, 1 << 23, 0, "" },
    { "one segment of a byte more", Z "\xa4\1\0\x80\0", 9, 0, 0, "F4.1" },
    { "one segment of 2^64 - 1", Z "\xe4\xff\xff\xff\xff\xff\xff\xff\xff", 13,
      0, 0, "F4.1" },

    { "the reserved bit", Z "\x2c\7", 6, 0, 0, "F4.1" },
    { "the bit beside it", Z "\x34\7", 6, 0, 0, "F4.1" },
    { "no checksum", Z "\x20\7", 6, 0, 0, "F4.1" },
    { "no content size", Z "\x04\x58", 6, 0, 0, "F4.1" },
};

static int
read_header(const char *bytes, size_t len, struct codec_header *h,
            struct sheaf_error *err)
{
    uint8_t *copy = copy_of(bytes, len);
    int rc = codec_header(copy, len, AT, h, err);

    free(copy);
    return rc;
}

static void
test_headers(void)
{
    for (size_t i = 0; i < COUNT_OF(headers); i++) {
        struct sheaf_error err = { 0 };
        struct codec_header h = { .content_size = 12345 };
        bool fine = headers[i].clause[0] == '\0';
        bool good = true;
        int rc = read_header(headers[i].bytes, headers[i].len, &h, &err);

        eq_int(rc, fine ? SHEAF_OK : SHEAF_ECORRUPT, "%s: code",
               headers[i].what);
        eq_str(err.clause, headers[i].clause, "%s: clause", headers[i].what);
        if (fine)
            ok(h.content_size == headers[i].content_size &&
                   h.dict_id == headers[i].dict_id &&
                   h.header_size == headers[i].len,
               "%s: what it says", headers[i].what);
        else
            ok(h.content_size == 12345 && err.offset >= AT &&
                   err.offset <= AT + 4,
               "%s: says where; output untouched", headers[i].what);
        for (size_t len = 0; fine && len < headers[i].len; len++) {
            h.content_size = 12345;
            good = good &&
                   read_header(headers[i].bytes, len, &h, &err) ==
                       SHEAF_ECORRUPT &&
                   strcmp(err.clause, "F4.1") == 0 && h.content_size == 12345;
        }
        if (fine)
            ok(good, "%s: every truncation is refused", headers[i].what);
    }
}

/* ---- Contents with the magic in them ------------------------------------- */

struct content {
    uint8_t *data;
    size_t len;
};

static void
put_magic(struct content *c, size_t at)
{
    if (at <= c->len && c->len - at >= 4)
        memcpy(c->data + at, MAGIC, 4);
}

/* By another way than codec_hides_magic: the blocks are between the header
 * and the checksum. */
static bool
has_magic(const struct sheaf_buf *frame)
{
    struct codec_header h;

    if (codec_header(frame->data, frame->len, 0, &h, NULL) != SHEAF_OK)
        abort();
    for (size_t i = h.header_size; i + 8 <= frame->len; i++)
        if (memcmp(frame->data + i, MAGIC, 4) == 0)
            return true;
    return false;
}

static int
add_to_buf(void *arg, const void *data, size_t len)
{
    return buf_add(arg, data, len) ? 0 : -1;
}

static bool
comes_back(const struct sheaf_buf *frame, const struct content *c)
{
    struct sheaf_source source;
    struct sheaf_buf b = { 0 };
    uint8_t *out = malloc(c->len);
    uint64_t length = 0;
    bool good;

    if (out == NULL ||
        sheaf_source_memory(&source, sheaf_view(frame->data, frame->len),
                            NULL) !=
            SHEAF_OK)
        abort();
    good = codec_decompress(dctx, NULL, buf_view(frame), AT, out, c->len,
                            NULL) == SHEAF_OK &&
           memcmp(out, c->data, c->len) == 0;
    good = good &&
           codec_decompress_stream(dctx, NULL, source, 0, c->len, add_to_buf,
                                   &b, &length, NULL) == SHEAF_OK &&
           length == frame->len && b.len == c->len &&
           memcmp(b.data, c->data, c->len) == 0;
    source.ops->close(source.ctx);
    sheaf_buf_free(&b);
    free(out);
    return good;
}

static bool
frame_is_good(const struct sheaf_buf *frame, const struct content *c)
{
    struct codec_header h;
    uint64_t length = 0;

    return codec_header(frame->data, frame->len, 0, &h, NULL) == SHEAF_OK &&
           h.content_size == c->len && h.dict_id == 0 &&
           codec_frame_length(frame->data, frame->len, 0, &length, NULL) ==
               SHEAF_OK &&
           length == frame->len && !has_magic(frame) &&
           !codec_hides_magic(frame->data, frame->len) &&
           codec_is_canonical(frame->data, frame->len) &&
           comes_back(frame, c);
}

static bool
whole_is_good(const struct content *c, int level)
{
    struct sheaf_buf b = { 0 };
    bool good = buf_add_str(&b, "before");

    good = good && codec_compress(cctx, NULL, level,
                                  (struct sheaf_bytes){ c->data, c->len }, &b,
                                  NULL) == SHEAF_OK &&
           b.len > 6 && memcmp(b.data, "before", 6) == 0;
    if (good) {
        b.len -= 6;
        memmove(b.data, b.data + 6, b.len);
        good = frame_is_good(&b, c);
    }
    sheaf_buf_free(&b);
    return good;
}

/* With `start` bytes given at once and the rest from a source. A refusal has
 * to be true, and an attempt to succeed. */
static bool
stream_is_good(const struct content *c, size_t start, int level,
               unsigned *attempts)
{
    struct sheaf_source source;
    struct sheaf_buf b = { 0 };
    bool good = true;
    int rc = SHEAF_ESTOPPED;

    if (sheaf_source_memory(&source,
                            sheaf_view(c->data + start, c->len - start),
                            NULL) !=
        SHEAF_OK)
        abort();
    for (unsigned n = 0; n < CODEC_ATTEMPTS && rc == SHEAF_ESTOPPED; n++) {
        b.len = 0;
        rc = codec_compress_stream(cctx, NULL, level, n,
                                   (struct sheaf_bytes){ c->data, start },
                                   source, c->len, add_to_buf, &b, NULL);
        good = good && (rc != SHEAF_ESTOPPED || has_magic(&b));
        *attempts += 1;
    }
    good = good && rc == SHEAF_OK && frame_is_good(&b, c);
    source.ops->close(source.ctx);
    sheaf_buf_free(&b);
    return good;
}

static void
check_content(const struct content *c, const char *what)
{
    static const int levels[] = { 1, 9 };
    unsigned attempts = 0;

    for (size_t i = 0; i < COUNT_OF(levels); i++) {
        size_t half = c->len / 2 > 1 << 20 ? 1 << 20 : c->len / 2;

        ok(whole_is_good(c, levels[i]), "%s, %zu bytes, level %d: whole", what,
           c->len, levels[i]);
        ok(stream_is_good(c, 1, levels[i], &attempts) &&
               stream_is_good(c, half != 0 ? half : 1, levels[i], &attempts),
           "%s, %zu bytes, level %d: as a stream", what, c->len, levels[i]);
    }
}

static const size_t sizes[] = { 4, 5, 60, 1000, 40000, BLOCK - 1, BLOCK,
                                BLOCK + 1, 3 * BLOCK + 777 };

/* In noise, which stays as it is in a raw block: once, in each place where
 * something could be different, and again and again. */
static void
test_noise(void)
{
    struct content c = { malloc(sizes[COUNT_OF(sizes) - 1]), 0 };

    if (c.data == NULL)
        abort();
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        c.len = sizes[i];
        fill_noise(c.data, c.len);
        put_magic(&c, 0);
        check_content(&c, "at the start");
        fill_noise(c.data, c.len);
        put_magic(&c, c.len - 4);
        check_content(&c, "at the end");
        fill_noise(c.data, c.len);
        put_magic(&c, c.len / 2 - 2);
        check_content(&c, "in the middle");
        for (size_t at = 0; at + 4 <= c.len; at += 4 + random_below(60))
            put_magic(&c, at);
        check_content(&c, "again and again");
    }
    free(c.data);
}

/* Across the borders of blocks and of what is read at once. */
static void
test_borders(void)
{
    struct content c = { malloc(2 * BLOCK + 100), 2 * BLOCK + 100 };

    if (c.data == NULL)
        abort();
    for (size_t at = BLOCK - 5; at <= BLOCK + 1; at++) {
        unsigned attempts = 0;

        fill_noise(c.data, c.len);
        put_magic(&c, at);
        put_magic(&c, at + BLOCK);
        ok(whole_is_good(&c, 3), "at byte %zu of a block", at);
        /* The pieces of a stream are counted from where its start ends. */
        ok(stream_is_good(&c, 1, 3, &attempts) &&
               stream_is_good(&c, 50, 3, &attempts) &&
               stream_is_good(&c, at, 3, &attempts) &&
               stream_is_good(&c, at + 2, 3, &attempts),
           "at byte %zu of a block, as a stream, in %u attempts", at,
           attempts);
    }
    free(c.data);
}

/* Where it compresses: text around it, nothing but it, itself in itself. */
static void
test_text(void)
{
    static const char words[] = "The harbour opened on Monday. " MAGIC
                                " It had been closed since the spring.\n";
    struct content c = { malloc(1 << 20), 0 };

    if (c.data == NULL)
        abort();
    for (size_t n = sizeof words - 1; n < 1 << 20; n *= 16) {
        for (size_t i = 0; i < n; i++)
            c.data[i] = (uint8_t)words[i % (sizeof words - 1)];
        c.len = n;
        check_content(&c, "in text");
    }
    for (size_t n = 4; n < 1 << 20; n *= 16) {
        for (size_t i = 0; i < n; i++)
            c.data[i] = (uint8_t)MAGIC[i % 4];
        c.len = n;
        check_content(&c, "nothing but it");
    }
    c.len = 10;
    memcpy(c.data, "\x53\x2a\x53\x2a\x4d\x18\x4d\x18\x53\x2a", 10);
    check_content(&c, "itself in itself");
    free(c.data);
}

/* Small contents of noise, of pieces of the magic, and of bytes that are in
 * it, so that it can also come about between a block and a header. */
static void
test_pieces(void)
{
    uint8_t data[700];
    struct content c = { data, 0 };
    unsigned attempts = 0;
    bool whole = true;
    bool stream = true;

    random_state = 5;
    for (unsigned n = 0; n < 1500; n++) {
        c.len = 2 + random_below(sizeof data - 2);
        for (size_t i = 0; i < c.len; i++) {
            uint32_t kind = random_below(8);

            if (kind < 3) {
                data[i] = (uint8_t)random_below(256);
            } else if (kind < 6 || c.len - i < 4) {
                data[i] = (uint8_t)MAGIC[random_below(4)];
            } else {
                /* All of it, or all but the end. */
                memcpy(data + i, MAGIC, kind == 6 ? 4 : 3);
                i += kind == 6 ? 3 : 2;
            }
        }
        whole = whole && whole_is_good(&c, 3);
        stream = stream && stream_is_good(&c, 1, 3, &attempts);
    }
    ok(whole, "1,500 contents made of its pieces");
    ok(stream && attempts > 1500, "as streams, in %u attempts", attempts);
}

/* In the checksum it may stand, and just so in the header. */
static void
test_elsewhere(void)
{
    static const struct {
        const char *what;
        const char *frame;
        size_t len;
        bool hides;
    } frames[] = {
        { "in the checksum", Z "\x24\1\x09\0\0a" MAGIC, 14, false },
        { "half in it", Z "\x24\2\x11\0\0\x53\x2a\x4d\x18zz", 15, false },
        { "just before it", Z "\x24\4\x21\0\0" MAGIC "abcd", 17, true },
        { "before and in it", Z "\x24\4\x21\0\0" MAGIC MAGIC, 17, true },
        { "in the header", Z "\x27" MAGIC "\1\x09\0\0aabcd", 18, false },
        { "half in the header", Z "\x24\x53\x2a\x4d\x18" "abcdefgh", 17,
          false },
        { "nowhere", Z "\x24\4\x21\0\0abcdefgh", 17, false },
        { "too short for blocks", Z "\x24\4" MAGIC, 10, false },
    };

    for (size_t i = 0; i < COUNT_OF(frames); i++) {
        uint8_t *copy = copy_of(frames[i].frame, frames[i].len);

        eq_int(codec_hides_magic(copy, frames[i].len), frames[i].hides,
               "the magic %s", frames[i].what);
        free(copy);
    }
}

static void
test_find(void)
{
    static const char text[] = "\x18\x53\x18\x4d\x53\x2a\x4d\x18\x18" MAGIC;

    for (size_t len = 0; len < sizeof text; len++) {
        uint8_t *copy = copy_of(text, len);

        eq_int(codec_find_magic(copy, len), len < 8 ? len : 4,
               "found in %zu bytes", len);
        free(copy);
    }
    eq_int(codec_find_magic(NULL, 0), 0, "found in nothing");
}

/* ---- Frames -------------------------------------------------------------- */

/* Sixty different words in no order: it has literals and sequences. */
static void
fill_text(uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len;) {
        uint32_t word = random_below(60);

        for (uint32_t k = 0; k < 3 + word % 7 && i < len; k++)
            out[i++] = (uint8_t)('a' + (word * 7 + k * k * 3) % 26);
        if (i < len)
            out[i++] = ' ';
    }
}

static void
make_frame(const uint8_t *content, size_t len, struct sheaf_buf *out)
{
    out->len = 0;
    if (codec_compress(cctx, NULL, 9, (struct sheaf_bytes){ content, len }, out,
                       NULL) != SHEAF_OK)
        abort();
}

static void
test_lengths(void)
{
    static const size_t lengths[] = { 0, 1, 100, 256, 5000, 70000, 400000 };
    uint8_t *content = malloc(lengths[COUNT_OF(lengths) - 1]);
    struct sheaf_buf b = { 0 };
    uint8_t byte = 0x5a;

    if (content == NULL)
        abort();
    for (size_t i = 0; i < 2 * COUNT_OF(lengths); i++) {
        size_t len = lengths[i / 2];
        size_t step;
        uint64_t length = 12345;
        bool good = true;

        if (i % 2 == 0)
            fill_text(content, len);
        else
            memset(content, 'x', len);
        make_frame(content, len, &b);
        eq_int(codec_frame_length(b.data, b.len, AT, &length, NULL), SHEAF_OK,
               "a frame of %zu bytes", b.len);
        ok(length == b.len &&
               length == ZSTD_findFrameCompressedSize(b.data, b.len) &&
               b.len < codec_length_max(len),
           "is so long, and below the limit for %zu bytes", len);
        step = b.len > 5000 ? 97 : 1;
        for (size_t n = 5; n < b.len; n += step) {
            uint8_t *copy = copy_of(b.data, n);

            length = 12345;
            good = good && codec_frame_length(copy, n, AT, &length, NULL) ==
                               SHEAF_END && length == 12345;
            free(copy);
            if (n < b.len - 5 && n + step >= b.len)
                step = 1;
        }
        ok(good, "from the descriptor on, every truncation goes on: content "
                 "of %zu bytes", len);
        if (!buf_add(&b, &byte, 1))
            abort();
        eq_int(codec_frame_length(b.data, b.len, AT, &length, NULL), SHEAF_OK,
               "with more behind it");
        eq_int(length, b.len - 1, "it ends where it did");
    }
    sheaf_buf_free(&b);
    free(content);
}

/* Cut off before its descriptor, a frame goes on past the end as well. */
static void
test_short(void)
{
    static const char frame[] = Z "\x24\1\x09\0\0aSSSS";

    for (size_t n = 0; n <= 5; n++) {
        struct sheaf_error err = { 0 };
        uint8_t *copy = copy_of(frame, n);
        uint64_t length = 12345;

        eq_int(codec_frame_length(copy, n, AT, &length, &err), SHEAF_END,
               "%zu bytes of a frame", n);
        eq_int(length, 12345, "%zu bytes of a frame: output untouched", n);
        free(copy);
    }
}

/* Block headers written by hand. */
static void
test_blocks(void)
{
    static const struct {
        const char *what;
        const char *frame;
        size_t len;
        uint64_t length;
        const char *clause;
    } frames[] = {
        { "a raw block", Z "\x24\1\x09\0\0aSSSS", 14, 14, "" },
        { "a repeated byte", Z "\x24\x0a\x53\0\0aSSSS", 14, 14, "" },
        { "two blocks", Z "\x24\2\x08\0\0a\x09\0\0bSSSS", 18, 18, "" },
        { "an empty block", Z "\x24\0\1\0\0SSSS", 13, 13, "" },
        { "the reserved type", Z "\x24\1\x0f\0\0aSSSS", 14, 0, "F4.10" },
        { "the reserved type, second", Z "\x24\2\x08\0\0a\x0e\0\0bSSSS", 18, 0,
          "F4.10" },
        { "no checksum", Z "\x20\1\x09\0\0aSSSS", 14, 0, "F4.1" },
    };

    for (size_t i = 0; i < COUNT_OF(frames); i++) {
        struct sheaf_error err = { 0 };
        uint8_t *copy = copy_of(frames[i].frame, frames[i].len);
        uint64_t length = 12345;
        bool fine = frames[i].clause[0] == '\0';

        eq_int(codec_frame_length(copy, frames[i].len, AT, &length, &err),
               fine ? SHEAF_OK : SHEAF_ECORRUPT, "%s: code", frames[i].what);
        eq_str(err.clause, frames[i].clause, "%s: clause", frames[i].what);
        eq_int(length, fine ? frames[i].length : 12345, "%s: length",
               frames[i].what);
        free(copy);
    }
}

static int
unpack(const uint8_t *frame, size_t len, uint8_t *out, size_t out_len,
       struct sheaf_error *err)
{
    uint8_t *copy = copy_of(frame, len);
    int rc = codec_decompress(dctx, NULL, (struct sheaf_bytes){ copy, len },
                              AT, out, out_len, err);

    free(copy);
    return rc;
}

static int
unpack_stream(const uint8_t *frame, size_t len, uint64_t content_size,
              struct sheaf_buf *out, uint64_t *length,
              struct sheaf_error *err)
{
    struct sheaf_source source;
    uint8_t *copy = copy_of(frame, len);
    int rc;

    out->len = 0;
    if (sheaf_source_memory(&source, sheaf_view(copy, len), NULL) != SHEAF_OK)
        abort();
    rc = codec_decompress_stream(dctx, NULL, source, 0, content_size,
                                 add_to_buf, out, length, err);
    source.ops->close(source.ctx);
    free(copy);
    return rc;
}

/* Cut off anywhere, of another size than was said, or with any bit changed. */
static void
test_damaged(void)
{
    enum { LEN = 1500 };
    uint8_t content[LEN];
    uint8_t out[LEN + 1];
    struct sheaf_buf b = { 0 };
    struct sheaf_buf got = { 0 };
    unsigned same = 0;
    unsigned same_told = 0;
    size_t last_told = 0, before_last = 0;
    bool good = true;

    random_state = 8;
    fill_text(content, LEN);
    make_frame(content, LEN, &b);
    ok(codec_is_canonical(b.data, b.len), "a frame as it should be");
    for (size_t n = 0; n < b.len; n++) {
        struct sheaf_error err = { 0 };
        uint64_t length = 12345;

        /* Nothing at all is not a frame either, though zstd takes it. */
        good = good && unpack(b.data, n, out, LEN, &err) == SHEAF_ECORRUPT &&
               strcmp(err.clause, "F4.10") == 0 && err.offset == AT;
        good = good && unpack_stream(b.data, n, LEN, &got, &length, &err) ==
                           SHEAF_ECORRUPT &&
               strcmp(err.clause, "F4.10") == 0 && length == 12345;
        good = good && !codec_is_canonical(b.data, n > 4 ? n - 4 : 0);
    }
    ok(good, "every truncation breaks F4.10");
    for (size_t say = LEN - 1; say <= LEN + 1; say += 2) {
        struct sheaf_error err = { 0 };
        uint64_t length = 12345;

        eq_int(unpack(b.data, b.len, out, say, &err), SHEAF_ECORRUPT,
               "%zu bytes that are %d", say, LEN);
        eq_str(err.clause, "F4.10", "F4.10");
        eq_int(unpack_stream(b.data, b.len, say, &got, &length, &err),
               SHEAF_ECORRUPT, "and as a stream");
        eq_str(err.clause, "F4.10", "F4.10");
        eq_int(length, 12345, "output untouched");
    }
    good = true;
    for (size_t i = 0; i < 8 * b.len; i++) {
        uint64_t length;
        int rc;

        b.data[i / 8] ^= (uint8_t)(1 << i % 8);
        rc = unpack(b.data, b.len, out, LEN, NULL);
        good = good && (rc == SHEAF_ECORRUPT ||
                        (rc == SHEAF_OK && memcmp(out, content, LEN) == 0));
        if (codec_frame_length(b.data, b.len, 0, &length, NULL) == SHEAF_OK) {
            bool told = !codec_is_canonical(b.data, b.len);

            same += rc == SHEAF_OK;
            same_told += rc == SHEAF_OK && told;
            before_last = told ? last_told : before_last;
            last_told = told ? i : last_told;
        }
        b.data[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    ok(good, "every changed bit is refused, or changes nothing");
    /* The others are padding of tables, or a match with the same bytes
     * elsewhere: F4.10 does not speak of those. */
    ok(last_told % 8 == 1 && before_last == last_told - 1,
       "F4.10 tells both bits that are reserved");
    /* Newer versions of libzstd refuse those themselves. */
    ok(same_told == 2 || same_told == 0, "and of %u bits that change nothing "
       "no other", same);
    sheaf_buf_free(&b);
    sheaf_buf_free(&got);
}

static int
stop_at_once(void *arg, const void *data, size_t len)
{
    (void)arg;
    (void)data;
    return len != 0;
}

static void
test_stops(void)
{
    static const uint8_t content[1000] = { 1 };
    struct sheaf_buf b = { 0 };
    struct sheaf_source source;
    struct sheaf_error err = { 0 };
    uint64_t length = 12345;

    make_frame(content, sizeof content, &b);
    if (sheaf_source_memory(&source, sheaf_view(b.data, b.len),
                            NULL) != SHEAF_OK)
        abort();
    eq_int(codec_decompress_stream(dctx, NULL, source, 0, sizeof content,
                                   stop_at_once, NULL, &length, &err),
           SHEAF_ESTOPPED, "whoever takes the bytes may stop");
    eq_int(length, 12345, "output untouched");
    eq_int(codec_compress_stream(cctx, NULL, 3, 0,
                                 (struct sheaf_bytes){ content, 10 }, source,
                                 10, stop_at_once, NULL, &err), SHEAF_EIO,
           "not being able to write is another thing than the magic");
    source.ops->close(source.ctx);
    sheaf_buf_free(&b);
}

/* ---- Dictionaries -------------------------------------------------------- */

static void
test_with_dictionary(void)
{
    uint8_t dict[3000];
    uint8_t content[1000];
    uint8_t out[1000];
    struct codec_cdict *cdict;
    struct codec_ddict *ddict;
    struct sheaf_buf with = { 0 };
    struct sheaf_buf without = { 0 };
    struct sheaf_bytes raw = { dict, sizeof dict };
    struct sheaf_bytes c = { content, sizeof content };

    fill_noise(dict, sizeof dict);
    memcpy(content, dict + 1000, sizeof content);
    if (codec_cdict_new(&cdict, raw, 9, NULL) != SHEAF_OK ||
        codec_ddict_new(&ddict, raw, AT, NULL) != SHEAF_OK)
        abort();
    eq_int(codec_compress(cctx, cdict, 9, c, &with, NULL), SHEAF_OK, "with");
    eq_int(codec_compress(cctx, NULL, 9, c, &without, NULL), SHEAF_OK,
           "and then without a dictionary");
    ok(with.len < 100 && without.len > 1000, "%zu and %zu bytes", with.len,
       without.len);
    eq_int(codec_decompress(dctx, ddict, buf_view(&with), AT, out, sizeof out,
                            NULL), SHEAF_OK, "read back");
    eq_mem(out, content, sizeof out, "the same");
    eq_int(codec_decompress(dctx, NULL, buf_view(&without), AT, out,
                            sizeof out, NULL), SHEAF_OK,
           "the next frame's dictionary is its own");
    eq_int(codec_decompress(dctx, NULL, buf_view(&with), AT, out, sizeof out,
                            NULL), SHEAF_ECORRUPT, "none where one is needed");
    codec_cdict_free(cdict);
    codec_ddict_free(ddict);
    sheaf_buf_free(&with);
    sheaf_buf_free(&without);
}

/* Content for which zstd would copy a digest, and which is compressed with the
 * digest where it is: any decoder reads the frame. */
static void
test_attached(void)
{
    enum { DICT = 3 << 20, CONTENT = 40000 };
    uint8_t *dict = malloc(DICT);
    uint8_t *out = malloc(CONTENT);
    struct sheaf_buf b = { 0 };
    struct codec_cdict *cdict;
    struct codec_ddict *ddict;
    struct sheaf_bytes raw = { dict, DICT };

    if (dict == NULL || out == NULL)
        abort();
    fill_text(dict, DICT);
    if (codec_ddict_new(&ddict, raw, AT, NULL) != SHEAF_OK ||
        codec_cdict_new(&cdict, raw, 19, NULL) != SHEAF_OK)
        abort();
    eq_int(codec_compress(cctx, cdict, 19,
                          sheaf_view(dict + DICT / 2, CONTENT), &b, NULL),
           SHEAF_OK, "a dictionary much longer than the content");
    ok(b.len < 100, "all of it is one match: %zu bytes", b.len);
    eq_int(codec_decompress(dctx, ddict, buf_view(&b), AT, out, CONTENT, NULL),
           SHEAF_OK, "read back");
    eq_mem(out, dict + DICT / 2, CONTENT, "the same");
    codec_cdict_free(cdict);
    codec_ddict_free(ddict);
    sheaf_buf_free(&b);
    free(dict);
    free(out);
}

/* Every level with a dictionary that is digested our way: any decoder reads
 * the frames, and what is digested with more search finds more. */
static void
test_levels(void)
{
    static const int levels[] = { 1, 12, 13, 15, 16, 19 };
    enum { DICT = 300000, CONTENT = 40000 };
    uint8_t *dict = malloc(DICT);
    uint8_t *content = malloc(CONTENT);
    uint8_t *out = malloc(CONTENT);
    size_t lengths[COUNT_OF(levels)];
    struct codec_ddict *ddict;
    struct sheaf_bytes raw = { dict, DICT };
    struct sheaf_bytes c = { content, CONTENT };

    if (dict == NULL || content == NULL || out == NULL)
        abort();
    /* Words from the dictionary, each from another place in it. */
    fill_text(dict, DICT);
    for (size_t i = 0; i < CONTENT; i += 20)
        memcpy(content + i, dict + i * 7919 % (DICT - 20), 20);
    if (codec_ddict_new(&ddict, raw, AT, NULL) != SHEAF_OK)
        abort();
    for (size_t i = 0; i < COUNT_OF(levels); i++) {
        struct codec_cdict *cdict;
        struct sheaf_buf b = { 0 };

        if (codec_cdict_new(&cdict, raw, levels[i], NULL) != SHEAF_OK)
            abort();
        eq_int(codec_compress(cctx, cdict, levels[i], c, &b, NULL), SHEAF_OK,
               "level %d", levels[i]);
        eq_int(codec_decompress(dctx, ddict, buf_view(&b), AT, out, CONTENT,
                                NULL), SHEAF_OK, "read back");
        eq_mem(out, content, CONTENT, "the same");
        lengths[i] = b.len;
        codec_cdict_free(cdict);
        sheaf_buf_free(&b);
    }
    ok(lengths[1] < lengths[0], "level 12: %zu of %zu bytes", lengths[1],
       lengths[0]);
    ok(lengths[3] <= lengths[2], "level 15: %zu of %zu bytes", lengths[3],
       lengths[2]);
    codec_ddict_free(ddict);
    free(dict);
    free(content);
    free(out);
}

/* A frame straight from zstd. */
static void
pack_with(const uint8_t *data, size_t len, bool checksum, bool size,
          struct sheaf_buf *out)
{
    ZSTD_CCtx *z = ZSTD_createCCtx();
    size_t n;

    out->len = 0;
    if (z == NULL || !buf_reserve(out, ZSTD_compressBound(len)))
        abort();
    ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, checksum);
    ZSTD_CCtx_setParameter(z, ZSTD_c_contentSizeFlag, size);
    n = ZSTD_compress2(z, out->data, out->cap, data, len);
    if (ZSTD_isError(n))
        abort();
    out->len = n;
    ZSTD_freeCCtx(z);
}

/* What payloads F5.1 and F5.2 refuse, by one change each. */
static void
test_payloads(void)
{
    enum { PLAIN, NO_CHECKSUM, NO_SIZE, SHORTER, LONGER, CHANGED, TWO,
           SKIPPABLE, NOTHING, TOO_LONG, LONGEST, KINDS };
    static const struct {
        const char *what;
        const char *clause;
    } rows[KINDS] = {
        [PLAIN] = { "as it should be", "" },
        [NO_CHECKSUM] = { "no checksum", "F5.2" },
        [NO_SIZE] = { "no content size", "F5.2" },
        [SHORTER] = { "a byte less", "F5.2" },
        [LONGER] = { "a byte more", "F5.2" },
        [CHANGED] = { "a byte changed", "F5.2" },
        [TWO] = { "two frames", "F5.2" },
        [SKIPPABLE] = { "a skippable frame", "F5.2" },
        [NOTHING] = { "nothing", "F5.2" },
        [TOO_LONG] = { "16 MiB and a byte", "F5.1" },
        [LONGEST] = { "16 MiB", "" },
    };
    uint8_t *data = calloc(1, CODEC_DICT_MAX + 1);
    struct sheaf_buf b = { 0 };

    if (data == NULL)
        abort();
    for (unsigned k = 0; k < KINDS; k++) {
        struct sheaf_error err = { 0 };
        struct sheaf_buf out = { 0 };
        size_t len = k == TOO_LONG  ? CODEC_DICT_MAX + 1
                     : k == LONGEST ? CODEC_DICT_MAX
                                    : 3000;
        bool fine = rows[k].clause[0] == '\0';

        fill_text(data, 3000);
        pack_with(data, len, k != NO_CHECKSUM, k != NO_SIZE, &b);
        if (k == SHORTER)
            b.len--;
        if (k == CHANGED)
            b.data[b.len - 5] ^= 0x10;
        if (k == TWO) {
            uint8_t *again = copy_of(b.data, b.len);

            if (!buf_add(&b, again, b.len))
                abort();
            free(again);
        }
        if (k == LONGER && !buf_add_be(&b, 0, 1))
            abort();
        if (k == NOTHING || k == SKIPPABLE)
            b.len = 0;
        if (k == SKIPPABLE && !buf_add(&b, "\x50\x2a\x4d\x18\4\0\0\0abcd", 12))
            abort();
        if (!buf_add_str(&out, "old"))
            abort();
        eq_int(codec_unpack_dict(buf_view(&b), AT, &out, &err),
               fine ? SHEAF_OK : SHEAF_ECORRUPT, "dictionary, %s: code",
               rows[k].what);
        eq_str(err.clause, rows[k].clause, "dictionary, %s: clause",
               rows[k].what);
        if (fine)
            ok(out.len == len && memcmp(out.data, data, len) == 0,
               "dictionary, %s: read back", rows[k].what);
        else
            ok(out.len == 3 && memcmp(out.data, "old", 3) == 0,
               "dictionary, %s: output untouched", rows[k].what);
        sheaf_buf_free(&out);
    }
    sheaf_buf_free(&b);
    free(data);
}

/* Packed, also when it is larger than an article's window may be: F2.5 and
 * F4.10 hold for it, F4.1's limit does not. */
static void
test_packed(void)
{
    static const size_t lengths[] = { 5000, 1 << 20, (8 << 20) + 5000 };

    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        struct content c = { malloc(lengths[i]), lengths[i] };
        struct sheaf_buf b = { 0 };
        struct sheaf_buf out = { 0 };

        if (c.data == NULL)
            abort();
        fill_noise(c.data, c.len);
        put_magic(&c, c.len / 2);
        put_magic(&c, c.len - 77);
        eq_int(codec_pack_dict(cctx, 9, (struct sheaf_bytes){ c.data, c.len },
                               &b, NULL), SHEAF_OK,
               "a dictionary of %zu bytes", c.len);
        eq_int(codec_unpack_dict(buf_view(&b), AT, &out, NULL), SHEAF_OK,
               "read back");
        ok(out.len == c.len && memcmp(out.data, c.data, c.len) == 0,
           "the same");
        /* Its header has no more than 18 bytes, and none of the magic. */
        ok(b.len > 30 && codec_find_magic(b.data + 4, b.len - 8) == b.len - 8,
           "F2.5 holds for %zu bytes", c.len);
        ok(codec_is_canonical(b.data, b.len), "F4.10 holds for %zu bytes",
           c.len);
        sheaf_buf_free(&b);
        sheaf_buf_free(&out);
        free(c.data);
    }
}

/* Rows are for dictionaries of some sizes and strategies alone. */
static void
test_level_for_all(void)
{
    for (int level = 1; level <= 19; level++) {
        size_t len = 20000;
        int higher = codec_level_for_all(level, 3000, len);
        ZSTD_compressionParameters p = ZSTD_getCParams(higher, 3000, len);

        ok(higher >= level && higher <= 19 &&
               (p.strategy < ZSTD_greedy || p.strategy > ZSTD_lazy2),
           "level %d: %d, by no rows", level, higher);
        eq_int(codec_level_for_all(level, 3000, (size_t)1 << 20), level,
               "of a large dictionary, level %d", level);
    }
    eq_int(codec_level_for_all(3, 3000, 20000), 3, "3 has no rows");
}

int
main(void)
{
    eq_int(codec_version(), ZSTD_versionNumber(), "the library's version");
    if (codec_cctx_new(&cctx, NULL) != SHEAF_OK ||
        codec_dctx_new(&dctx, NULL) != SHEAF_OK)
        abort();
    test_headers();
    test_find();
    test_elsewhere();
    test_noise();
    test_borders();
    test_text();
    test_pieces();
    test_lengths();
    test_short();
    test_blocks();
    test_damaged();
    test_stops();
    test_with_dictionary();
    test_attached();
    test_levels();
    test_level_for_all();
    test_payloads();
    test_packed();
    codec_cctx_free(cctx);
    codec_dctx_free(dctx);
    codec_cctx_free(NULL);
    codec_dctx_free(NULL);
    eq_int(mem_live(), 0, "all given back");
    return tap_done();
}
