/*
 * io.c - what the command asks, and what it is told.
 */
#include "http/http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/fd.h"

static struct sheaf_buf waiting;

void
die(const char *why)
{
    fprintf(stderr, "sheaf-http: %s\n", why);
    exit(1);
}

void *
take_memory(size_t len)
{
    void *p = calloc(1, len != 0 ? len : 1);

    if (p == NULL)
        die("out of memory");
    return p;
}

bool
take_byte(uint8_t *out)
{
    return fd_read(STDIN_FILENO, out, 1) == 0;
}

uint64_t
take_number(unsigned len)
{
    uint8_t bytes[8];

    if (fd_read(STDIN_FILENO, bytes, len) != 0)
        exit(1); /* the command is gone */
    return get_be(bytes, len);
}

char *
take_text(size_t max)
{
    size_t len = take_number(4);
    char *text;

    if (len > max)
        die("a text is too long");
    text = take_memory(len + 1);
    if (fd_read(STDIN_FILENO, text, len) != 0)
        exit(1);
    return text;
}

/* ---- Answers ------------------------------------------------------------- */

static void
write_all(const uint8_t *data, size_t len)
{
    if (fd_write(STDOUT_FILENO, data, len) != 0)
        exit(1);
}

void
put_now(void)
{
    write_all(waiting.data, waiting.len);
    waiting.len = 0;
}

void
put_bytes(const void *data, size_t len)
{
    if (len > 65536) {
        put_now();
        write_all(data, len);
    } else if (!buf_add(&waiting, data, len)) {
        die("out of memory");
    }
}

void
put_byte(char c)
{
    put_bytes(&c, 1);
}

void
put_number(uint64_t v, unsigned len)
{
    uint8_t bytes[8];

    put_be(bytes, v, len);
    put_bytes(bytes, len);
}

void
put_text(const char *text)
{
    size_t len = strlen(text);

    put_number(len, 4);
    put_bytes(text, len);
}
