/*
 * dictframe.h - a dictionary in its frame (format.md F5).
 *
 * The frame is one of zstd's skippable ones: a magic, the length of the
 * payload, and as payload one zstd frame whose content is the dictionary.
 */
#ifndef SHEAF_FORMAT_DICTFRAME_H
#define SHEAF_FORMAT_DICTFRAME_H

#include "base/base.h"
#include "sheaf.h"

#define DICT_HEAD_SIZE 8

/* Appends the frame. */
bool dictframe_encode(struct sheaf_bytes payload, struct sheaf_buf *out);

/* Decompresses the dictionary in `payload`, whose frame is at `offset`, to
 * `raw`, and reads its ID. SHEAF_ECORRUPT (F5.2): it is not a dictionary. */
int dictframe_decode(struct sheaf_bytes payload, uint64_t offset,
                     struct sheaf_buf *raw, uint32_t *id,
                     struct sheaf_error *err);

/* A few bytes may stand for 16 MiB of a dictionary, and a file may have many of
 * these, one in force after the other. Who walks through one of so many bytes
 * unpacks no more of them, all together. */
static inline uint64_t
dictframe_unpacked_max(uint64_t file_bytes)
{
    return ((uint64_t)1 << 30) + 64 * file_bytes;
}

/* F5.2: whether a dictionary may have this ID. */
bool dictframe_id_ok(uint32_t id);

#endif
