/*
 * input.c - reading ahead: a start to look at, lines, and sizes that
 * nobody said.
 */
#include "import/import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The one file that is ever written: made before the sandbox is shut, used
 * again for each article that needs it. */
static int spool = -1;
static int spool_errno;

void
spool_open(void)
{
    const char *folder = getenv("TMPDIR");
    char *name;

    if (folder == NULL || folder[0] == '\0')
        folder = "/tmp";
    name = format_text("%s/sheaf-import.XXXXXX", folder);
    spool = mkostemp(name, O_CLOEXEC);
    spool_errno = errno;
    if (spool >= 0)
        unlink(name);
    free(name);
}

/* Reads more; false at the end. */
static bool
more(struct input *in)
{
    size_t n;

    if (in->ended)
        return false;
    if (in->at > 0) {
        memmove(in->buffer, in->buffer + in->at, in->len - in->at);
        in->len -= in->at;
        in->at = 0;
    }
    if (in->len == in->cap) {
        in->cap = in->cap != 0 ? 2 * in->cap : LOOK_MAX;
        in->buffer = need_memory(in->buffer, in->cap, 1);
    }
    n = in->read(in->ctx, in->buffer + in->len, in->cap - in->len);
    in->len += n;
    in->ended = n == 0;
    return n != 0;
}

struct text
input_peek(struct input *in, size_t want)
{
    while (in->len - in->at < want && more(in))
        ;
    return text_from(in->buffer + in->at, in->len - in->at);
}

bool
input_line(struct input *in, struct text *line)
{
    size_t seen = 0;

    (void)input_peek(in, 1);
    for (;;) {
        char *start = in->buffer + in->at;
        size_t left = in->len - in->at;
        char *end = left > seen ? memchr(start + seen, '\n', left - seen)
                                : NULL;

        if (end != NULL) {
            *line = text_from(start, (size_t)(end - start));
            in->at += line->len + 1;
            return true;
        }
        seen = left;
        if (left > LINE_MAX_BYTES)
            die(EXIT_LIMIT, in->place, "a line of more than %zu MiB",
                LINE_MAX_BYTES / MIB);
        if (!more(in)) {
            *line = text_from(in->buffer + in->at, left);
            in->at = in->len;
            return left > 0;
        }
    }
}

static void
changed(const struct input *in)
{
    die(EXIT_FAILED, in->place, "not the size it was said to have");
}

void
input_pass(struct input *in, uint64_t size)
{
    while (size > 0) {
        size_t n;

        if (in->at == in->len && !more(in))
            changed(in);
        n = (size_t)min_u64(size, in->len - in->at);
        out_bytes(in->buffer + in->at, n);
        in->at += n;
        size -= n;
    }
    if (in->at != in->len || more(in))
        changed(in);
}

static size_t
read_spool(void *ctx, void *buffer, size_t cap)
{
    const struct input *in = ctx;
    ssize_t n;

    do
        n = read(spool, buffer, cap);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        die(EXIT_FAILED, in->place, "temporary file: %s", strerror(errno));
    return (size_t)n;
}

static void
write_spool(const struct input *in)
{
    size_t at = in->at;

    while (at < in->len) {
        ssize_t n = write(spool, in->buffer + at, in->len - at);

        if (n >= 0)
            at += (size_t)n;
        else if (errno != EINTR)
            die(EXIT_FAILED, in->place, "temporary file: %s",
                strerror(errno));
    }
}

uint64_t
input_measure(struct input *in)
{
    uint64_t size = 0;

    if (input_peek(in, HOLD_MAX + 1).len <= HOLD_MAX)
        return in->len - in->at;
    if (spool < 0)
        die(EXIT_FAILED, in->place, "temporary file: %s",
            strerror(spool_errno));
    if (lseek(spool, 0, SEEK_SET) != 0 || ftruncate(spool, 0) != 0)
        die(EXIT_FAILED, in->place, "temporary file: %s", strerror(errno));
    do {
        write_spool(in);
        size += in->len - in->at;
        in->at = in->len;
    } while (more(in));
    if (lseek(spool, 0, SEEK_SET) != 0)
        die(EXIT_FAILED, in->place, "temporary file: %s", strerror(errno));
    in->at = 0;
    in->len = 0;
    in->ended = false;
    in->read = read_spool;
    in->ctx = in;
    return size;
}

void
input_free(struct input *in)
{
    free(in->buffer);
    in->buffer = NULL;
    in->at = 0;
    in->len = 0;
    in->cap = 0;
}
