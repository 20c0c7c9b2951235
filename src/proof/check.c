/*
 * check.c - checking a proof, and what it says of an ID (proofs.md, F15).
 */
#include "proof/proof.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/options.h"
#include "format/table.h"
#include "log/merkle.h"

static const uint8_t map_domain[16] = "sheaf/map/v1";

/* ---- Records ------------------------------------------------------------- */

/* Decodes a statement's record without its part, which is elsewhere or
 * missing. */
static bool
decode_statement(struct sheaf_bytes record, struct proof_leaf *out)
{
    static const uint8_t none[32];
    struct cursor c = cursor_over(record.data, record.len);
    const uint8_t *domain = cursor_take(&c, 16);

    out->type = (enum leaf_type)cursor_u8(&c);
    out->parts = cursor_u8(&c);
    if (cursor_u16(&c) != 0 || domain == NULL ||
        memcmp(domain, "sheaf/leaf/v1\0\0", 16) != 0)
        return false;
    out->rev = cursor_u32(&c);
    out->time = (int64_t)cursor_u64(&c);
    cursor_copy(&c, out->prev, 32);
    cursor_copy(&c, out->id_hash, 32);
    if (cursor_u8(&c) != ROLE_STATEMENT || cursor_u8(&c) != COMMIT_PLAIN ||
        cursor_u16(&c) != 0)
        return false;
    (void)cursor_take(&c, LEAF_PART_SIZE - 4);
    return cursor_done(&c) && out->parts == 1 &&
           (out->type == LEAF_REDACTION ||
            memcmp(out->id_hash, none, 32) == 0);
}

static bool
decode_record(uint64_t number, struct sheaf_bytes record,
              struct proof_leaf *out)
{
    struct leaf_stored s;

    out->number = number;
    out->record = record;
    hash_leaf(record.data, record.len, out->hash);
    if (leaf_type_of(record) > LEAF_ARTICLE)
        return decode_statement(record, out);
    if (leaf_decode_stored(record, NO_OFFSET, &s, NULL) != SHEAF_OK ||
        s.type != LEAF_ARTICLE)
        return false;
    out->type = s.type;
    out->rev = s.rev;
    out->time = s.time;
    memcpy(out->prev, s.prev, 32);
    memcpy(out->id_hash, s.id_hash, 32);
    out->parts = s.parts;
    return true;
}

/* Part `index` of an article's record; the metadata line is the first. */
static struct leaf_commitment
part_of(const struct proof_leaf *leaf, unsigned index)
{
    return leaf_commitment(leaf->record.data, index);
}

/* ---- Checking ------------------------------------------------------------ */

/* The record of an article comes first in `extra`, and states its own
 * length. */
static int
split_extra(struct proof *p, struct sheaf_error *err)
{
    struct sheaf_bytes *record = &p->records[0];
    size_t parts = record->len > 17 ? record->data[17] : 0;
    size_t len = LEAF_FIXED_SIZE + parts * LEAF_PART_SIZE;

    if (record->len < len || record->len == 0)
        return fail_corrupt(err, NO_OFFSET, "F15.2",
                            "extra is not a leaf record and key changes");
    p->keys.data = record->data + len;
    p->keys.len = record->len - len;
    for (size_t at = 0, one; at < p->keys.len; at += one) {
        one = proof_key(p, at).len;
        if (one == 0)
            return fail_corrupt(err, NO_OFFSET, "F15.2",
                                "what follows the leaf record in extra is not "
                                "key changes");
    }
    record->len = len;
    return SHEAF_OK;
}

static int
decode_records(struct sheaf_proof *p, struct sheaf_error *err)
{
    const struct proof *q = &p->proof;

    p->leaves = mem_new(q->leaf_count, sizeof *p->leaves);
    if (p->leaves == NULL)
        return fail_nomem(err);
    for (size_t i = 0; i < q->leaf_count; i++) {
        struct proof_leaf *leaf = &p->leaves[i];

        if (!decode_record(q->numbers[i], q->records[i], leaf))
            return fail_corrupt(err, NO_OFFSET,
                                q->kind == PROOF_ONE ? "F15.2" : "F15.5",
                                "leaf %llu has no leaf record",
                                (unsigned long long)q->numbers[i]);
        if (q->kind == PROOF_ONE && leaf->type != LEAF_ARTICLE)
            return fail_corrupt(err, NO_OFFSET, "F15.2",
                                "the leaf is not an article");
    }
    return SHEAF_OK;
}

