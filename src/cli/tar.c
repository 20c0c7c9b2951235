/*
 * tar.c - writing a tar archive: ustar, with pax headers.
 *
 * A header is a block of 512 bytes, POSIX.1-2008, pax, "ustar Interchange
 * Format". What does not fit comes before it, in a file of type x whose lines
 * are "LENGTH KEY=VALUE\n", the length counting itself.
 */
#include "cli/tar.h"

#include <stdio.h>

#define BLOCK 512
#define NAME_BYTES 100
/* Eleven octal digits. */
#define FIELD_MAX (((uint64_t)1 << 33) - 1)

static const uint8_t zeros[2 * BLOCK];

/* `width` octal digits. */
static void
put_octal(uint8_t *at, unsigned width, uint64_t v)
{
    for (unsigned i = width; i > 0; i--, v >>= 3)
        at[i - 1] = (uint8_t)('0' + (v & 7));
}

static void
put_block(struct out *o, struct sheaf_bytes name, char type, uint64_t size,
          uint64_t seconds)
{
    uint8_t h[BLOCK] = { 0 };
    unsigned sum = 0;

    assert(name.len <= NAME_BYTES && size <= FIELD_MAX &&
           seconds <= FIELD_MAX);
    memcpy(h, name.data, name.len);
    put_octal(h + 100, 7, 0644);
    put_octal(h + 108, 7, 0);
    put_octal(h + 116, 7, 0);
    put_octal(h + 124, 11, size);
    put_octal(h + 136, 11, seconds);
    memset(h + 148, ' ', 8);
    h[156] = (uint8_t)type;
    memcpy(h + 257, "ustar\00000", 8);
    for (size_t i = 0; i < BLOCK; i++)
        sum += h[i];
    put_octal(h + 148, 6, sum);
    h[154] = '\0';
    out_bytes(o, h, sizeof h);
}

static bool
add_pax(struct sheaf_buf *t, const char *key, struct sheaf_bytes value)
{
    size_t rest = strlen(key) + value.len + 3; /* " ", "=", line feed */
    size_t len = rest + 1;
    char digits[24];

    while ((size_t)snprintf(digits, sizeof digits, "%zu", len) + rest != len)
        len = strlen(digits) + rest;
    return buf_format(t, "%zu %s=", len, key) &&
           buf_add(t, value.data, value.len) && buf_add(t, "\n", 1);
}

static bool
is_ascii(struct sheaf_bytes path)
{
    for (size_t i = 0; i < path.len; i++)
        if (path.data[i] >= 0x80)
            return false;
    return true;
}

/* The start of the path, for programs that do not know pax. */
static struct sheaf_bytes
short_name(struct sheaf_bytes path, uint8_t out[NAME_BYTES])
{
    size_t len = path.len < NAME_BYTES ? path.len : NAME_BYTES;

    for (size_t i = 0; i < len; i++)
        out[i] = path.data[i] < 0x80 ? path.data[i] : '_';
    return sheaf_view(out, len);
}

bool
tar_header(struct out *o, struct sheaf_bytes path, uint64_t size,
           int64_t time)
{
    int64_t seconds = time / 1000 - (time % 1000 < 0);
    uint8_t name[NAME_BYTES];
    struct sheaf_buf pax = { 0 };
    char number[24];
    bool good = true;

    if (time == INT64_MIN)
        seconds = 0;
    if (path.len > NAME_BYTES || !is_ascii(path))
        good = add_pax(&pax, "path", path);
    if (good && (seconds < 0 || (uint64_t)seconds > FIELD_MAX)) {
        snprintf(number, sizeof number, "%lld", (long long)seconds);
        good = add_pax(&pax, "mtime", sheaf_str(number));
        seconds = 0;
    }
    if (good && size > FIELD_MAX) {
        snprintf(number, sizeof number, "%llu", (unsigned long long)size);
        good = add_pax(&pax, "size", sheaf_str(number));
        size = 0;
    }
    if (good && pax.len > 0) {
        put_block(o, sheaf_str("pax"), 'x', pax.len, 0);
        out_bytes(o, pax.data, pax.len);
        tar_padding(o, pax.len);
    }
    if (good)
        put_block(o, short_name(path, name), '0', size, (uint64_t)seconds);
    sheaf_buf_free(&pax);
    return good;
}

void
tar_padding(struct out *o, uint64_t size)
{
    if (size % BLOCK != 0)
        out_bytes(o, zeros, BLOCK - size % BLOCK);
}

void
tar_end(struct out *o)
{
    out_bytes(o, zeros, 2 * BLOCK);
}
