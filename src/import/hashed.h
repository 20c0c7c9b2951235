/*
 * hashed.h - what is known of IDs or addresses, by their hashes: a table that
 * grows up to a limit, and then takes no new ones.
 */
#ifndef SHEAF_IMPORT_HASHED_H
#define SHEAF_IMPORT_HASHED_H

#include "import/import.h"

/* Set `size` and `max`. An entry begins with its hash, a uint64_t; the rest of
 * a new one is zeros. */
struct hashed {
    size_t size; /* of an entry, in bytes */
    size_t max;  /* a power of 2: entries that it grows up to */
    unsigned char *slots;
    size_t cap; /* a power of 2; a quarter of it stays empty */
    size_t used;
};

/* The hash of a text, 0 of nothing. */
uint64_t hashed_text(struct text t);
/* The entry of a hash, which is not 0, or a new one; NULL: the table is full.
 * It holds up to the next call. */
void *hashed_entry(struct hashed *h, uint64_t hash);
/* The entry of a hash, or NULL. */
void *hashed_find(const struct hashed *h, uint64_t hash);

#endif
