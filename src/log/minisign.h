/*
 * minisign.h - signature files of minisign and signify.
 *
 * Key files are sheaf.h's.
 */
#ifndef SHEAF_LOG_MINISIGN_H
#define SHEAF_LOG_MINISIGN_H

#include "base/base.h"
#include "sheaf.h"

#define KEY_SIG_BYTES 64

/*
 * The Ed25519 signature of `text` from a file of `minisign -S -l` or `signify
 * -S`, checked with `key`; minisign's trusted comment is checked too.
 * SHEAF_EINVAL: not such a file, or one that minisign made without -l, which
 * signs a hash of the text. SHEAF_EVERIFY: by another key, or of another text.
 */
int minisign_read_signature(struct sheaf_bytes file,
                       const struct sheaf_public_key *key,
                       struct sheaf_bytes text, uint8_t sig[KEY_SIG_BYTES],
                       struct sheaf_error *err);

#endif
