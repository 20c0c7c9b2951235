/*
 * number.h - decimal numbers as text.
 */
#ifndef SHEAF_BASE_NUMBER_H
#define SHEAF_BASE_NUMBER_H

#include "base/base.h"
#include "sheaf.h"

#define NUMBER_DIGITS_MAX 20 /* of a uint64_t */

/* Parses all of `text` as a decimal number of at most `max`: digits without a
 * sign or leading zero. */
bool number_parse(struct sheaf_bytes text, uint64_t max, uint64_t *out);
/* Writes the digits, without a NUL, and returns how many. */
size_t number_print(uint64_t v, char out[NUMBER_DIGITS_MAX]);

#endif
