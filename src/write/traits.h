/*
 * traits.h - what is kept of each article to tell whether its next revision is
 * one: a few bits of hashes of its headline, URL and date, 0 of what it has
 * not.
 */
#ifndef SHEAF_WRITE_TRAITS_H
#define SHEAF_WRITE_TRAITS_H

#include "base/base.h"
#include "sheaf.h"

#define TRAITS_BYTES 3

/* Those of an article, from its metadata. */
void traits_take(struct sheaf_bytes fields, uint8_t out[TRAITS_BYTES]);
/* Whether these look like two articles with one ID, as two tables have that
 * number their rows from 1: another headline, and another URL. If one has no
 * URL, the date counts in its place; of two with URLs it does not, as many
 * articles are of one day, or of one time in a feed that dates all alike. If
 * only one has a headline, or they have no URL and no date to compare, only a
 * number makes that likely. */
bool traits_unlike(struct sheaf_bytes id, const uint8_t old[TRAITS_BYTES],
                   const uint8_t new[TRAITS_BYTES]);

#endif
