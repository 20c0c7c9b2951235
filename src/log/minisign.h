/*
 * minisign.h - signature files of minisign and signify. Floor 4.
 *
 * Key files are sheaf.h's.
 */
#ifndef SHEAF_LOG_MINISIGN_H
#define SHEAF_LOG_MINISIGN_H

#include "base/base.h"
#include "sheaf.h"

#define KEY_SIG_BYTES 64

/*
 * The Ed25519 signature over `text` from a file of `minisign -S -l` or
 * `signify -S`, checked with `key`, and with it minisign's trusted comment.
 * SHEAF_EINVAL: it is no such file, or one that minisign made without -l, over
 * a hash of the text. SHEAF_EVERIFY: another key's, or not over this text.
 */
int minisign_read_signature(struct sheaf_bytes file,
                       const struct sheaf_public_key *key,
                       struct sheaf_bytes text, uint8_t sig[KEY_SIG_BYTES],
                       struct sheaf_error *err);

#endif
