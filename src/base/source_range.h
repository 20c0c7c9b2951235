/*
 * source_range.h - some of the bytes of a source, as a source.
 */
#ifndef SHEAF_BASE_SOURCE_RANGE_H
#define SHEAF_BASE_SOURCE_RANGE_H

#include "sheaf.h"

struct source_range {
    struct sheaf_source of; /* borrowed: closing the range does not close it */
    uint64_t from;
    uint64_t size; /* whatever the source says later */
};

/* A source over `range`, which must outlive it. */
struct sheaf_source source_of_range(struct source_range *range);

#endif
