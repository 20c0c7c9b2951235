/*
 * authenticate.c - who signed the archive, and what the signature covers
 * (format.md F6.8, F8.6, F9).
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
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
    if (size > reader->top.size)
        return fail(err, SHEAF_EINVAL, "the tree has only %llu leaves",
                    (unsigned long long)reader->top.size);
    return reader_extends(reader, scratch, older, size, err);
}

/* ---- Keys ---------------------------------------------------------------- */

static int
follow(void *arg, const struct key_change *change)
{
    key_chain_follow(arg, change);
    return 0;
}

int
sheaf_list_keys(const struct sheaf_reader *reader,
                struct sheaf_scratch *scratch, sheaf_key_listed listed,
                void *arg, struct sheaf_error *err)
{
    const struct authentic *a = &reader->authentic;
    struct key_listing l = { listed, arg, false };
    struct key_change last = { 0 };
    int rc = SHEAF_OK;

    reader_claim(reader, scratch);
    if (a->done)
        rc = reader_keys(reader, scratch, a->size, NULL, NULL, &last, NULL,
                         err);
    if (rc != SHEAF_OK ||
        (a->done && memcmp(last.new_key, a->signer.key, 32) != 0))
        return rc;
    return reader_keys(reader, scratch, covered(reader), key_listing_take, &l,
                       NULL, NULL, err);
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
    uint64_t rows = 0;
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
    top_state_in_seal(top, &want);
    if (seal.redactions != want.redactions)
        return fail_verify(err, at, "F6.5",
                           "the seal counts other redactions than the top");
    if (seal.run_count != want.run_count)
        return fail_verify(err, at, "F8.6", "the seal states other runs");
    for (unsigned i = 0; i < want.run_count; i++) {
        const struct seal_run *a = &seal.runs[i], *b = &want.runs[i];

        if (a->first != b->first || a->end != b->end || a->rows != b->rows ||
            memcmp(a->root, b->root, 32) != 0)
            return fail_verify(err, at, "F8.6", "the seal states another map");
        rows += a->rows;
    }
    /* The map has a row for each article and each redaction. */
    if (rows - seal.redactions != top->articles)
        return fail_verify(err, at, "F11.3",
                           "the top counts other articles than the map");
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
                         "generation ends",
                         (unsigned long long)a->size);
    if (rc == SHEAF_OK)
        rc = reader_top(r, &end, &a->top, err);
    if (rc != SHEAF_OK)
        return rc;
    a->older = true;
    return check_seal(r, s, &end, &a->top, err);
}

static int
authenticate(const struct sheaf_reader *reader,
             const struct sheaf_public_key *key, struct authentic *out,
             struct sheaf_error *err)
{
    const struct top *t = &reader->top;
    struct authentic a = { .done = true, .signer = *key };
    struct sheaf_scratch *s = NULL;
    struct sheaf_checkpoint c = { .size = 0 };
    int rc;

    if (t->note.len == 0)
        return fail_verify(err, NO_OFFSET, "F9.8",
                           "the archive is not signed");
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
    if (rc == SHEAF_OK)
        *out = a;
    else if (a.older)
        top_free(&a.top);
    return rc;
}

/* ---- Damage at the end --------------------------------------------------- */

/* Notes tried before the newest. One sector has no more generations. */
#define EARLIER_MAX 16

/* Lets go of the top, and of what was read by it. */
static void
drop_top(struct sheaf_reader *r)
{
    reader_dicts_free(r);
    top_free(&r->top);
    reader_forget(r);
    reader_renew(r);
}

static int
begin_top(struct sheaf_reader *r, struct sheaf_error *err)
{
    r->dicts = mem_new(r->top.dict_count, sizeof *r->dicts);
    return r->dicts != NULL ? SHEAF_OK : fail_nomem(err);
}

/* All of a top that a checkpoint is checked by, and the checkpoint. */
static bool
encode_tried(const struct top *t, struct sheaf_buf *out)
{
    out->len = 0;
    return top_encode_state(t, out) && buf_add(out, t->note.data, t->note.len);
}