/* Checks that the leaves and the path give the note's root. */
static int
check_root(const struct sheaf_proof *p, struct sheaf_error *err)
{
    const struct proof *q = &p->proof;
    bool one = q->kind == PROOF_ONE;
    uint8_t *hashes = mem_new(q->leaf_count, HASH_BYTES);
    uint8_t root[HASH_BYTES];
    int rc = SHEAF_OK;

    if (hashes == NULL)
        return fail_nomem(err);
    for (size_t i = 0; i < q->leaf_count; i++)
        memcpy(hashes + i * HASH_BYTES, p->leaves[i].hash, HASH_BYTES);
    if (one ? !merkle_check_inclusion(q->numbers[0], q->note.checkpoint.size,
                                      hashes, q->path.data,
                                      q->path.len / HASH_BYTES,
                                      q->note.checkpoint.root)
            : !merkle_set_root(q->numbers, hashes, q->leaf_count,
                               q->note.checkpoint.size, q->path.data,
                               q->path.len / HASH_BYTES, root) ||
                  memcmp(root, q->note.checkpoint.root, HASH_BYTES) != 0)
        rc = fail_verify(err, NO_OFFSET, one ? "F15.3" : "F15.6",
                         "%s the checkpoint's root",
                         one ? "leaf and path don't give"
                             : "leaves and path don't give");
    mem_free(hashes);
    return rc;
}

/* Checks that the seal's part is the one to which its record, the last
 * leaf, commits, and that it is a valid seal. */
static int
check_seal(struct sheaf_proof *p, struct sheaf_error *err)
{
    const struct proof *q = &p->proof;
    const struct proof_leaf *leaf = &p->leaves[q->leaf_count - 1];
    struct leaf_commitment c = part_of(leaf, 0);
    struct seal *s = &p->seal;
    uint8_t hash[HASH_BYTES];
    uint64_t at = 0;

    hash_blake2b(q->seal.data, q->seal.len, hash);
    if (leaf->type != LEAF_SEAL || c.size != q->seal.len ||
        memcmp(c.hash, hash, sizeof hash) != 0)
        return fail_verify(err, NO_OFFSET, "F15.6",
                           "the seal does not match the last leaf");
    if (seal_decode(q->seal, NO_OFFSET, s, NULL) != SHEAF_OK)
        return fail_verify(err, NO_OFFSET, "F15.6", "this is not a seal");
    for (unsigned i = 0; i < s->run_count; i++) {
        if (s->runs[i].first != at || s->runs[i].end < at)
            return fail_verify(err, NO_OFFSET, "F15.6",
                               "the seal's runs don't cover the tree");
        at = s->runs[i].end;
    }
    if (s->generation == 0 || at != q->note.checkpoint.size)
        return fail_verify(err, NO_OFFSET, "F15.6",
                           "the seal's runs don't cover the tree");
    return SHEAF_OK;
}

static const uint8_t *
row_at(const struct proof_rows *r, size_t i)
{
    return r->rows.data + i * TABLE_ENTRY_SIZE;
}

/* Checks rows and their path against the map's root. */
static int
check_rows(const struct proof_rows *r, const struct seal_run *run,
           struct sheaf_error *err)
{
    size_t count = r->rows.len / TABLE_ENTRY_SIZE;
    uint64_t *numbers = NULL;
    uint8_t *hashes = NULL;
    uint8_t entry[sizeof map_domain + TABLE_ENTRY_SIZE];
    uint8_t root[HASH_BYTES];
    int rc;

