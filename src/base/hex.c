/*
 * hex.c - bytes as hexadecimal digits.
 */
#include "base/hex.h"

int
hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

void
hex_print(const void *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *p = bytes;

    for (size_t i = 0; i < len; i++) {
        *out++ = digits[p[i] >> 4];
        *out++ = digits[p[i] & 15];
    }
}

bool
hex_parse(struct sheaf_bytes text, void *out, size_t len)
{
    uint8_t *p = out;

    if (text.len / 2 != len || text.len % 2 != 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        int digit = hex_digit(text.data[i]);

        if (digit < 0 || (text.data[i] >= 'A' && text.data[i] <= 'F'))
            return false;
        p[i / 2] = (uint8_t)(p[i / 2] << 4 | digit);
    }
    return true;
}
