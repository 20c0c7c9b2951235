/*
 * out.c - buffered output, and printing untrusted text.
 *
 * Not stdio: it would cost a few more system calls, and `get` should make few.
 */
#include "cli/out.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/hex.h"
#include "base/utf8.h"

void
out_start(struct out *o, int fd)
{
    o->sink.ops = NULL;
    o->fd = fd;
    o->sys = 0;
    o->used = 0;
}

bool
out_is_terminal(const struct out *o)
{
    return o->sink.ops == NULL && isatty(o->fd);
}

static bool wrote;

bool
out_wrote(void)
{
    return wrote;
}

static void
write_all(struct out *o, const uint8_t *data, size_t len)
{
    wrote = wrote || (o->fd == STDOUT_FILENO && len > 0);
    if (o->sys == 0)
        o->sys = fd_write(o->fd, data, len);
}

static void
pass_on(struct out *o, const void *data, size_t len)
{
    if (o->sys != 0 || len == 0)
        return;
    if (o->sink.ops != NULL)
        o->sys = o->sink.ops->write(o->sink.ctx, data, len);
    else
        write_all(o, data, len);
}

bool
out_flush(struct out *o)
{
    pass_on(o, o->buffer, o->used);
    o->used = 0;
    return o->sys == 0;
}

void
out_bytes(struct out *o, const void *data, size_t len)
{
    if (len > sizeof o->buffer - o->used)
        out_flush(o);
    if (len > sizeof o->buffer) {
        pass_on(o, data, len);
    } else if (len > 0) {
        memcpy(o->buffer + o->used, data, len);
        o->used += len;
    }
}

void
out_str(struct out *o, const char *s)
{
    out_bytes(o, s, strlen(s));
}

void
out_format(struct out *o, const char *format, ...)
{
    char line[1024];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    assert(n >= 0 && (size_t)n < sizeof line);
    out_bytes(o, line, (size_t)n);
}

bool
out_is_hidden(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        { 0x00, 0x1F },       { 0x7F, 0x9F },       { 0xAD, 0xAD },
        { 0x34F, 0x34F },     { 0x61C, 0x61C },     { 0x115F, 0x1160 },
        { 0x17B4, 0x17B5 },   { 0x180B, 0x180F },   { 0x200B, 0x200F },
        { 0x2028, 0x202E },   { 0x2060, 0x206F },   { 0x3164, 0x3164 },
        { 0xFEFF, 0xFEFF },   { 0xFFA0, 0xFFA0 },   { 0xFFF0, 0xFFFB },
        { 0x1BCA0, 0x1BCA3 }, { 0x1D173, 0x1D17A }, { 0xE0000, 0xE0FFF },
    };

    for (size_t i = 0; i < COUNT_OF(ranges); i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    return false;
}

void
out_visible(struct out *o, struct sheaf_bytes text)
{
    size_t i = 0, done = 0;

    while (i < text.len) {
        uint32_t c = text.data[i];
        size_t n;

        if (c >= 0x20 && c < 0x7F) {
            i++;
            continue;
        }
        n = utf8_next(text.data + i, text.len - i, &c);
        if (n != 0 && !out_is_hidden(c)) {
            i += n;
            continue;
        }
        out_bytes(o, text.data + done, i - done);
        if (n == 0)
            out_format(o, "\\x{%02X}", (unsigned)text.data[i]);
        else
            out_format(o, "\\u{%X}", (unsigned)c);
        i += n != 0 ? n : 1;
        done = i;
    }
    out_bytes(o, text.data + done, i - done);
}

static void
escape_char(struct out *o, uint8_t c)
{
    static const char letters[] = "btn\0fr";

    if (c == '"' || c == '\\') {
        out_bytes(o, "\\", 1);
        out_bytes(o, &c, 1);
    } else if (c >= '\b' && c <= '\r' && c != '\v') {
        out_bytes(o, "\\", 1);
        out_bytes(o, letters + (c - '\b'), 1);
    } else {
        out_format(o, "\\u%04x", (unsigned)c);
    }
}

/* Control characters of C1, and those that change the order of others. An
 * escape means the same, and a terminal does nothing with it. */
static bool
reorders(uint32_t c)
{
    return (c >= 0x7F && c <= 0x9F) || c == 0x61C || c == 0x200E ||
           c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069);
}

void
out_escaped(struct out *o, struct sheaf_bytes text)
{
    size_t i = 0, done = 0;

    while (i < text.len) {
        uint8_t b = text.data[i];
        uint32_t code;
        size_t n;

        if (b >= 0x20 && b < 0x7F && b != '"' && b != '\\') {
            i++;
            continue;
        }
        n = utf8_next(text.data + i, text.len - i, &code);
        if (n > 1 && !reorders(code)) {
            i += n;
            continue;
        }
        out_bytes(o, text.data + done, i - done);
        if (n == 1)
            escape_char(o, b);
        else if (n > 1)
            out_format(o, "\\u%04x", (unsigned)code);
        else
            out_str(o, "\xEF\xBF\xBD");
        i += n > 1 ? n : 1;
        done = i;
    }
    if (i > done)
        out_bytes(o, text.data + done, i - done);
}

void
out_json_text(struct out *o, struct sheaf_bytes text)
{
    size_t i = 0, done = 0;

    while (i < text.len) {
        uint32_t c = text.data[i];
        size_t n = 1;

        if (c >= 0x7F)
            n = utf8_next(text.data + i, text.len - i, &c);
        if (n != 0 && reorders(c)) {
            out_bytes(o, text.data + done, i - done);
            out_format(o, "\\u%04x", (unsigned)c);
            done = i + n;
        }
        i += n != 0 ? n : 1;
    }
    out_bytes(o, text.data + done, i - done);
}

void
out_json(struct out *o, struct sheaf_bytes text)
{
    out_bytes(o, "\"", 1);
    out_escaped(o, text);
    out_bytes(o, "\"", 1);
}

void
out_json_bool(struct out *o, const char *name, bool value)
{
    out_format(o, ",\"%s\":%s", name, value ? "true" : "false");
}

void
out_json_number(struct out *o, const char *name, uint64_t value)
{
    out_format(o, ",\"%s\":%llu", name, (unsigned long long)value);
}

void
out_hex(struct out *o, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char digits[2];

        hex_print(bytes + i, 1, digits);
        out_bytes(o, digits, sizeof digits);
    }
}

int
out_write(void *arg, const void *data, size_t len)
{
    struct out *o = arg;

    out_bytes(o, data, len);
    return o->sys;
}