    if (r->first >= run->rows || count > run->rows - r->first ||
        run->rows > MERKLE_SIZE_MAX)
        return fail_verify(err, NO_OFFSET, "F15.6",
                           "rows beyond the end of the run");
    numbers = mem_new(count, sizeof *numbers);
    hashes = mem_new(count, HASH_BYTES);
    if (numbers == NULL || hashes == NULL) {
        rc = fail_nomem(err);
        goto out;
    }
    memcpy(entry, map_domain, sizeof map_domain);
    for (size_t i = 0; i < count; i++) {
        numbers[i] = r->first + i;
        memcpy(entry + sizeof map_domain, row_at(r, i), TABLE_ENTRY_SIZE);
        hash_leaf(entry, sizeof entry, hashes + i * HASH_BYTES);
        if (i != 0 &&
            memcmp(row_at(r, i - 1), row_at(r, i), TABLE_ENTRY_SIZE) >= 0) {
            rc = fail_verify(err, NO_OFFSET, "F15.6", "rows are out of order");
            goto out;
        }
    }
    rc = SHEAF_OK;
    if (r->path.len / HASH_BYTES !=
        merkle_set_length(numbers, count, run->rows))
        rc = fail_corrupt(err, NO_OFFSET, "F15.5",
                          "a path of rows has another length");
    else if (!merkle_set_root(numbers, hashes, count, run->rows,
                              r->path.data, r->path.len / HASH_BYTES, root) ||
             memcmp(root, run->root, HASH_BYTES) != 0)
        rc = fail_verify(err, NO_OFFSET, "F15.6",
                         "rows and path don't give the map's root");
out:
    mem_free(numbers);
    mem_free(hashes);
    return rc;
}

static int
check_map(struct sheaf_proof *p, struct sheaf_error *err)
{
    const struct proof *q = &p->proof;
    int rc = SHEAF_OK;

    if (q->seal.len == 0)
        return SHEAF_OK;
    rc = check_seal(p, err);
    for (size_t i = 0; rc == SHEAF_OK && i < q->rows_count; i++) {
        unsigned run = q->rows[i].run;

        if (run >= p->seal.run_count)
            rc = fail_verify(err, NO_OFFSET, "F15.6",
                             "rows of a run that the seal does not have");
        else
            rc = check_rows(&q->rows[i], &p->seal.runs[run], err);
    }
    return rc;
}

/* Checks F9.10 with the key changes in the proof, and gives each to `take`,
 * which returns 0 to go on. */
static int
each_change(const struct proof *q,
            int (*take)(void *arg, const struct key_change *change), void *arg,
            struct sheaf_error *err)
{
    struct sheaf_bytes origin = {
        (const uint8_t *)q->note.checkpoint.origin,
        strlen(q->note.checkpoint.origin)
    };
    struct key_change change, before;

    for (size_t at = 0; at < q->keys.len;) {
        struct sheaf_bytes part = proof_key(q, at);
        int rc = key_change_check(part, origin,
                                  at != 0 ? before.new_key : NULL, NO_OFFSET,
                                  &change, err);

        if (rc == SHEAF_OK && take(arg, &change) != 0)
            rc = fail(err, SHEAF_ESTOPPED, "stopped");
        if (rc != SHEAF_OK)
            return rc;
        before = change;
        at += part.len;
    }
    return SHEAF_OK;
}

static int
follow_change(void *arg, const struct key_change *change)
{
    struct sheaf_proof *p = arg;

    p->followed += key_change_follow(change, &p->signer);
    return 0;
}

int
proof_check(struct sheaf_proof *p, const struct sheaf_public_key *key,
            struct sheaf_error *err)
{
    struct proof *q = &p->proof;
    int rc;

    if (q->kind == PROOF_CONSISTENCY)
        return fail_corrupt(
            err, NO_OFFSET, "F15.1",
            "this is a consistency proof, not one of an article");
    rc = q->kind == PROOF_ONE ? split_extra(q, err) : SHEAF_OK;
    if (rc == SHEAF_OK)
        rc = decode_records(p, err);
    if (rc == SHEAF_OK)
        rc = check_root(p, err);
    if (rc == SHEAF_OK)
        rc = check_map(p, err);
    if (rc == SHEAF_OK && key != NULL)
        p->signer = *key;
    if (rc == SHEAF_OK)
        rc = each_change(q, follow_change, p, err);
    if (rc == SHEAF_OK && key != NULL)
        rc = note_verify(&q->note, p->signer.key, err);
    return rc;
}

int
sheaf_check_proof(struct sheaf_bytes text, const struct sheaf_public_key *key,
                  struct sheaf_proof **out, struct sheaf_error *err)
{
    struct sheaf_proof *p;
    int rc = hash_start(err);

