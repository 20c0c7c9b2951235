/*
 * utf8.h - UTF-8: checking it, and characters from and to bytes.
 *
 * Overlong forms, surrogates, numbers above U+10FFFF and cut characters are
 * invalid.
 */
#ifndef SHEAF_BASE_UTF8_H
#define SHEAF_BASE_UTF8_H

#include "base/base.h"
#include "sheaf.h"

#define UTF8_MAX 4 /* bytes of one character */

/* Length of the character at `p`; 0 if there is no valid one. `left`, the
 * number of bytes there, is at least 1. */
size_t utf8_len(const uint8_t *p, size_t left);
/* The same, and the character's number in *code. */
size_t utf8_next(const uint8_t *p, size_t left, uint32_t *code);
/* Writes a character and returns its number of bytes. `code` is at most
 * 0x10FFFF. */
size_t utf8_put(uint8_t out[UTF8_MAX], uint32_t code);
bool utf8_valid(struct sheaf_bytes text);

/* Checks text that comes in pieces, which may end within a character.
 * Initialise with { 0 }. */
struct utf8_check {
    uint8_t kept[UTF8_MAX]; /* the start of the character that was cut */
    size_t count;
    bool bad;
};
void utf8_feed(struct utf8_check *c, const void *data, size_t len);
/* Everything that was added is UTF-8. */
bool utf8_good(const struct utf8_check *c);

#endif
