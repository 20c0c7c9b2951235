/*
 * checkpoint.c - makes signed notes without an archive (format.md F9).
 */
#include "base/err.h"
#include "log/note.h"

int
sheaf_checkpoint_sign(const char *origin, uint64_t size,
                      const uint8_t root[SHEAF_HASH_BYTES],
                      const struct sheaf_secret_key *key,
                      struct sheaf_buf *out, struct sheaf_error *err)
{
    struct checkpoint c = { .size = size };
    size_t len = strlen(origin);

    if (!note_origin_ok(origin, len))
        return fail(err, SHEAF_EINVAL, "'%.64s' is not a valid origin",
                    origin);
    memcpy(c.origin, origin, len + 1);
    memcpy(c.root, root, sizeof c.root);
    return note_sign(&c, key->key, out, err);
}
