/*
 * Buffers, cursors, errors and the allocator. A cursor is tried at each length
 * around the length that is read, in a block of exactly that size, so that a
 * sanitizer detects a byte too many.
 */
#include "base/buf.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "base/err.h"
#include "base/mem.h"
#include "tap.h"

/* ---- Allocator ----------------------------------------------------------- */

static void
test_mem(void)
{
    long live = mem_live();
    uint8_t *p = mem_new(3, 5);
    uint8_t *q;
    bool zero = true;

    for (size_t i = 0; p != NULL && i < 15; i++)
        zero = zero && p[i] == 0;
    ok(p != NULL && zero, "memory comes zeroed");
    eq_int(mem_live(), live + 1, "and is counted");
    if (p != NULL)
        p[14] = 7;
    q = mem_resize(p, 1000, 3);
    ok(q != NULL && q[14] == 7, "what was there stays there");
    eq_int(mem_live(), live + 1, "still one block");
    ok(mem_resize(q, SIZE_MAX / 2, 3) == NULL, "a product that overflows");
    ok(q != NULL && q[14] == 7, "the old block is still good");
    mem_free(q);
    mem_free(NULL);
    eq_int(mem_live(), live, "all given back");

    p = mem_new(0, 8);
    q = mem_resize(NULL, 0, 0);
    ok(p != NULL && q != NULL, "nothing is something to free");
    eq_int(mem_live(), live + 2, "two blocks");
    mem_free(p);
    mem_free(q);
    eq_int(mem_live(), live, "all given back");
}

static void
test_mem_faults(void)
{
    long live = mem_live();

    for (long n = 0; n < 4; n++) {
        void *p[5];
        long failed = 0;
        long when = -1;

        mem_fail_after(n);
        for (long i = 0; i < 5; i++) {
            p[i] = i % 2 == 0 ? mem_new(1, 1) : mem_resize(NULL, 1, 1);
            if (p[i] == NULL) {
                failed++;
                when = i;
            }
        }
        mem_fail_after(-1);
        ok(failed == 1 && when == n, "allocation %ld fails, and no other", n);
        for (size_t i = 0; i < 5; i++)
            mem_free(p[i]);
    }
    eq_int(mem_live(), live, "all given back");
}

/* ---- Buffers ------------------------------------------------------------- */

static void
test_buf_add(void)
{
    struct sheaf_buf b = { 0 };
    long live = mem_live();
    bool good = true;

    ok(buf_add(&b, NULL, 0) && b.data == NULL, "nothing needs no memory");
    for (unsigned i = 0; i < 5000; i++) {
        uint8_t byte = (uint8_t)(i * 7);

        good = good && buf_add(&b, &byte, 1);
    }
    ok(good && b.len == 5000 && b.cap >= b.len, "5,000 bytes one by one");
    for (unsigned i = 0; good && i < 5000; i++)
        good = b.data[i] == (uint8_t)(i * 7);
    ok(good, "in their order");

    b.len = 0;
    ok(buf_add_str(&b, "leaf ") && buf_add_u64_text(&b, 0) &&
           buf_add_str(&b, " ") && buf_add_u64_text(&b, UINT64_MAX) &&
           buf_add_str(&b, ""),
       "text");
    ok(b.len == 27 && memcmp(b.data, "leaf 0 18446744073709551615", 27) == 0,
       "in decimal");

    b.len = 0;
    ok(buf_add_be(&b, 0x0102030405060708, 8) && buf_add_be(&b, 0xfffe, 2) &&
           buf_add_be(&b, 0x1ff, 1) && buf_add_be(&b, 9, 0),
       "integers");
    ok(b.len == 11 && memcmp(b.data, "\1\2\3\4\5\6\7\10\xff\xfe\xff", 11) == 0,
       "big-endian, cut to their width");

    ok(!buf_add(&b, b.data, SIZE_MAX - 5), "a length that wraps");
    eq_int(b.len, 11, "leaves the buffer alone");
    sheaf_buf_free(&b);
    ok(b.data == NULL && b.len == 0 && b.cap == 0, "ready for use again");
    sheaf_buf_free(&b);
    eq_int(mem_live(), live, "all given back");
}

static void
test_buf_faults(void)
{
    static const uint8_t more[300] = { 1 };
    struct sheaf_buf b = { 0 };
    uint8_t *data;
    size_t cap;

    ok(buf_reserve(&b, 100) && b.cap >= 100 && b.len == 0, "room for 100");
    ok(buf_add_str(&b, "kept"), "four of them taken");
    data = b.data;
    cap = b.cap;
    for (unsigned i = 0; i < 3; i++) {
        bool done;

        mem_fail_after(0);
        done = i == 0 ? buf_reserve(&b, cap + 1)
               : i == 1 ? buf_add(&b, more, sizeof more)
                        : buf_reserve(&b, SIZE_MAX);
        mem_fail_after(-1);
        ok(!done && b.data == data && b.len == 4 && b.cap == cap &&
               memcmp(b.data, "kept", 4) == 0,
           "no memory: the buffer is as it was (%u)", i);
    }
    mem_fail_after(0);
    ok(buf_reserve(&b, cap) && buf_add(&b, more, cap - 4),
       "room that is there needs no memory");
    mem_fail_after(-1);
    eq_int(b.len, cap, "full");
    sheaf_buf_free(&b);
}

