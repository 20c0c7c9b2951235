/*
 * dictfile.h - a dictionary in a file of its own: the frame that it has in an
 * archive (format.md F5), and nothing else.
 */
#ifndef SHEAF_WRITE_DICTFILE_H
#define SHEAF_WRITE_DICTFILE_H

#include "base/base.h"
#include "sheaf.h"

struct dictfile {
    uint32_t id;
    struct sheaf_buf raw;    /* the dictionary */
    struct sheaf_buf packed; /* the payload of its frame */
};

/* Reads a file, for an archive whose dictionaries may have tables of words if
 * `words`. Refuses whatever an archive may not have, with its clause. */
int dictfile_read(struct dictfile *d, struct sheaf_bytes file, bool words,
                  struct sheaf_error *err);
void dictfile_free(struct dictfile *d);

#endif
