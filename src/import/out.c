/*
 * out.c - the record stream, and the end of the program when
 * something goes wrong. Also the little there is about memory.
 */
#include "import/import.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cursor.h"

#define PLACE_MAX ((size_t)4096)
/* How much of an article that can't be finished is made up with zeros, so
 * that the failure has a place in the stream where it is seen. */
#define PAD_MAX ((uint64_t)4 << 30)

/* There is one stream, and die() must know how far it is from anywhere. */
static struct {
    unsigned char buffer[64 * 1024];
    size_t len;
    uint64_t articles;
    uint64_t owed; /* bytes of the current article not yet written */
    bool dying;
} out;

static void
flush(void)
{
    size_t at = 0;

    while (at < out.len) {
        ssize_t n = write(STDOUT_FILENO, out.buffer + at, out.len - at);

        if (n > 0) {
            at += (size_t)n;
        } else if (n < 0 && errno != EINTR) {
            /* A reader that went away knows why, and needs no message. */
            if (errno != EPIPE)
                fprintf(stderr, "sheaf-import: standard output: %s\n",
                        strerror(errno));
            _exit(EXIT_FAILED);
        }
    }
    out.len = 0;
}

static void
put(const void *data, size_t len)
{
    const unsigned char *p = data;

    while (len > 0) {
        size_t n = sizeof out.buffer - out.len;

        n = n < len ? n : len;
        memcpy(out.buffer + out.len, p, n);
        out.len += n;
        p += n;
        len -= n;
        if (out.len == sizeof out.buffer)
            flush();
    }
}

static void
put_int(uint64_t v, unsigned len)
{
    uint8_t bytes[8];

    put_be(bytes, v, len);
    put(bytes, len);
}

/* Text for people: names come from strangers, so that no byte of them may
 * move the cursor or end the line. */
static struct text
clean(char *s)
{
    unsigned char *p = (unsigned char *)s;
    size_t len = strlen(s);

    len = len < PLACE_MAX ? len : PLACE_MAX;
    for (size_t i = 0; i < len;) {
        size_t n = utf8_char(p + i, len - i);

        if (n == 0 || p[i] < 0x20 || p[i] == 0x7F ||
            (p[i] == 0xC2 && p[i + 1] < 0xA0)) {
            n = n == 0 ? 1 : n;
            memset(p + i, '?', n);
        }
        i += n;
    }
    return text_from(s, len);
}

void
out_start(void)
{
    signal(SIGPIPE, SIG_IGN);
    put("SHFIMP0\n", 8);
}

void
out_article(const char *place, struct text meta, const char *type,
            uint64_t size)
{
    char *copy = format_text("%s", place);
    struct text t = clean(copy);

    assert(out.owed == 0);
    assert(meta.len <= META_MAX && strlen(type) <= UINT8_MAX);
    put("A", 1);
    put_int(t.len, 2);
    put(t.data, t.len);
    put_int(meta.len, 4);
    put(meta.data, meta.len);
    put_int(1, 1);
    put_int(2, 1);
    put_int(strlen(type), 1);
    put(type, strlen(type));
    put_int(size, 8);
    out.owed = size;
    out.articles++;
    free(copy);
}

void
out_bytes(const void *data, size_t len)
{
    assert(len <= out.owed);
    put(data, len);
    out.owed -= len;
}

void
out_skip(const char *place, const char *why)
{
    char *line = format_text("%s: %s", place, why);
    struct text t = clean(line);

    assert(out.owed == 0);
    put("S", 1);
    put_int(t.len, 4);
    put(t.data, t.len);
    free(line);
}

void
out_end(void)
{
    assert(out.owed == 0);
    put("Z", 1);
    put_int(out.articles, 8);
    flush();
}

static void
put_failure(int code, char *line)
{
    static const unsigned char zeros[4096];
    struct text t = clean(line);

    if (out.owed > PAD_MAX) {
        flush();
        fprintf(stderr, "sheaf-import: %.*s\n", (int)t.len, t.data);
        _exit(EXIT_FAILED);
    }
    while (out.owed > 0) {
        size_t n = (size_t)min_u64(out.owed, sizeof zeros);

        out_bytes(zeros, n);
    }
    put("F", 1);
    put_int((unsigned)code, 1);
    put_int(t.len, 4);
    put(t.data, t.len);
    flush();
}

noreturn void
die(int code, const char *place, const char *format, ...)
{
    char message[1024];
    char *line;
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (!out.dying) {
        out.dying = true;
        if (place == NULL) {
            put_failure(code, message);
        } else {
            line = format_text("%s: %s", place, message);
            put_failure(code, line);
        }
    }
    _exit(EXIT_FAILED);
}

void *
need_memory(void *ptr, size_t count, size_t size)
{
    size_t bytes;
    void *p = NULL;

    if (!MUL_OVERFLOWS(count, size, &bytes))
        p = realloc(ptr, bytes != 0 ? bytes : 1);
    if (p == NULL)
        die(EXIT_FAILED, NULL, "out of memory");
    return p;
}

void
buf_room(struct buf *b, size_t more)
{
    size_t need;

    if (ADD_OVERFLOWS(b->len, more, &need))
        die(EXIT_FAILED, NULL, "out of memory");
    if (need <= b->cap)
        return;
    b->cap = need < 256 ? 256 : need + need / 2;
    b->data = need_memory(b->data, b->cap, 1);
}

void
buf_add(struct buf *b, const void *data, size_t len)
{
    if (len == 0)
        return;
    buf_room(b, len);
    memcpy(b->data + b->len, data, len);
    b->len += len;
}

void
buf_str(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void
buf_free(struct buf *b)
{
    free(b->data);
    memset(b, 0, sizeof *b);
}

char *
format_text(const char *format, ...)
{
    va_list args;
    char *s = NULL;
    int n;

    va_start(args, format);
    n = vasprintf(&s, format, args);
    va_end(args);
    if (n < 0)
        die(EXIT_FAILED, NULL, "out of memory");
    return s;
}
