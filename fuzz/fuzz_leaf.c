/*
 * Articles and stored leaves, from their bytes. The sizes in an accepted
 * article add up; an accepted seal, redaction or key change encodes to the
 * same bytes.
 */
#include <sodium.h>

#include "format/article.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "format/frame.h"
#include "fuzz.h"
#include "base/hash.h"
#include "format/leaf.h"
#include "format/statement.h"

/* The articles of a frame with this content, up to one that is refused. */
static void
check_articles(struct sheaf_bytes content)
{
    struct sheaf_error err = { 0 };
    struct article *a = calloc(1, sizeof *a);
    uint64_t sum;
    int rc;

    if (a == NULL)
        abort();
    do {
        rc = article_decode(a, content, 4096, &err);
        if (rc != SHEAF_OK) {
            check_error(rc, &err);
            break;
        }
        sum = a->line.len + 1;
        MUST_HOLD(a->id.len >= 1 && a->id.len <= META_ID_MAX);
        MUST_HOLD(a->part_count >= 1 && a->part_count <= ARTICLE_PARTS_MAX);
        for (size_t i = 0; i < a->part_count; i++) {
            MUST_HOLD(a->parts[i].data.data == content.data + sum);
            MUST_HOLD(a->parts[i].data.len == a->parts[i].size);
            sum += a->parts[i].size;
        }
        MUST_HOLD(sum == a->size && sum <= content.len);
        MUST_HOLD(sum == content.len || content.len <= 65536);
        content.data += sum;
        content.len -= (size_t)sum;
    } while (content.len != 0);
    article_free(a);
    free(a);
}

static void
check_seal(struct sheaf_bytes part)
{
    struct sheaf_error err = { 0 };
    struct sheaf_buf out = { 0 };
    struct seal seal;
    int rc = seal_decode(part, 4096, &seal, &err);

    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        return;
    }
    MUST_HOLD(seal.run_count <= SEAL_RUNS_MAX);
    MUST_HOLD(seal_encode(&seal, &out));
    MUST_HOLD(bytes_equal(part, buf_view(&out)));
    sheaf_buf_free(&out);
}

/* The frame of a leaf made again is that of this body, and the hash that of
 * its record. */
static void
check_same(struct sheaf_bytes body, const struct leaf_stored *leaf,
           const struct sheaf_buf *frame, const uint8_t hash[32])
{
    MUST_HOLD(frame->len == FRAME_HEAD_SIZE + body.len + FRAME_SUM_SIZE);
    MUST_HOLD(memcmp(frame->data + FRAME_HEAD_SIZE, body.data, body.len) == 0);
    MUST_HOLD(memcmp(hash, leaf->hash, 32) == 0);
}

static void
check_redaction(struct sheaf_bytes body, const struct leaf_stored *leaf)
{
    struct sheaf_error err = { 0 };
    struct sheaf_buf frame = { 0 };
    struct redaction r;
    uint8_t hash[32];
    int rc = redaction_decode(leaf, 4096, &r, &err);

    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        return;
    }
    MUST_HOLD(redaction_encode(&r, &frame, hash, NULL) == SHEAF_OK);
    check_same(body, leaf, &frame, hash);
    sheaf_buf_free(&frame);
}

static void
check_key_change(struct sheaf_bytes body, const struct leaf_stored *leaf)
{
    static const struct sheaf_bytes origin = { (const uint8_t *)"origin", 6 };
    static const uint8_t none[32];
    const uint8_t *before = memcmp(leaf->prev, none, 32) != 0 ? leaf->prev
                                                              : NULL;
    struct sheaf_error err = { 0 };
    struct sheaf_buf frame = { 0 };
    struct key_change k;
    uint8_t hash[32];
    int rc = key_change_decode(leaf, origin, leaf->rev, before, NULL, 4096, &k,
                               &err);

    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        return;
    }
    MUST_HOLD(memcmp(k.old_key, k.new_key, 32) != 0);
    MUST_HOLD(key_change_encode(&k, &frame, hash));
    check_same(body, leaf, &frame, hash);
    sheaf_buf_free(&frame);
}

/* Keys and signatures of a key change are made good, unless the byte where
 * its number begins says otherwise: a mutator can't sign. */
static void
sign_key_change(uint8_t *part)
{
    uint8_t seed[32] = { part[34] };
    uint8_t text[98 + 6];
    uint8_t secret[2][64];

    if (part[26] == 0xff)
        return;
    for (unsigned i = 0; i < 2; i++) {
        crypto_sign_seed_keypair(part + 34 + (size_t)i * 32, secret[i], seed);
        seed[0] ^= part[27];
    }
    memcpy(text, part, 98);
    memcpy(text + 98, "origin", 6);
    for (unsigned i = 0; i < 2; i++)
        crypto_sign_detached(part + 98 + (size_t)i * 64, NULL, text,
                             sizeof text, secret[i]);
}

/* The size and the commitment of a statement are made good first. */
static void
check_stored(uint8_t *body, size_t len)
{
    const size_t head = LEAF_FIXED_SIZE + LEAF_PART_SIZE;
    const struct sheaf_bytes whole = { body, len };
    struct sheaf_error err = { 0 };
    struct leaf_stored leaf;
    int rc;

    if (len == head + 226 && body[16] == LEAF_KEY_CHANGE)
        sign_key_change(body + head);
    if (len >= head && body[16] != LEAF_ARTICLE) {
        put_be(body + LEAF_FIXED_SIZE + 4, len - head, 8);
        hash_blake2b(body + head, len - head, body + LEAF_FIXED_SIZE + 12);
    }
    rc = leaf_decode_stored(whole, 4096, &leaf, &err);
    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        return;
    }
    MUST_HOLD(leaf.type == leaf_type_of(whole));
    if (leaf.type == LEAF_ARTICLE) {
        MUST_HOLD(leaf.parts >= 2 && leaf.part.len == 0);
        MUST_HOLD(leaf.record.data == body && leaf.record.len == len);
        MUST_HOLD(len == LEAF_FIXED_SIZE + leaf.parts * LEAF_PART_SIZE);
        return;
    }
    MUST_HOLD(leaf.record.data == body && leaf.record.len == head);
    MUST_HOLD(leaf.part.data == body + head && leaf.part.len == len - head);
    if (leaf.type == LEAF_SEAL)
        check_seal(leaf.part);
    else if (leaf.type == LEAF_REDACTION)
        check_redaction(whole, &leaf);
    else
        check_key_change(whole, &leaf);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = exact_copy(data, size);

    MUST_HOLD(hash_start(NULL) == SHEAF_OK);
    check_articles((struct sheaf_bytes){ data, size });
    check_seal((struct sheaf_bytes){ data, size });
    check_stored(copy, size);
    free(copy);
    return 0;
}
