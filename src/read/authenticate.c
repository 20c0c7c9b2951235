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

/* The number of leaves that count: the signed ones, if that is known. */
static uint64_t
covered(const struct sheaf_reader *r)
{
    return r->authentic.done ? r->authentic.size : r->top.size;
}

int
reader_extends(const struct sheaf_reader *r, struct sheaf_scratch *s,
               const struct sheaf_checkpoint *older, uint64_t size,
               struct sheaf_error *err)
{
    uint8_t root[32];
    int rc;

    if (older->origin.len != 0 &&
        !bytes_equal(older->origin, buf_view(&r->top.origin)))
        return fail_verify(err, NO_OFFSET, "F9.9",
                           "the checkpoint is of another origin");
    if (older->size > size)
        return fail_clause(err, SHEAF_EROLLBACK, NO_OFFSET, "F9.9",
                           "rollback: the earlier checkpoint has %llu leaves, "
                           "the archive %llu",
                           (unsigned long long)older->size,
                           (unsigned long long)size);
    rc = reader_root_at(r, s, older->size, root, err);
    if (rc == SHEAF_OK && memcmp(root, older->root, 32) != 0)
        rc = fail_clause(err, SHEAF_EFORK, NO_OFFSET, "F9.9",
                         "fork: these %llu leaves do not begin with the %llu "
                         "of the earlier checkpoint",
                         (unsigned long long)size,
                         (unsigned long long)older->size);
    return rc;
}

int
sheaf_extends(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
              const struct sheaf_checkpoint *older, uint64_t size,
              struct sheaf_error *err)
{
    reader_claim(reader, scratch);
    return reader_extends(reader, scratch, older, size, err);
}

/* ---- Keys ---------------------------------------------------------------- */

static int
follow(void *arg, const struct key_change *change)
{
    key_chain_follow(arg, change);
    return 0;
}

struct listing {
    sheaf_key_listed listed;
    void *arg;
    bool begun;
};

static int
list_change(void *arg, const struct key_change *change)
{
    struct listing *l = arg;
    struct sheaf_public_key key = { .id = { 0 } };

    memcpy(key.key, change->old_key, sizeof key.key);
    if (!l->begun && l->listed(l->arg, &key) != 0)
        return 1;
    l->begun = true;
    memcpy(key.id, change->new_id, sizeof key.id);
    memcpy(key.key, change->new_key, sizeof key.key);
    return l->listed(l->arg, &key);
}

int
sheaf_list_keys(const struct sheaf_reader *reader,
                struct sheaf_scratch *scratch, sheaf_key_listed listed,
                void *arg, struct sheaf_error *err)
{
    struct listing l = { listed, arg, false };

    reader_claim(reader, scratch);
    return reader_keys(reader, scratch, covered(reader), list_change, &l, NULL,
                       NULL, err);
}

/* Reads what a note states, and with a key checks F9.7, F9.8 and F9.10; *key
 * becomes the key that signed. */
static int
check_signer(const struct sheaf_reader *r, struct sheaf_scratch *s,
             struct sheaf_bytes bytes, struct sheaf_public_key *key,
             struct sheaf_checkpoint *out, struct sheaf_error *err)
{
    struct note note;
    struct key_chain chain = { .note = &note };
    int rc = note_parse(bytes, &note, err);

    if (rc == SHEAF_OK)
        rc = sheaf_checkpoint_parse(bytes, out, err);
    if (rc != SHEAF_OK || key == NULL)
        return rc;
    chain.key = *key;
    rc = reader_keys(r, s, out->size, follow, &chain, NULL, NULL, err);
    if (rc == SHEAF_OK)
        rc = key_chain_verify(&chain, err);
    if (rc == SHEAF_OK)
        *key = chain.key;
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
    rc = check_signer(reader, scratch, note, key != NULL ? &signer : NULL, &c,
                      err);
    if (rc == SHEAF_OK)
        rc = reader_extends(reader, scratch, &c, covered(reader), err);
    if (rc == SHEAF_OK && out != NULL)
        *out = c;
    return rc;
}

/* ---- What it covers ------------------------------------------------------ */

/* The seal must be the last leaf of the signed tree, and state the runs of
 * this top with their roots. Then rows of the map are as good as signed. */
static int
check_seal(const struct sheaf_reader *r, struct sheaf_scratch *s,
           const struct end *end, const struct top *top,
           struct sheaf_error *err)
{
    uint64_t at = top->seal;
    struct leaf_stored leaf;
    struct seal seal, want;
    uint8_t tree[32];
    int rc = reader_seal(r, s, end, top, &leaf, err);

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
        return check_seal(r, s, &r->end, &r->top, err);
    rc = reader_end_of(r, a->size, &end, err);
    if (rc == SHEAF_ENOTFOUND)
        rc = fail_verify(err, NO_OFFSET, "F9.9",
                         "the checkpoint is of %llu leaves, where no "
                         "generation ends", (unsigned long long)a->size);
    if (rc == SHEAF_OK)
        rc = reader_top(r, &end, &a->top, err);
    if (rc != SHEAF_OK)
        return rc;
    a->older = true;
    return check_seal(r, s, &end, &a->top, err);
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
    rc = check_signer(reader, s, buf_view(&t->note), &a.signer, &c, err);
    if (rc == SHEAF_OK)
        rc = reader_extends(reader, s, &c, t->size, err);
    /* The note is the archive's own, so it is the archive that is wrong. */
    if (rc == SHEAF_EROLLBACK || rc == SHEAF_EFORK)
        rc = fail_verify(err, NO_OFFSET, "F9.9",
                         "the tree is not the one that was signed");
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
