/*
 * Top and end records, also tops that are written against another. An accepted
 * record encodes to the same bytes.
 */
#include "base/buf.h"
#include "base/cursor.h"
#include "format/frame.h"
#include "fuzz.h"
#include "base/hash.h"
#include "format/top.h"

#define OFFSET ((uint64_t)1 << 40)

/* What is accepted and has kept as much of the base as it can is encoded to the
 * same bytes. Another top is the same when it is whole. */
static void
check_top(struct sheaf_bytes body, const struct top *base, struct top *t)
{
    struct sheaf_error err = { 0 };
    struct sheaf_buf out = { 0 };
    struct top *again;
    int rc = top_decode(body, OFFSET, base, t, &err);

    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        return;
    }
    MUST_HOLD(top_encode(t, base, &out));
    if (base == NULL) {
        MUST_HOLD(t->base != 0 || bytes_equal(body, buf_view(&out)));
    } else {
        again = calloc(1, sizeof *again);
        if (again == NULL)
            abort();
        MUST_HOLD(out.len <= body.len);
        MUST_HOLD(top_decode(buf_view(&out), OFFSET, base, again, &err) ==
                  SHEAF_OK);
        MUST_HOLD(memcmp(again->root, t->root, 32) == 0);
        top_free(again);
        free(again);
    }
    sheaf_buf_free(&out);
}

/* Two tops: the first is whole, the second is written against it. */
static void
check_tops(struct sheaf_bytes all)
{
    struct top *base = calloc(1, sizeof *base);
    struct top *t = calloc(1, sizeof *t);
    size_t half = all.len >= 2 ? get_be(all.data, 2) % (all.len - 1) : 0;
    uint64_t at;
    uint32_t length;

    if (base == NULL || t == NULL)
        abort();
    if (half != 0) {
        struct sheaf_bytes second = { all.data + 2 + half,
                                      all.len - 2 - half };

        check_top(sheaf_view(all.data + 2, half), NULL, base);
        (void)top_decode_base(second, OFFSET, &at, &length, NULL);
        if (base->size != 0)
            check_top(second, base, t);
    }
    top_free(base);
    top_free(t);
    free(base);
    free(t);
}

static void
check_alone(struct sheaf_bytes body)
{
    struct top *t = calloc(1, sizeof *t);

    if (t == NULL)
        abort();
    check_top(body, NULL, t);
    top_free(t);
    free(t);
}

/* `frame` gets a head and a sum. */
static void
check_end(uint8_t frame[END_SIZE])
{
    struct sheaf_error err = { 0 };
    struct sheaf_buf out = { 0 };
    struct end end;
    int rc;

    memcpy(frame, FRAME_MAGIC, FRAME_MAGIC_SIZE);
    put_le32(frame + 4, END_SIZE - 8);
    memcpy(frame + 8, "END", 4);
    hash_check64(frame, END_SIZE - 8, frame + END_SIZE - 8);
    rc = end_decode(frame, get_be(frame + FRAME_HEAD_SIZE, 8), &end, &err);
    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        return;
    }
    MUST_HOLD(end_encode(&end, &out));
    MUST_HOLD(out.len == END_SIZE && memcmp(out.data, frame, END_SIZE) == 0);
    sheaf_buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = exact_copy(data, size);

    MUST_HOLD(hash_start(NULL) == SHEAF_OK);
    check_alone((struct sheaf_bytes){ copy, size });
    check_tops((struct sheaf_bytes){ copy, size });
    if (size >= END_SIZE)
        check_end(copy);
    free(copy);
    return 0;
}
