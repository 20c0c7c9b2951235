/*
 * found.h - the frame in which recover.c found an article, for the writer that
 * keeps it.
 */
#ifndef SHEAF_READ_FOUND_H
#define SHEAF_READ_FOUND_H

#include "base/base.h"
#include "base/spool.h"
#include "sheaf.h"

/* All views are valid as long as the article's. */
struct sheaf_found_frame {
    bool anew; /* it must not be kept, nor must its dictionary: that may have
                  text of an article that was removed */
    struct sheaf_bytes frame;  /* empty: a difference, or large */
    size_t size;               /* bytes of content of the whole frame */
    struct sheaf_bytes one;    /* the content of this article alone */
    size_t index;              /* of this article in the frame */
    uint64_t offset;           /* of the frame */
    uint32_t dict_id;          /* that it names; 0: none */
    struct sheaf_bytes dict;   /* its dictionary, if it names one */
    struct sheaf_bytes packed; /* the payload of that one's frame */
    struct spool *large;       /* the content, if that is not in memory: the
                                  others are empty; and where in it ... */
    uint64_t parts_at;         /* ... the parts begin */
};

#endif