    if (rc != SHEAF_OK)
        return rc;
    if (text.len > PROOF_MAX)
        return fail_corrupt(err, NO_OFFSET, "F15.5",
                            "the proof is longer than 16 MiB");
    p = mem_new(1, sizeof *p);
    if (p == NULL)
        return fail_nomem(err);
    if (!buf_reserve(&p->text, text.len + 1) ||
        !buf_add(&p->text, text.data, text.len))
        rc = fail_nomem(err);
    if (rc == SHEAF_OK)
        rc = proof_parse(buf_view(&p->text), &p->proof, err);
    if (rc == SHEAF_OK)
        rc = proof_check(p, key, err);
    if (rc != SHEAF_OK)
        sheaf_proof_free(p);
    else
        *out = p;
    return rc;
}

void
sheaf_proof_free(struct sheaf_proof *proof)
{
    if (proof == NULL)
        return;
    proof_free(&proof->proof);
    mem_free(proof->leaves);
    sheaf_buf_free(&proof->text);
    mem_free(proof);
}

/* ---- What it says -------------------------------------------------------- */

static bool
is_record(const struct proof_leaf *leaf)
{
    return leaf->type == LEAF_ARTICLE || leaf->type == LEAF_REDACTION;
}

void
sheaf_proof_get_info(const struct sheaf_proof *proof,
                     struct sheaf_proof_info *out)
{
    const struct proof *q = &proof->proof;

    memset(out, 0, sizeof *out);
    /* The origin is the first line of the note. */
    out->origin.data = q->note_text.data;
    out->origin.len = strlen(q->note.checkpoint.origin);
    out->note = q->note_text;
    out->size = q->note.checkpoint.size;
    memcpy(out->root, q->note.checkpoint.root, HASH_BYTES);
    out->signer = proof->signer;
    out->followed = proof->followed;
    for (size_t i = 0; i < q->leaf_count; i++) {
        out->records += is_record(&proof->leaves[i]);
        out->articles += proof->leaves[i].type == LEAF_ARTICLE;
    }
    if (q->seal.len != 0) {
        out->generation = proof->seal.generation;
        out->seal_time_ms = proof->leaves[q->leaf_count - 1].time;
    }
}

int
sheaf_proof_list_keys(const struct sheaf_proof *proof, sheaf_key_listed listed,
                      void *arg, struct sheaf_error *err)
{
    struct key_listing l = { listed, arg, false };

    return each_change(&proof->proof, key_listing_take, &l, err);
}

static void
fill_record(const struct proof_leaf *leaf, struct sheaf_record *out)
{
    memset(out, 0, sizeof *out);
    out->leaf = leaf->number;
    out->type = (int)leaf->type;
    out->rev = leaf->rev;
    out->time_ms = leaf->time;
    memcpy(out->prev, leaf->prev, 32);
    memcpy(out->id_hash, leaf->id_hash, 32);
    memcpy(out->leaf_hash, leaf->hash, 32);
    out->parts = leaf->parts;
    if (leaf->type == LEAF_ARTICLE) {
        struct leaf_commitment body = part_of(leaf, 1);

        out->body_size = body.size;
        memcpy(out->body_hash, body.hash, 32);
        out->salted = body.algorithm == COMMIT_SALTED;
    }
}

int
sheaf_proof_record(const struct sheaf_proof *proof, size_t index,
                   struct sheaf_record *out)
{
    for (size_t i = 0; i < proof->proof.leaf_count; i++) {
        if (is_record(&proof->leaves[i]) && index-- == 0) {
            fill_record(&proof->leaves[i], out);
            return SHEAF_OK;
        }
    }
    return SHEAF_END;
}

/* ---- What it says of an ID ----------------------------------------------- */

static const struct proof_leaf *
leaf_of(const struct sheaf_proof *p, uint64_t number)
{
    size_t lo = 0;
    size_t hi = p->proof.leaf_count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (p->leaves[mid].number < number)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < p->proof.leaf_count && p->leaves[lo].number == number
               ? &p->leaves[lo]
               : NULL;
}

/* F15.7 for consecutive rows: the row on either side shows that all rows
 * with this key are among them, and the leaf of each is there. */