static void
test_bytes(void)
{
    static const struct {
        const char *a;
        const char *b;
        int order;
    } rows[] = {
        { "", "", 0 },      { "", "a", -1 },     { "a", "", 1 },
        { "a", "a", 0 },    { "a", "b", -1 },    { "b", "a", 1 },
        { "a", "ab", -1 },  { "ab", "a", 1 },    { "b", "ab", 1 },
        { "a\xff", "a", 1 }, { "\x7f", "\x80", -1 },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sheaf_bytes a = { (const uint8_t *)rows[i].a,
                                 strlen(rows[i].a) };
        struct sheaf_bytes b = { (const uint8_t *)rows[i].b,
                                 strlen(rows[i].b) };
        int c = bytes_compare(a, b);

        eq_int((c > 0) - (c < 0), rows[i].order, "order of pair %zu", i);
        eq_int(bytes_equal(a, b), rows[i].order == 0, "equality of pair %zu",
               i);
    }
    ok(bytes_equal((struct sheaf_bytes){ NULL, 0 },
                   (struct sheaf_bytes){ NULL, 0 }) &&
           bytes_compare((struct sheaf_bytes){ NULL, 0 },
                         (struct sheaf_bytes){ NULL, 0 }) == 0,
       "no bytes equal no bytes");
}

/* ---- Cursors ------------------------------------------------------------- */

static void
test_integers(void)
{
    static const uint8_t bytes[8] = { 0x81, 0x82, 0x83, 0x84,
                                      0x85, 0x86, 0x87, 0x88 };
    uint64_t want = 0;

    for (unsigned len = 0; len <= 8; len++) {
        uint8_t out[9] = { 0 };

        if (len > 0)
            want = want << 8 | bytes[len - 1];
        ok(get_be(bytes, len) == want, "%u bytes, big-endian", len);
        put_be(out, want, len);
        ok(memcmp(out, bytes, len) == 0 && out[len] == 0,
           "%u bytes put, and no more", len);
    }
    {
        uint8_t out[5] = { 0 };

        put_le32(out, 0x184d2a53);
        ok(memcmp(out, "\x53\x2a\x4d\x18\0", 5) == 0, "little-endian put");
        ok(get_le32(out) == 0x184d2a53, "and read");
        ok(get_le32(bytes + 4) == 0x88878685, "with the high bit");
    }
}

static uint64_t
read_width(struct cursor *c, unsigned width)
{
    switch (width) {
    case 1: return cursor_u8(c);
    case 2: return cursor_u16(c);
    case 4: return cursor_u32(c);
    case 8: return cursor_u64(c);
    }
    return cursor_be(c, width);
}

/* Reads of each width from each number of bytes: all of it, or zero and
 * `bad`, from then on. */
static void
test_cursor(void)
{
    for (unsigned width = 1; width <= 8; width++) {
        bool good = true;

        for (size_t len = 0; len <= 10; len++) {
            uint8_t *block = malloc(len != 0 ? len : 1);
            uint8_t copied[3] = { 9, 9, 9 };
            struct cursor c;
            uint64_t v;

            if (block == NULL)
                abort();
            memset(block, 0xa5, len);
            c = cursor_over(block, len);
            v = read_width(&c, width);
            if (len >= width) {
                good = good && v == get_be(block, width) && !c.bad &&
                       cursor_left(&c) == len - width &&
                       cursor_done(&c) == (len == width);
            } else {
                good = good && v == 0 && c.bad && cursor_left(&c) == 0 &&
                       !cursor_done(&c);
                /* What is left would be enough, but it is too late. */
                good = good && cursor_be(&c, 0) == 0 && cursor_u8(&c) == 0 &&
                       cursor_take(&c, 0) == NULL && c.bad;
                cursor_copy(&c, copied, 2);
                good = good && copied[0] == 0 && copied[1] == 0 &&
                       copied[2] == 9;
            }
            free(block);
        }
        ok(good, "integers of %u bytes from 0 to 10 bytes", width);
    }
}

static void
test_take(void)
{
    static const uint8_t bytes[4] = { 1, 2, 3, 4 };
    struct cursor c = cursor_over(bytes, 4);
    uint8_t two[2];

    cursor_copy(&c, two, 2);
    ok(memcmp(two, bytes, 2) == 0, "bytes copied");
    ok(cursor_take(&c, 2) == bytes + 2 && cursor_done(&c), "bytes taken");
    ok(cursor_take(&c, 0) == bytes + 4 && cursor_done(&c), "none, at the end");
    c = cursor_over(bytes, 4);
    ok(cursor_take(&c, SIZE_MAX) == NULL && c.bad, "a length beyond memory");
    ok(!cursor_done(&c), "is not done");
}

