/*
 * Articles and stored leaves, from their bytes. An article that is taken
 * adds up; a seal that is taken encodes to the bytes that it came from.
 */
#include "article.h"
#include "buf.h"
#include "cur.h"
#include "fuzz.h"
#include "hash.h"
#include "leaf.h"

static void
check_article(struct sheaf_bytes content)
{
    struct sheaf_error err = { 0 };
    struct article *a = calloc(1, sizeof *a);
    uint64_t sum;
    int rc;

    if (a == NULL)
        abort();
    rc = article_decode(a, content, 4096, &err);
    if (rc != SHEAF_OK) {
        check_error(rc, &err);
    } else {
        sum = a->line.len + 1;
        MUST_HOLD(a->id.len >= 1 && a->id.len <= META_ID_MAX);
        MUST_HOLD(a->part_count >= 1 && a->part_count <= ARTICLE_PARTS_MAX);
        for (size_t i = 0; i < a->part_count; i++) {
            MUST_HOLD(a->parts[i].data.data == content.data + sum);
            MUST_HOLD(a->parts[i].data.len == a->parts[i].size);
            sum += a->parts[i].size;
        }
        MUST_HOLD(sum == content.len);
    }
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

/* The size and the commitment are made good first. */
static void
check_stored(uint8_t *body, size_t len)
{
    const size_t head = LEAF_FIXED_SIZE + LEAF_PART_SIZE;
    struct sheaf_error err = { 0 };
    struct leaf_stored leaf;
    int rc;

    if (len >= head) {
        put_be(body + LEAF_FIXED_SIZE + 4, len - head, 8);
        hash_blake2b(body + head, len - head, body + LEAF_FIXED_SIZE + 12);
    }
    rc = leaf_decode_stored((struct sheaf_bytes){ body, len }, 4096, &leaf,
                            &err);
    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        return;
    }
    MUST_HOLD(leaf.part.data == body + head && leaf.part.len == len - head);
    check_seal(leaf.part);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = exact_copy(data, size);

    MUST_HOLD(hash_start(NULL) == SHEAF_OK);
    check_article((struct sheaf_bytes){ data, size });
    check_seal((struct sheaf_bytes){ data, size });
    check_stored(copy, size);
    free(copy);
    return 0;
}
