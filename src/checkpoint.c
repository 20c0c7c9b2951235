/*
 * checkpoint.c - signed notes by themselves, without an archive (format.md
 * F9): for whoever keeps them. Floor 5.
 */
#include "err.h"
#include "note.h"

int
sheaf_checkpoint_parse(struct sheaf_bytes note,
                       const struct sheaf_public_key *key,
                       struct sheaf_checkpoint *out, struct sheaf_error *err)
{
    struct note n;
    int rc = note_parse(note, &n, err);

    if (rc == SHEAF_OK && key != NULL)
        rc = note_verify(&n, key->key, err);
    if (rc != SHEAF_OK)
        return rc;
    out->origin.data = n.text.data;
    out->origin.len = strlen(n.checkpoint.origin);
    out->size = n.checkpoint.size;
    memcpy(out->root, n.checkpoint.root, sizeof out->root);
    return SHEAF_OK;
}

int
sheaf_checkpoint_sign(const char *origin, uint64_t size,
                      const uint8_t root[SHEAF_HASH_BYTES],
                      const struct sheaf_secret_key *key,
                      struct sheaf_buf *out, struct sheaf_error *err)
{
    struct checkpoint c = { .size = size };
    size_t len = strlen(origin);

    if (!note_origin_ok(origin, len))
        return fail(err, SHEAF_EINVAL, "'%.64s' is no origin", origin);
    memcpy(c.origin, origin, len + 1);
    memcpy(c.root, root, sizeof c.root);
    return note_sign(&c, key->key, out, err);
}
