/*
 * hex.h - bytes as hexadecimal digits.
 */
#ifndef SHEAF_BASE_HEX_H
#define SHEAF_BASE_HEX_H

#include "base/base.h"
#include "sheaf.h"

/* What a digit of either case is worth; -1 if it is none. */
int hex_digit(uint8_t c);
/* 2 * len lower-case digits, and no NUL. */
void hex_print(const void *bytes, size_t len, char *out);
/* All of `text` and nothing but 2 * len lower-case digits. On false, `out`
 * means nothing. */
bool hex_parse(struct sheaf_bytes text, void *out, size_t len);

#endif
