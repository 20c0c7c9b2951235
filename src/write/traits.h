/*
 * traits.h - what is kept of each article to tell whether its next revision is
 * one: of its headline, URL and date a byte of a hash, 0 if it has none.
 */
#ifndef SHEAF_WRITE_TRAITS_H
#define SHEAF_WRITE_TRAITS_H

#include "base/base.h"
#include "sheaf.h"

#define TRAITS_BYTES 3

/* Those of an article, from its metadata. */
void traits_take(struct sheaf_bytes fields, uint8_t out[TRAITS_BYTES]);
/* Whether these look like two articles with one ID, as two tables have that
 * number their rows from 1: another headline, and neither the same URL nor the
 * same date. Of two that have URLs, many are of one day. If only one has a
 * headline, or they have no URL and no date to compare, only a number makes
 * that likely. */
bool traits_unlike(struct sheaf_bytes id, const uint8_t old[TRAITS_BYTES],
                   const uint8_t new[TRAITS_BYTES]);

#endif
