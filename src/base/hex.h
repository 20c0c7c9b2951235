/*
 * hex.h - bytes as hexadecimal digits.
 */
#ifndef SHEAF_BASE_HEX_H
#define SHEAF_BASE_HEX_H

#include "base/base.h"
#include "sheaf.h"

/* The value of a digit of either case, or -1. */
int hex_digit(uint8_t c);
/* 2 * len lower-case digits, and no NUL. */
void hex_print(const void *bytes, size_t len, char *out);
/* Parses `text`, which must be 2 * len lower-case digits. On false, `out` is
 * undefined. */
bool hex_parse(struct sheaf_bytes text, void *out, size_t len);

#endif
