/*
 * base64.h - bytes as base64: RFC 4648, section 4, padded.
 */
#ifndef SHEAF_BASE_BASE64_H
#define SHEAF_BASE_BASE64_H

#include "base/base.h"

/* Characters in the base64 of `len` bytes, and with a NUL after them. */
#define BASE64_LEN(len) (((len) + 2) / 3 * 4)
#define BASE64_SIZE(len) (BASE64_LEN(len) + 1)

/* `out` holds BASE64_SIZE(len), a NUL last. */
void base64_encode(const void *data, size_t len, char *out);

/* Decodes `text`, which must be the canonical base64 of *len bytes: no white
 * space, no bits after the last byte. False if it is not, or if there are more
 * than `cap` bytes; `out` is then undefined. */
bool base64_decode(const void *text, size_t text_len, void *out, size_t cap,
                   size_t *len);

#endif
