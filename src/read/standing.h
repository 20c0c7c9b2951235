/*
 * standing.h - whether articles that are there stand, or were redacted and put
 * back by somebody (format.md F6.7, F13.4), for whoever asks it of many.
 */
#ifndef SHEAF_READ_STANDING_H
#define SHEAF_READ_STANDING_H

#include "base/idset.h"
#include "read/reader.h"

/* Initialise with { 0 }, free with standing_free. */
struct standing {
    struct idset *often;       /* IDs with many revisions: which of ... */
    struct sheaf_buf redacted; /* ... these leaf numbers are theirs */
};

void standing_free(struct standing *st);

/* As reader_standing, of any leaves in order. `s` is for lookups. */
int standing_check(struct standing *st, const struct sheaf_reader *r,
                   struct sheaf_scratch *s, const struct sheaf_entry *entry,
                   const uint8_t id_hash[32], const uint8_t hash[32],
                   struct sheaf_error *err);

#endif
