/*
 * authenticate.c - who signed the archive, and what the signature covers
 * (format.md F6.8, F8.6, F9).
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/err.h"
#include "format/frame.h"
#include "log/note.h"

/* ---- The checkpoint ------------------------------------------------------ */

int
sheaf_checkpoint_parse(struct sheaf_bytes bytes, struct sheaf_checkpoint *out,
                       struct sheaf_error *err)
{
    struct note note;
    int rc = note_parse(bytes, &note, err);

    if (rc != SHEAF_OK)
        return rc;
    out->origin.data = note.text.data;
    out->origin.len = strlen(note.checkpoint.origin);
    out->size = note.checkpoint.size;
    memcpy(out->root, note.checkpoint.root, 32);
    return SHEAF_OK;
}

/* Checks F9.9, and with a key F9.7, F9.8 and F9.10; *key becomes the key
 * that signed. */
static int
check_note(const struct sheaf_reader *r, struct sheaf_scratch *s,
           struct sheaf_bytes bytes, struct sheaf_public_key *key,
           struct sheaf_checkpoint *out, struct sheaf_error *err)
{
    const struct top *t = &r->top;
    struct sheaf_checkpoint c;
    uint8_t root[32];
    struct note note;
    int rc = note_parse(bytes, &note, err);

    if (rc == SHEAF_OK)
        rc = sheaf_checkpoint_parse(bytes, &c, err);
    if (rc != SHEAF_OK)
        return rc;
    if (key != NULL) {
        struct key_chain chain = { *key, &note, false };

        rc = reader_keys(r, s, c.size, &chain, NULL, NULL, err);
        if (rc == SHEAF_OK)
            rc = key_chain_verify(&chain, err);
        if (rc != SHEAF_OK)
            return rc;
        *key = chain.key;
    }
    if (!bytes_equal(c.origin, buf_view(&t->origin)))
        return fail_verify(err, NO_OFFSET, "F9.9",
                           "the checkpoint is of another origin");
    if (c.size > t->size)
        return fail_verify(err, NO_OFFSET, "F9.9",
                           "the checkpoint is of %llu leaves, the archive "
                           "has %llu", (unsigned long long)c.size,
                           (unsigned long long)t->size);
    rc = reader_root_at(r, s, c.size, root, err);
    if (rc == SHEAF_OK && memcmp(root, c.root, 32) != 0)
        rc = fail_verify(err, NO_OFFSET, "F9.9",
                         "the tree is not the one that was signed");
    if (rc == SHEAF_OK)
        *out = c;
    return rc;
}

int
sheaf_check_note(const struct sheaf_reader *reader,
                 struct sheaf_scratch *scratch, struct sheaf_bytes note,
                 const struct sheaf_public_key *key,
                 struct sheaf_checkpoint *out, struct sheaf_error *err)
{
    struct sheaf_public_key signer;
    struct sheaf_checkpoint c;
    int rc;

    reader_claim(reader, scratch);
    if (key != NULL)
        signer = *key;
    rc = check_note(reader, scratch, note, key != NULL ? &signer : NULL, &c,
                    err);
    if (rc == SHEAF_OK && out != NULL)
        *out = c;
    return rc;
}

/* ---- What it covers ------------------------------------------------------ */

/* Finds the end of the generation after which the tree had `size` leaves. A
 * signer only signs whole generations. */
static int
find_generation(const struct sheaf_reader *r, uint64_t size, struct end *out,
                struct sheaf_error *err)
{
    *out = r->end;
    while (out->size > size && out->prev != 0) {
        struct end before;
        int rc = reader_end_before(r, out, &before, err);

        if (rc != SHEAF_OK)
            return rc;
        *out = before;
    }
    return out->size == size
               ? SHEAF_OK
               : fail_verify(err, NO_OFFSET, "F9.9",
                             "the checkpoint is of %llu leaves, where no "
                             "generation ends", (unsigned long long)size);
}

/* The seal must be the last leaf of the signed tree, and state the runs of
 * this top with their roots. Then rows of the map are as good as signed. */
static int
check_seal(const struct sheaf_reader *r, struct sheaf_scratch *s,
           const struct top *top, struct sheaf_error *err)
{
    uint64_t at = top->seal;
    struct leaf_stored leaf;
    struct seal seal, want;
    uint8_t tree[32];
    int rc = reader_stored(r, s, at, &leaf, err);

    if (rc == SHEAF_OK && leaf.type != LEAF_SEAL)
        rc = fail_verify(err, at, "F8.6", "the seal is none");
    if (rc == SHEAF_OK)
        rc = seal_decode(leaf.part, at, &seal, err);
    if (rc == SHEAF_OK)
        rc = reader_tree_hash(r, s, top->size - 1, tree, err);
    if (rc != SHEAF_OK)
        return rc;
    if (memcmp(leaf.hash, tree, 32) != 0)
        return fail_verify(err, at, "F6.4",
                           "the seal is not the tree's last leaf");
    memset(&want, 0, sizeof want);
    top_seal_runs(top, &want);
    if (seal.run_count != want.run_count)
        return fail_verify(err, at, "F8.6", "the seal states other runs");
    for (unsigned i = 0; i < want.run_count; i++) {
        const struct seal_run *a = &seal.runs[i], *b = &want.runs[i];

        if (a->first != b->first || a->end != b->end || a->rows != b->rows ||
            memcmp(a->root, b->root, 32) != 0)
            return fail_verify(err, at, "F8.6", "the seal states another map");
    }
    return SHEAF_OK;
}

/* Finds what the signature covers: the whole archive, or an earlier
 * generation. */
static int
find_covered(const struct sheaf_reader *r, struct sheaf_scratch *s,
             struct authentic *a, struct sheaf_error *err)
{
    struct end end;
    int rc;

    if (a->size == 0)
        return fail_verify(err, NO_OFFSET, "F9.9",
                           "the checkpoint is of another size");
    if (a->size == r->top.size)
        return check_seal(r, s, &r->top, err);
    rc = find_generation(r, a->size, &end, err);
    if (rc == SHEAF_OK)
        rc = reader_top(r, &end, &a->top, err);
    if (rc != SHEAF_OK)
        return rc;
    a->older = true;
    return check_seal(r, s, &a->top, err);
}

int
sheaf_authenticate(struct sheaf_reader *reader,
                   const struct sheaf_public_key *key,
                   struct sheaf_error *err)
{
    const struct top *t = &reader->top;
    struct authentic a = { .done = true, .signer = *key };
    struct sheaf_scratch *s = NULL;
    struct sheaf_checkpoint c = { .size = 0 };
    int rc;

    if (t->note.len == 0)
        return fail_verify(err, NO_OFFSET, "F9.8", "the archive is not signed");
    rc = sheaf_scratch_new(&s, err);
    if (rc != SHEAF_OK)
        return rc;
    reader_claim(reader, s);
    rc = check_note(reader, s, buf_view(&t->note), &a.signer, &c, err);
    a.size = c.size;
    if (rc == SHEAF_OK)
        rc = find_covered(reader, s, &a, err);
    sheaf_scratch_free(s);
    if (rc != SHEAF_OK) {
        if (a.older)
            top_free(&a.top);
        return rc;
    }
    /* Cached pages were checked against the top only, not against the
     * signature. */
    reader_distrust(reader);
    reader->authentic = a;
    return SHEAF_OK;
}
