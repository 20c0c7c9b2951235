/*
 * dictframe.h - a dictionary in its frame (format.md F5).
 *
 * The frame is a skippable one of zstd's: a magic, the payload's length, and
 * as payload one zstd frame whose content is the dictionary.
 */
#ifndef SHEAF_FORMAT_DICTFRAME_H
#define SHEAF_FORMAT_DICTFRAME_H

#include "base/base.h"
#include "sheaf.h"

#define DICT_HEAD_SIZE 8

/* Append the frame. */
bool dictframe_encode(struct sheaf_bytes payload, struct sheaf_buf *out);

/* The dictionary in `payload`, whose frame is at `offset`: `raw` gets it, and
 * *id its ID. SHEAF_ECORRUPT (F5.2) when there is none in it. */
int dictframe_decode(struct sheaf_bytes payload, uint64_t offset,
                     struct sheaf_buf *raw, uint32_t *id,
                     struct sheaf_error *err);

/* May a dictionary have this ID (F5.2)? */
bool dictframe_id_ok(uint32_t id);

#endif
