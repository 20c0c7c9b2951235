/*
 * base64.c - bytes as base64.
 */
#include "base/base64.h"

#include <sodium.h>

void
base64_encode(const void *data, size_t len, char *out)
{
    (void)sodium_bin2base64(out, BASE64_SIZE(len), data, len,
                            sodium_base64_VARIANT_ORIGINAL);
}

bool
base64_decode(const void *text, size_t text_len, void *out, size_t cap,
              size_t *len)
{
    const char *start = text;
    const char *end;

    /* libsodium decodes the part that it understands and reports success. So
     * check where it stopped. It also takes bytes above 127 for letters
     * (1.0.18), so check for those first. */
    for (size_t i = 0; i < text_len; i++) {
        if ((unsigned char)start[i] > 127)
            return false;
    }
    return sodium_base642bin(out, cap, start, text_len, NULL, len, &end,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           end == start + text_len;
}
