/*
 * Proofs. An accepted proof can be written again, to the same bytes. With its
 * hashes, seal and signature corrected, it can be asked anything.
 */
#include "base/buf.h"
#include "base/cursor.h"
#include "fuzz.h"
#include "base/mem.h"
#include "log/merkle.h"
#include "proof/proof.h"
#include "format/table.h"

/* A key pair that anybody may know: from the seed 00 01 ... 1f. */
static const uint8_t secret[64] = {
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a,
    0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15,
    0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f, 0x03,
    0xa1, 0x07, 0xbf, 0xf3, 0xce, 0x10, 0xbe, 0x1d, 0x70, 0xdd, 0x18,
    0xe7, 0x4b, 0xc0, 0x99, 0x67, 0xe4, 0xd6, 0x30, 0x9b, 0xa5, 0x0d,
    0x5f, 0x1d, 0xdc, 0x86, 0x64, 0x12, 0x55, 0x31, 0xb8
};

static void
write_again(const struct proof *p, struct sheaf_buf *out)
{
    static const struct sheaf_bytes none = { secret, 0 };

    if (p->kind == PROOF_ONE)
        MUST_HOLD(proof_write_one(p->records[0], none, p->numbers[0], p->path,
                                  p->note_text, out, NULL) == SHEAF_OK);
    else if (p->kind == PROOF_MANY)
        MUST_HOLD(proof_write_many(p, out, NULL) == SHEAF_OK);
    else
        MUST_HOLD(proof_write_consistency(p->old_size, p->path, p->note_text,
                                          out, NULL) == SHEAF_OK);
}

static uint8_t *
own(struct sheaf_bytes view)
{
    return (uint8_t *)(uintptr_t)view.data;
}

/* The root that rows and their path give goes to the seal, if it is long
 * enough to have it. */
static void
fit_rows(struct proof *p, const struct proof_rows *r)
{
    size_t count = r->rows.len / TABLE_ENTRY_SIZE;
    size_t at = 105 + 56 * (size_t)r->run;
    uint8_t entry[16 + TABLE_ENTRY_SIZE] = "sheaf/map/v1";
    uint64_t *numbers = mem_new(count, sizeof *numbers);
    uint8_t *hashes = mem_new(count, HASH_BYTES);
    uint8_t root[HASH_BYTES];

    MUST_HOLD(numbers != NULL && hashes != NULL);
    for (size_t i = 0; i < count; i++) {
        numbers[i] = r->first + i;
        memcpy(entry + 16, r->rows.data + i * TABLE_ENTRY_SIZE,
               TABLE_ENTRY_SIZE);
        hash_leaf(entry, sizeof entry, hashes + i * HASH_BYTES);
    }
    if (p->seal.len >= at + 56 &&
        merkle_set_root(numbers, hashes, count,
                        get_be(p->seal.data + at + 16, 8), r->path.data,
                        r->path.len / HASH_BYTES, root))
        memcpy(own(p->seal) + at + 24, root, sizeof root);
    mem_free(numbers);
    mem_free(hashes);
}

/* Seal, root and signature as they have to be. */
static void
fit(struct proof *p, struct sheaf_buf *note)
{
    struct checkpoint c = p->note.checkpoint;
    uint8_t *hashes = mem_new(p->leaf_count, HASH_BYTES);

    MUST_HOLD(hashes != NULL);
    for (size_t i = 0; i < p->rows_count; i++)
        fit_rows(p, &p->rows[i]);
    if (p->seal.len != 0) {
        struct sheaf_bytes record = p->records[p->leaf_count - 1];

        if (record.len == LEAF_FIXED_SIZE + LEAF_PART_SIZE) {
            put_be(own(record) + LEAF_FIXED_SIZE + 4, p->seal.len, 8);
            hash_blake2b(p->seal.data, p->seal.len,
                         own(record) + LEAF_FIXED_SIZE + 12);
        }
    }
    for (size_t i = 0; i < p->leaf_count; i++)
        hash_leaf(p->records[i].data, p->records[i].len,
                  hashes + i * HASH_BYTES);
    /* A proof that was parsed has a path of the right length. */
    MUST_HOLD(merkle_set_root(p->numbers, hashes, p->leaf_count, c.size,
                              p->path.data, p->path.len / HASH_BYTES,
                              c.root));
    MUST_HOLD(note_sign(&c, secret, note, NULL) == SHEAF_OK);
    p->note_text = buf_view(note);
    mem_free(hashes);
}

static void
ask(const struct sheaf_proof *p, struct sheaf_claim *claim)
{
    struct sheaf_error err = { 0 };
    struct sheaf_answer answer;
    int rc = sheaf_proof_ask(p, claim, &answer, &err);

    if (rc != SHEAF_OK)
        check_error(rc, &err);
    else if (answer.standing == SHEAF_STANDING_ABSENT)
        MUST_HOLD(answer.id_checked && !answer.body_checked);
    else
        MUST_HOLD(answer.record.type == SHEAF_LEAF_ARTICLE);
}

static void
ask_all(const struct sheaf_proof *p, const uint8_t *data, size_t size)
{
    static const char *const ids[] = { "one", "two", "gone", "four" };
    struct sheaf_claim claim = { SHEAF_CLAIM, .rev = 0 };
    struct sheaf_proof_info info;
    struct sheaf_record r;
    struct sheaf_source body;
    size_t count = 0;

    sheaf_proof_get_info(p, &info);
    while (sheaf_proof_record(p, count, &r) == SHEAF_OK)
        count++;
    MUST_HOLD(count == info.records && info.articles <= count);
    ask(p, &claim);
    MUST_HOLD(sheaf_source_memory(&body, sheaf_view(data, size),
                                  NULL) == SHEAF_OK);
    claim.body = &body;
    ask(p, &claim);
    claim.body = NULL;
    body.ops->close(body.ctx);
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        claim.id.data = (const uint8_t *)ids[i];
        claim.id.len = strlen(ids[i]);
        ask(p, &claim);
    }
}

static void
check(const struct sheaf_buf *text, const uint8_t *data, size_t size)
{
    struct sheaf_public_key key = { { 0 }, { 0 } };
    struct sheaf_error err = { 0 };
    struct sheaf_proof *p;
    int rc;

    memcpy(key.key, secret + 32, sizeof key.key);
    rc = sheaf_check_proof(buf_view(text), &key, &p, &err);
    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        return;
    }
    ask_all(p, data, size);
    sheaf_proof_free(p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = exact_copy(data, size);
    const struct sheaf_bytes bytes = { copy, size };
    struct sheaf_error err = { 0 };
    struct sheaf_buf again = { 0 };
    struct sheaf_buf note = { 0 };
    struct proof p;
    int rc;

    MUST_HOLD(hash_start(NULL) == SHEAF_OK);
    rc = proof_parse(bytes, &p, &err);
    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        free(copy);
        return 0;
    }
    write_again(&p, &again);
    /* A tlog-proof may also say nothing in `extra`, and no more. */
    if (p.kind != PROOF_ONE || p.records[0].len != 0)
        MUST_HOLD(again.len == size && memcmp(again.data, copy, size) == 0);
    check(&again, copy, size);
    if (p.kind == PROOF_MANY) {
        fit(&p, &note);
        MUST_HOLD(proof_write_many(&p, &again, NULL) == SHEAF_OK);
        check(&again, copy, size);
    }
    proof_free(&p);
    sheaf_buf_free(&again);
    sheaf_buf_free(&note);
    free(copy);
    return 0;
}