static bool
rows_complete(const struct sheaf_proof *p, const struct proof_rows *r,
              const uint8_t key[TABLE_KEY_SIZE])
{
    size_t count = r->rows.len / TABLE_ENTRY_SIZE;
    size_t lo = 0;
    size_t hi;

    while (lo < count && memcmp(row_at(r, lo), key, TABLE_KEY_SIZE) < 0)
        lo++;
    for (hi = lo; hi < count; hi++) {
        const uint8_t *row = row_at(r, hi);
        const struct proof_leaf *leaf;
        bool redaction;

        if (memcmp(row, key, TABLE_KEY_SIZE) != 0)
            break;
        leaf = leaf_of(p, map_row_leaf(row, &redaction));
        if (leaf == NULL ||
            leaf->type != (redaction ? LEAF_REDACTION : LEAF_ARTICLE) ||
            memcmp(leaf->id_hash, key, TABLE_KEY_SIZE) != 0)
            return false;
    }
    return (lo != 0 || r->first == 0) &&
           (hi != count || r->first + count == p->seal.runs[r->run].rows);
}

static bool
complete(const struct sheaf_proof *p, const uint8_t id_hash[HASH_BYTES])
{
    unsigned seen = 0; /* a bit for each run */

    if (p->proof.seal.len == 0)
        return false;
    for (size_t i = 0; i < p->proof.rows_count; i++) {
        if (rows_complete(p, &p->proof.rows[i], id_hash))
            seen |= 1u << p->proof.rows[i].run;
    }
    for (unsigned i = 0; i < p->seal.run_count; i++) {
        if (p->seal.runs[i].rows != 0 && (seen >> i & 1) == 0)
            return false;
    }
    return true;
}

/* A claim, decoded. */
struct claimed {
    bool has_id;
    uint8_t id_hash[HASH_BYTES];
    uint64_t rev; /* 0: none */
    struct meta meta;
    bool salted;
    uint8_t salt[32];
};

static int
disagrees(struct sheaf_error *err, const char *what)
{
    return fail_verify(err, NO_OFFSET, "F15.4", "%s", what);
}

static int
claimed_of(const struct sheaf_claim *claim, struct claimed *out,
           struct sheaf_error *err)
{
    struct sheaf_buf id = { 0 };
    uint8_t hash[HASH_BYTES];
    int rc;

    memset(out, 0, sizeof *out);
    out->rev = claim->rev;
    out->has_id = claim->id.data != NULL;
    if (out->has_id)
        hash_blake2b(claim->id.data, claim->id.len, out->id_hash);
    if (claim->meta.data == NULL)
        return SHEAF_OK;
    rc = meta_parse(claim->meta, &out->meta, err);
    if (rc == SHEAF_OK)
        rc = leaf_salt(out->meta.salt, out->salt, &out->salted, err);
    if (rc != SHEAF_OK)
        return rc;
    if (!json_string(out->meta.id, &id)) {
        sheaf_buf_free(&id);
        return fail_nomem(err);
    }
    hash_blake2b(id.data, id.len, hash);
    sheaf_buf_free(&id);
    if (out->has_id && memcmp(hash, out->id_hash, sizeof hash) != 0)
        return disagrees(err, "the metadata is of another ID");
    if (out->rev != 0 && out->rev != out->meta.rev)
        return disagrees(err, "the metadata is of another revision");
    out->has_id = true;
    out->rev = out->meta.rev;
    memcpy(out->id_hash, hash, sizeof hash);
    return SHEAF_OK;
}

/* Finds the record that a claim is about, NULL if there is none, and counts
 * the articles with its ID. */
static int
find_claimed(const struct sheaf_proof *p, const struct claimed *c,
             const struct proof_leaf **out, size_t *revisions,
             struct sheaf_error *err)
{
    const struct proof_leaf *found = NULL;
    size_t count = 0;

    for (size_t i = 0; i < p->proof.leaf_count; i++) {
        const struct proof_leaf *leaf = &p->leaves[i];

        if (leaf->type != LEAF_ARTICLE ||
            (c->has_id && memcmp(leaf->id_hash, c->id_hash, 32) != 0))
            continue;
        count++;
        if (c->rev == 0 || leaf->rev == c->rev)
            found = leaf;
    }
    if (!c->has_id && count > 1)
        return fail(err, SHEAF_EINVAL,
                    "the proof is of %zu articles: an ID is needed", count);
    *out = found;
    *revisions = count;
    return SHEAF_OK;
}

