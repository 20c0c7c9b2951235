/*
 * number.c - decimal numbers as text.
 */
#include "base/number.h"

bool
number_parse(struct sheaf_bytes text, uint64_t max, uint64_t *out)
{
    uint64_t v = 0;

    if (text.len == 0 || text.len > NUMBER_DIGITS_MAX ||
        (text.data[0] == '0' && text.len > 1))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)text.data[i] - '0';

        if (digit > 9)
            return false;
        /* Only the last of NUMBER_DIGITS_MAX digits can overflow. */
        if (i < NUMBER_DIGITS_MAX - 1)
            v = v * 10 + digit;
        else if (MUL_OVERFLOWS(v, (uint64_t)10, &v) ||
                 ADD_OVERFLOWS(v, (uint64_t)digit, &v))
            return false;
    }
    if (v > max)
        return false;
    *out = v;
    return true;
}

size_t
number_print(uint64_t v, char out[NUMBER_DIGITS_MAX])
{
    char digits[NUMBER_DIGITS_MAX];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    memcpy(out, digits + at, sizeof digits - at);
    return sizeof digits - at;
}