static void
test_overflow(void)
{
    uint64_t v;

    ok(!ADD_OVERFLOWS(UINT64_MAX, UINT64_C(0), &v) && v == UINT64_MAX,
       "a sum at the limit");
    ok(ADD_OVERFLOWS(UINT64_MAX, UINT64_C(1), &v), "and above");
    ok(!MUL_OVERFLOWS(UINT64_C(1) << 32, (UINT64_C(1) << 32) - 1, &v),
       "a product at the limit");
    ok(MUL_OVERFLOWS(UINT64_C(1) << 32, UINT64_C(1) << 32, &v), "and above");
    ok(min_u64(2, UINT64_MAX) == 2 && max_u64(2, UINT64_MAX) == UINT64_MAX,
       "the lesser and the greater");
}

/* ---- Errors -------------------------------------------------------------- */

static void
eq_error(const struct sheaf_error *err, int code, int sys, uint64_t offset,
         const char *clause, const char *message)
{
    eq_int(err->code, code, "%s: code", message);
    eq_int(err->sys, sys, "%s: errno", message);
    ok(err->offset == offset, "%s: offset", message);
    eq_str(err->clause, clause, "%s: clause", message);
    eq_str(err->message, message, "%s: message", message);
}

static void
test_errors(void)
{
    struct sheaf_error err;
    char want[64];

    memset(&err, 0x55, sizeof err);
    eq_int(fail(&err, SHEAF_EINVAL, "no %s", "key"), SHEAF_EINVAL, "returned");
    eq_error(&err, SHEAF_EINVAL, 0, NO_OFFSET, "", "no key");
    eq_int(fail_corrupt(&err, 77, "F12.3", "frame %u", 9u), SHEAF_ECORRUPT,
           "returned");
    eq_error(&err, SHEAF_ECORRUPT, 0, 77, "F12.3", "frame 9");
    eq_int(fail_verify(&err, 0, "F9.8", "not signed"), SHEAF_EVERIFY,
           "returned");
    eq_error(&err, SHEAF_EVERIFY, 0, 0, "F9.8", "not signed");
    eq_int(fail_limit(&err, 5, "F14.1", "too long"), SHEAF_ELIMIT, "returned");
    eq_error(&err, SHEAF_ELIMIT, 0, 5, "F14.1", "too long");
    eq_int(fail_io(&err, EACCES, "opening"), SHEAF_EIO, "returned");
    snprintf(want, sizeof want, "opening: %s", strerror(EACCES));
    eq_error(&err, SHEAF_EIO, EACCES, NO_OFFSET, "", want);
    eq_int(fail_nomem(&err), SHEAF_ENOMEM, "returned");
    eq_error(&err, SHEAF_ENOMEM, 0, NO_OFFSET, "", "out of memory");

    eq_int(fail(NULL, SHEAF_EINVAL, "no key"), SHEAF_EINVAL, "nobody asks");
    eq_int(fail_corrupt(NULL, 1, "F2.1", "x"), SHEAF_ECORRUPT, "nobody asks");
    eq_int(fail_io(NULL, EIO, "x"), SHEAF_EIO, "nobody asks");
}

static void
test_long_errors(void)
{
    struct sheaf_error err = { 0 };
    char text[2 * sizeof err.message];

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    fail_corrupt(&err, 0, "F12.34.567", "%s", text);
    eq_int(strlen(err.message), sizeof err.message - 1,
           "a long message is cut");
    eq_str(err.clause, "F12.34.", "and a long clause");
}

static void
test_phrases(void)
{
    static const int codes[] = {
        SHEAF_OK,       SHEAF_END,          SHEAF_ENOTFOUND, SHEAF_ECORRUPT,
        SHEAF_EVERIFY,  SHEAF_EUNSUPPORTED, SHEAF_ELIMIT,    SHEAF_EIO,
        SHEAF_ENOMEM,   SHEAF_EINVAL,       SHEAF_ESTOPPED,
    };
    const char *unknown = sheaf_strerror(-12345);

    ok(unknown != NULL && unknown[0] != '\0', "a phrase for what is no code");
    eq_str(sheaf_strerror(2), unknown, "also above SHEAF_END");
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        const char *phrase = sheaf_strerror(codes[i]);
        bool own = strcmp(phrase, unknown) != 0;

        for (size_t k = 0; k < i; k++)
            own = own && strcmp(phrase, sheaf_strerror(codes[k])) != 0;
        ok(own, "code %d has a phrase of its own: %s", codes[i], phrase);
    }
}

int
main(void)
{
    test_mem();
    test_mem_faults();
    test_buf_add();
    test_buf_faults();
    test_bytes();
    test_integers();
    test_cursor();
    test_take();
    test_overflow();
    test_errors();
    test_long_errors();
    test_phrases();
    return tap_done();
}