static enum sheaf_standing
standing_of(const struct sheaf_proof *p, const struct proof_leaf *leaf)
{
    bool newer = false;

    for (size_t i = 0; i < p->proof.leaf_count; i++) {
        const struct proof_leaf *other = &p->leaves[i];

        if (memcmp(other->id_hash, leaf->id_hash, 32) != 0)
            continue;
        if (other->type == LEAF_REDACTION &&
            memcmp(other->prev, leaf->hash, 32) == 0)
            return SHEAF_STANDING_REDACTED;
        newer |= other->type == LEAF_ARTICLE && other->number > leaf->number;
    }
    if (newer)
        return SHEAF_STANDING_OLDER;
    return complete(p, leaf->id_hash) ? SHEAF_STANDING_NEWEST
                                      : SHEAF_STANDING_UNKNOWN;
}

/* Compares the line with the record, field by field. The commitment covers
 * the line, but a signer could have made a record whose fields differ from
 * it. */
static int
check_meta(const struct proof_leaf *leaf, const struct sheaf_claim *claim,
           const struct claimed *c, struct sheaf_error *err)
{
    struct leaf_commitment line = part_of(leaf, 0);
    struct json_iter it = json_iter_over(c->meta.parts);
    struct leaf_maker *maker;
    struct sheaf_buf id = { 0 };
    struct meta_part part;
    uint8_t hash[HASH_BYTES];
    unsigned parts = 1;
    bool same;
    int rc;

    hash_blake2b(claim->meta.data, claim->meta.len, hash);
    if (line.size != claim->meta.len ||
        memcmp(line.hash, hash, sizeof hash) != 0)
        return disagrees(err, "the metadata is not this article's");
    while (meta_next_part(&it, &part)) {
        struct leaf_commitment stated;

        if (parts == leaf->parts)
            return disagrees(err, "the metadata lists other parts");
        stated = part_of(leaf, parts++);
        if (stated.role != (unsigned)part.role || stated.size != part.size ||
            (stated.algorithm == COMMIT_SALTED) != c->salted)
            return disagrees(err, "the metadata lists other parts");
    }
    if (parts != leaf->parts)
        return disagrees(err, "the metadata lists other parts");
    /* rev, time, prev and ID, as a record made from the line has them */
    maker = mem_new(1, sizeof *maker);
    if (maker == NULL || !json_string(c->meta.id, &id)) {
        rc = fail_nomem(err);
        goto out;
    }
    rc = leaf_begin_article(maker, claim->meta, &c->meta, buf_view(&id), err);
    same = rc == SHEAF_OK &&
           memcmp(maker->record + 20, leaf->record.data + 20,
                  LEAF_FIXED_SIZE - 20) == 0;
    if (rc == SHEAF_OK && !same)
        rc = disagrees(err, "the metadata says another revision, time or "
                            "predecessor than the leaf");
out:
    sheaf_buf_free(&id);
    mem_free(maker);
    return rc;
}

static int
check_body(const struct proof_leaf *leaf, const struct sheaf_source *body,
           const struct claimed *c, struct sheaf_error *err)
{
    struct leaf_commitment want = part_of(leaf, 1);
    uint64_t size = body->ops->size(body->ctx);
    bool salted = want.algorithm == COMMIT_SALTED;
    struct commitment got;
    uint8_t hash[HASH_BYTES];
    int rc;

    if (size != want.size)
        return disagrees(err, "the article's text has another length");
    if (salted && !c->salted)
        return disagrees(err, "the article is salted: its text can be "
                              "compared only with its metadata");
    commitment_begin(&got, salted ? c->salt : NULL);
    rc = commitment_add_source(&got, body, 0, size, NULL, err);
    commitment_end(&got, hash);
    if (rc == SHEAF_OK && memcmp(hash, want.hash, sizeof hash) != 0)
        rc = disagrees(err, "the article's text is another");
    return rc;
}