/* Goes back to the next earlier generation that can be read and says something
 * else than `tried`, which becomes that. Lengths in a file may be any: in all,
 * no more than the file is read. */
static int
step_back(struct sheaf_reader *r, struct sheaf_buf *tried, uint64_t *read,
          struct sheaf_error *err)
{
    const struct sheaf_bytes none = { NULL, 0 };
    struct sheaf_buf now = { 0 };
    int rc = SHEAF_ECORRUPT;

    while (rc == SHEAF_ECORRUPT && r->end.prev != 0 && *read <= r->file_size) {
        drop_top(r);
        rc = reader_earlier_end(r, &r->end, none, &r->end, err);
        if (rc != SHEAF_OK)
            break;
        *read += r->end.top_length;
        rc = reader_load_top(r, &r->end, none, err);
        if (rc == SHEAF_OK && !encode_tried(&r->top, &now))
            rc = fail_nomem(err);
        if (rc == SHEAF_OK && bytes_equal(buf_view(&now), buf_view(tried)))
            rc = SHEAF_ECORRUPT;
    }
    if (rc == SHEAF_OK)
        rc = begin_top(r, err);
    sheaf_buf_free(tried);
    *tried = now;
    return rc;
}

/* The newest checkpoint cannot be checked, because of `why`: takes an earlier
 * one, with the archive as it was then. The leaves after it are lost to
 * reading. If there is none, all stays as it was. */
static int
authenticate_earlier(struct sheaf_reader *r,
                     const struct sheaf_public_key *key, struct authentic *out,
                     const struct sheaf_error *why, struct sheaf_error *err)
{
    struct top newest = r->top;
    const struct end end = r->end;
    struct past_top *past = mem_new(1, sizeof *past);
    struct sheaf_error own = { 0 };
    struct sheaf_buf tried = { 0 };
    uint64_t read = 0;
    int rc = past != NULL && encode_tried(&newest, &tried) ? SHEAF_ECORRUPT
                                                           : fail_nomem(&own);

    reader_dicts_free(r);
    memset(&r->top, 0, sizeof r->top);
    for (unsigned i = 0; i < EARLIER_MAX && rc == SHEAF_ECORRUPT; i++) {
        rc = step_back(r, &tried, &read, &own);
        if (rc == SHEAF_OK)
            rc = authenticate(r, key, out, &own);
        else if (rc == SHEAF_ECORRUPT)
            break;
    }
    sheaf_buf_free(&tried);
    if (rc == SHEAF_OK) {
        r->end_damaged = true;
        r->lost_leaves += newest.size - min_u64(newest.size, r->top.size);
        *past = (struct past_top){ .next = r->past, .top = newest };
        r->past = past;
        reader_note_damage(r, why);
        return SHEAF_OK;
    }
    mem_free(past);
    drop_top(r);
    r->top = newest;
    r->end = end;
    if (err != NULL)
        *err = rc == SHEAF_EIO || rc == SHEAF_ENOMEM ? own : *why;
    rc = rc == SHEAF_EIO || rc == SHEAF_ENOMEM ? rc : why->code;
    return begin_top(r, err) == SHEAF_OK ? rc : SHEAF_ENOMEM;
}

int
sheaf_authenticate(struct sheaf_reader *reader,
                   const struct sheaf_public_key *key, struct sheaf_error *err)
{
    struct sheaf_error why = { 0 };
    struct authentic a;
    int rc = authenticate(reader, key, &a, &why);

    if (rc == SHEAF_ECORRUPT) {
        int settled = reader_settle(reader, &reader->end, err);

        if (settled == SHEAF_OK) { /* what was derived may be wrong */
            reader_distrust(reader);
            rc = authenticate(reader, key, &a, &why);
        } else if (!reader_goes_on(settled)) {
            return settled;
        }
    }
    if (rc == SHEAF_ECORRUPT)
        rc = authenticate_earlier(reader, key, &a, &why, err);
    else if (rc != SHEAF_OK && err != NULL)
        *err = why;
    if (rc != SHEAF_OK)
        return rc;
    /* Cached pages were checked against the top only, not against the
     * signature. */
    reader_distrust(reader);
    reader->authentic = a;
    return SHEAF_OK;
}
