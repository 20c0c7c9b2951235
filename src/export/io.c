/*
 * io.c - what sheaf-export reads and writes, how it fails, and what it
 * gives up before it does anything else.
 */
#include "export/export.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/fd.h"
#include "import/sandbox.h"

#define MEMORY_MAX ((size_t)4 << 30)

static uint8_t buffer[64 * 1024];
static size_t at, filled;

void
die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("sheaf-export: ", stderr);
    vfprintf(stderr, format, args);
    fputs("\n", stderr);
    va_end(args);
    exit(1);
}

/* The command has failed, and said so. */
static void
refill(void)
{
    ssize_t n;

    do
        n = read(STDIN_FILENO, buffer, sizeof buffer);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        exit(1);
    at = 0;
    filled = (size_t)n;
}

void
take(void *out, size_t len)
{
    uint8_t *to = out;

    while (len > 0) {
        size_t n;

        if (at == filled)
            refill();
        n = filled - at < len ? filled - at : len;
        memcpy(to, buffer + at, n);
        at += n;
        to += n;
        len -= n;
    }
}

uint64_t
take_number(unsigned len)
{
    uint8_t bytes[8];

    take(bytes, len);
    return get_be(bytes, len);
}

void
take_text(struct sheaf_buf *out, uint64_t len)
{
    if (len > SIZE_MAX - 1 || !buf_resize(out, (size_t)len) || !buf_end(out))
        die("out of memory");
    take(out->data, (size_t)len);
}

void
put(const void *data, size_t len)
{
    /* The command knows why nobody reads. */
    if (fd_write(STDOUT_FILENO, data, len) != 0)
        exit(1);
}

void
shut_sandbox(void)
{
    const char *why = sandbox_shut(MEMORY_MAX);

    if (why != NULL)
        die("sandbox: %s", why);
}