int
sheaf_proof_ask(const struct sheaf_proof *proof,
                const struct sheaf_claim *claim, struct sheaf_answer *out,
                struct sheaf_error *err)
{
    struct sheaf_claim taken = { SHEAF_CLAIM };
    struct sheaf_answer answer;
    const struct proof_leaf *leaf = NULL;
    struct claimed c;
    int rc = options_take(&taken, sizeof taken, claim, err);

    memset(&answer, 0, sizeof answer);
    claim = &taken;
    if (rc == SHEAF_OK)
        rc = claimed_of(claim, &c, err);
    if (rc == SHEAF_OK)
        rc = find_claimed(proof, &c, &leaf, &answer.revisions, err);
    if (rc != SHEAF_OK)
        return rc;
    if (leaf == NULL) {
        if (!c.has_id || !complete(proof, c.id_hash))
            return proof->proof.seal.len != 0
                       ? fail_verify(err, NO_OFFSET, "F15.7",
                                     "the proof does not show what the "
                                     "archive holds under this ID")
                       : disagrees(err, "the proof says nothing of this ID");
        answer.standing = SHEAF_STANDING_ABSENT;
        answer.id_checked = 1;
        *out = answer;
        return SHEAF_OK;
    }
    if (claim->meta.data != NULL)
        rc = check_meta(leaf, claim, &c, err);
    if (rc == SHEAF_OK && claim->body != NULL)
        rc = check_body(leaf, claim->body, &c, err);
    if (rc != SHEAF_OK)
        return rc;
    answer.standing = (int)standing_of(proof, leaf);
    answer.id_checked = c.has_id;
    answer.meta_checked = claim->meta.data != NULL;
    answer.body_checked = claim->body != NULL;
    fill_record(leaf, &answer.record);
    *out = answer;
    return SHEAF_OK;
}

/* ---- Consistency --------------------------------------------------------- */

int
proof_check_consistency(const struct proof *p, uint64_t old_size,
                        const uint8_t old_root[32], struct sheaf_error *err)
{
    const struct checkpoint *c = &p->note.checkpoint;
    uint8_t empty[HASH_BYTES];
    bool good;

    if (p->kind != PROOF_CONSISTENCY)
        return fail_corrupt(err, NO_OFFSET, "F15.8",
                            "this is not a consistency proof");
    if (p->old_size != old_size)
        return fail_verify(err, NO_OFFSET, "F15.8",
                           "the proof is from %llu leaves, and the old "
                           "checkpoint of %llu",
                           (unsigned long long)p->old_size,
                           (unsigned long long)old_size);
    if (old_size == 0) {
        hash_sha256("", 0, empty);
        good = memcmp(empty, old_root, HASH_BYTES) == 0;
    } else {
        good = merkle_check_consistency(old_size, c->size, old_root, c->root,
                                        p->path.data,
                                        p->path.len / HASH_BYTES);
    }
    if (!good)
        return fail_verify(err, NO_OFFSET, "F15.8",
                           "the newer tree does not begin with the older");
    return SHEAF_OK;
}

int
sheaf_check_consistency(struct sheaf_bytes text,
                        const struct sheaf_checkpoint *old,
                        const struct sheaf_public_key *key,
                        struct sheaf_checkpoint *out, struct sheaf_error *err)
{
    struct sheaf_bytes origin;
    struct proof p;
    int rc = hash_start(err);

    if (rc == SHEAF_OK)
        rc = proof_parse(text, &p, err);
    if (rc != SHEAF_OK)
        return rc;
    origin.data = p.note_text.data;
    origin.len = strlen(p.note.checkpoint.origin);
    rc = proof_check_consistency(&p, old->size, old->root, err);
    if (rc == SHEAF_OK && !bytes_equal(origin, old->origin))
        rc = fail_verify(err, NO_OFFSET, "F15.8",
                         "the checkpoints have different origins");
    if (rc == SHEAF_OK)
        rc = note_verify(&p.note, key->key, err);
    if (rc == SHEAF_OK && out != NULL) {
        out->origin = origin;
        out->size = p.note.checkpoint.size;
        memcpy(out->root, p.note.checkpoint.root, HASH_BYTES);
    }
    proof_free(&p);
    return rc;
}
