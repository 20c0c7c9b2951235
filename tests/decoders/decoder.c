/*
 * decoder.c - one decoder of zstd over the frames of archives. It is built
 * once for each decoder by run.py, which also writes the file of frames.
 * That is a list of items, each a letter and a length (u32, little-endian):
 *
 *   D n  a dictionary for what follows, n bytes; 0 for none
 *   P n  what the next frame is a difference from, n bytes
 *   F n  a frame of n bytes, the u32 size of its content, and the content
 *
 * With -DEDUCATIONAL the decoder is the one that zstd's authors wrote to
 * explain the format. It ends the process when it refuses a frame, so each
 * frame has a process of its own.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef EDUCATIONAL
#include "zstd_decompress.h"

#include <sys/wait.h>
#include <unistd.h>
#else
#include <zstd.h>
#endif

struct bytes {
    uint8_t *data;
    size_t len;
};

static unsigned long frames;
static unsigned long refused;

static uint32_t
number(FILE *in)
{
    uint8_t b[4];

    if (fread(b, 1, 4, in) != 4) {
        fprintf(stderr, "decoder: the file of frames is cut off\n");
        exit(2);
    }
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
           (uint32_t)b[3] << 24;
}

static struct bytes
read_bytes(FILE *in, uint32_t len)
{
    struct bytes b = { malloc((size_t)len + 1), len };

    if (b.data == NULL || fread(b.data, 1, len, in) != len) {
        fprintf(stderr, "decoder: the file of frames is cut off\n");
        exit(2);
    }
    return b;
}

static void
release(struct bytes *b)
{
    free(b->data);
    b->data = NULL;
    b->len = 0;
}

#ifdef EDUCATIONAL

static dictionary_t *dictionary;
static struct bytes prefix;

static void
use_dictionary(struct bytes dict)
{
    if (dictionary != NULL)
        free_dictionary(dictionary);
    dictionary = NULL;
    if (dict.len == 0)
        return;
    dictionary = create_dictionary();
    parse_dictionary(dictionary, dict.data, dict.len);
}

static const char *
try_frame(struct bytes frame, struct bytes want)
{
    uint8_t *out = malloc(want.len + 1);
    int status = 0;
    pid_t child;

    fflush(stdout);
    if (out == NULL || (child = fork()) < 0)
        exit(2);
    if (child == 0) {
        dictionary_t *d = dictionary;

        if (prefix.len > 0) {
            d = create_dictionary();
            parse_dictionary(d, prefix.data, prefix.len);
        }
        size_t n = d != NULL
                       ? ZSTD_decompress_with_dict(out, want.len, frame.data,
                                                   frame.len, d)
                       : ZSTD_decompress(out, want.len, frame.data, frame.len);
        _exit(n == want.len && memcmp(out, want.data, n) == 0 ? 0 : 3);
    }
    waitpid(child, &status, 0);
    free(out);
    if (status == 0)
        return NULL;
    return WIFEXITED(status) && WEXITSTATUS(status) == 3 ? "other bytes"
                                                         : "refused";
}

static const char *
decoder_version(void)
{
    return "educational";
}

#else

static ZSTD_DCtx *context;
static ZSTD_DDict *dictionary;
static struct bytes prefix;

static void
use_dictionary(struct bytes dict)
{
    ZSTD_freeDDict(dictionary);
    dictionary = NULL;
    if (dict.len == 0)
        return;
    dictionary = ZSTD_createDDict(dict.data, dict.len);
    if (dictionary == NULL) {
        printf("a dictionary of %zu bytes: refused\n", dict.len);
        refused++;
    }
}

static void
prepare(void)
{
    ZSTD_DCtx_reset(context, ZSTD_reset_session_and_parameters);
    ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, 24);
    if (prefix.len > 0)
        ZSTD_DCtx_refPrefix(context, prefix.data, prefix.len);
    else
        ZSTD_DCtx_refDDict(context, dictionary);
}

/* All at once into a buffer of the right size. */
static const char *
whole(struct bytes frame, struct bytes want, uint8_t *out)
{
    prepare();
    size_t n = ZSTD_decompressDCtx(context, out, want.len, frame.data,
                                   frame.len);

    if (ZSTD_isError(n))
        return ZSTD_getErrorName(n);
    return n == want.len && memcmp(out, want.data, n) == 0 ? NULL
                                                           : "other bytes";
}

/* In pieces, so that the decoder has no more than the window. */
static const char *
streamed(struct bytes frame, struct bytes want, uint8_t *out)
{
    ZSTD_inBuffer in = { frame.data, 0, 0 };
    size_t got = 0;
    size_t left = 1;

    prepare();
    while (left != 0) {
        size_t before = got + in.pos;
        ZSTD_outBuffer to = { out, 1021, 0 };

        in.size = in.pos + 509 < frame.len ? in.pos + 509 : frame.len;
        left = ZSTD_decompressStream(context, &to, &in);
        if (ZSTD_isError(left))
            return ZSTD_getErrorName(left);
        if (to.pos > want.len - got ||
            memcmp(out, want.data + got, to.pos) != 0)
            return "other bytes";
        got += to.pos;
        if (left != 0 && got + in.pos == before)
            return "cut off";
    }
    return got == want.len && in.pos == frame.len ? NULL : "other bytes";
}

static const char *
try_frame(struct bytes frame, struct bytes want)
{
    uint8_t *out = malloc(want.len + 1024);

    if (out == NULL)
        exit(2);
    const char *why = whole(frame, want, out);

    if (why == NULL)
        why = streamed(frame, want, out);
    free(out);
    return why;
}

static const char *
decoder_version(void)
{
    return ZSTD_versionString();
}

#endif

static void
frame_item(FILE *in, uint32_t len)
{
    uint32_t size = number(in);
    struct bytes frame = read_bytes(in, len);
    struct bytes want = read_bytes(in, size);
    const char *why = try_frame(frame, want);

    if (why != NULL) {
        printf("frame %lu, %zu bytes: %s\n", frames, frame.len, why);
        refused++;
    }
    frames++;
    release(&frame);
    release(&want);
    release(&prefix);
}

int
main(int argc, char **argv)
{
    FILE *in = argc == 2 ? fopen(argv[1], "rb") : NULL;
    struct bytes dict = { NULL, 0 };
    int kind;

    if (in == NULL) {
        fprintf(stderr, "usage: decoder FRAMES\n");
        return 2;
    }
#ifndef EDUCATIONAL
    context = ZSTD_createDCtx();
#endif
    while ((kind = getc(in)) != EOF) {
        uint32_t len = number(in);

        if (kind == 'D') {
            release(&dict);
            dict = read_bytes(in, len);
            use_dictionary(dict);
        } else if (kind == 'P') {
            release(&prefix);
            prefix = read_bytes(in, len);
        } else {
            frame_item(in, len);
        }
    }
    fclose(in);
    printf("%s: %lu frames, %lu refused\n", decoder_version(), frames,
           refused);
    return refused != 0;
}
