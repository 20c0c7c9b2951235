/*
 * Frames and the head against spec F2 and F3: good frames, then every single
 * change that can break them. The sum is corrected unless it is the clause
 * under test. Every frame is read from a block of exactly its size, so that a
 * sanitizer detects a byte too many.
 */
#include "format/frame.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/hash.h"
#include "tap.h"

#define AT UINT64_C(100000)
/* Any sheaf frame: which one, its head says. */
#define SHEAF_FRAME FRAME_TYPES

static uint8_t *
copy_of(const void *data, size_t len)
{
    uint8_t *copy = malloc(len != 0 ? len : 1);

    if (copy == NULL)
        abort();
    if (len != 0)
        memcpy(copy, data, len);
    return copy;
}

static void
make_frame(struct sheaf_buf *out, enum frame_type type, const char *body)
{
    size_t start = out->len;

    if (!frame_begin(out, type) || !buf_add_str(out, body) ||
        !frame_end(out, start))
        abort();
}

/* The sum over whatever stands before it. */
static void
make_sum(uint8_t *frame, size_t len)
{
    hash_check64(frame, len - FRAME_SUM_SIZE, frame + len - FRAME_SUM_SIZE);
}

/* ---- Peeking ------------------------------------------------------------- */

#define HEAD(length, type, version) "\x53\x2a\x4d\x18" length type version
#define LENGTH_12 "\x0c\0\0\0"
#define LENGTH_MAX "\0\0\0\4"
#define LENGTH_OVER "\1\0\0\4"
#define ROOM (FRAME_LENGTH_MAX + UINT64_C(8))

/* `left`: bytes from the frame's offset to the end of the file. `clause` is
 * "" for what is good, and for a version that is not known. */
static const struct {
    const char *what;
    const char *head;
    size_t len;
    uint64_t left;
    int code;
    const char *clause;
    enum frame_type kind;
    uint64_t length;
} peeks[] = {
    { "a zstd frame", "\x28\xb5\x2f\xfd", 4, 4, SHEAF_OK, "", FRAME_ZSTD, 0 },
    { "a zstd frame and more", "\x28\xb5\x2f\xfd\0\0\0\0\0\0\0\0", 12, 900,
      SHEAF_OK, "", FRAME_ZSTD, 0 },
    { "three bytes of its magic", "\x28\xb5\x2f", 3, 3, SHEAF_ECORRUPT, "F2.1",
      FRAME_ZSTD, 0 },
    { "no bytes", "", 0, 1, SHEAF_ECORRUPT, "F2.1", FRAME_ZSTD, 0 },
    { "zeros", "\0\0\0\0\0\0\0\0\0\0\0\0", 12, 900, SHEAF_ECORRUPT, "F2.1",
      FRAME_ZSTD, 0 },
    { "another skippable frame", "\x50\x2a\x4d\x18\x0c\0\0\0END\0", 12, 900,
      SHEAF_ECORRUPT, "F2.1", FRAME_ZSTD, 0 },
    { "one after ours", "\x54\x2a\x4d\x18\x0c\0\0\0END\0", 12, 900,
      SHEAF_ECORRUPT, "F2.1", FRAME_ZSTD, 0 },
    { "a legacy zstd frame", "\x27\xb5\x2f\xfd\0\0\0\0\0\0\0\0", 12, 900,
      SHEAF_ECORRUPT, "F2.1", FRAME_ZSTD, 0 },

    { "a dictionary", "\x5d\x2a\x4d\x18\x0a\0\0\0", 8, 18, SHEAF_OK, "",
      FRAME_DICT, 18 },
    { "an empty one", "\x5d\x2a\x4d\x18\0\0\0\0", 8, 8, SHEAF_OK, "",
      FRAME_DICT, 8 },
    { "the longest", "\x5d\x2a\x4d\x18" LENGTH_MAX, 8, ROOM, SHEAF_OK, "",
      FRAME_DICT, ROOM },
    { "one longer", "\x5d\x2a\x4d\x18" LENGTH_OVER, 8, 2 * ROOM,
      SHEAF_ECORRUPT, "F2.2", FRAME_DICT, 0 },
    { "one of 2^32 - 1", "\x5d\x2a\x4d\x18\xff\xff\xff\xff", 8,
      UINT64_C(1) << 40, SHEAF_ECORRUPT, "F2.2", FRAME_DICT, 0 },
    { "a dictionary that ends after the file",
      "\x5d\x2a\x4d\x18\x0a\0\0\0", 8, 17, SHEAF_ECORRUPT, "F2.2",
      FRAME_DICT, 0 },
    { "half a length", "\x5d\x2a\x4d\x18\x0a\0", 6, 6, SHEAF_ECORRUPT, "F2.2",
      FRAME_DICT, 0 },

    { "the shortest sheaf frame", HEAD(LENGTH_12, "END", "\1"), 12, 20,
      SHEAF_OK, "", SHEAF_FRAME, 20 },
    { "the longest sheaf frame", HEAD(LENGTH_MAX, "SLB", "\1"), 12, ROOM,
      SHEAF_OK, "", SHEAF_FRAME, ROOM },
    { "a sheaf frame one byte longer", HEAD(LENGTH_OVER, "SLB", "\1"), 12,
      2 * ROOM, SHEAF_ECORRUPT, "F2.2", SHEAF_FRAME, 0 },
    { "a sheaf frame of 2^32 - 1", HEAD("\xff\xff\xff\xff", "SLB", "\1"), 12,
      UINT64_C(1) << 40, SHEAF_ECORRUPT, "F2.2", SHEAF_FRAME, 0 },
    { "a length of 11", HEAD("\x0b\0\0\0", "END", "\1"), 12, 900,
      SHEAF_ECORRUPT, "F2.2", SHEAF_FRAME, 0 },
    { "a length of 0", HEAD("\0\0\0\0", "END", "\1"), 12, 900,
      SHEAF_ECORRUPT, "F2.2", SHEAF_FRAME, 0 },
    { "an end one byte after the file's", HEAD(LENGTH_12, "END", "\1"), 12, 19,
      SHEAF_ECORRUPT, "F2.2", SHEAF_FRAME, 0 },
    { "eleven bytes", HEAD(LENGTH_12, "END", ""), 11, 11, SHEAF_ECORRUPT,
      "F2.2", SHEAF_FRAME, 0 },
    { "the magic and no more", FRAME_MAGIC, 4, 4, SHEAF_ECORRUPT, "F2.2",
      SHEAF_FRAME, 0 },

    { "no such type", HEAD(LENGTH_12, "XYZ", "\1"), 12, 900, SHEAF_ECORRUPT,
      "F2.4", SHEAF_FRAME, 0 },
    { "an optional frame", HEAD(LENGTH_12, "end", "\0"), 12, 900, SHEAF_OK,
      "", FRAME_OPTIONAL, 20 },
    { "one of a later version", HEAD(LENGTH_12, "zAZ", "\7"), 12, 900,
      SHEAF_OK, "", FRAME_OPTIONAL, 20 },
    { "a type with a digit", HEAD(LENGTH_12, "en1", "\1"), 12, 900,
      SHEAF_ECORRUPT, "F2.4", SHEAF_FRAME, 0 },
    { "a type that ends in small letters", HEAD(LENGTH_12, "End", "\1"), 12,
      900, SHEAF_ECORRUPT, "F2.4", SHEAF_FRAME, 0 },
    { "two halves of types", HEAD(LENGTH_12, "F P", "\1"), 12, 900,
      SHEAF_ECORRUPT, "F2.4", SHEAF_FRAME, 0 },
    { "a type cut short", HEAD(LENGTH_12, "EN\0", "\1"), 12, 900,
      SHEAF_ECORRUPT, "F2.4", SHEAF_FRAME, 0 },
    { "an empty type", HEAD(LENGTH_12, "\0\0\0", "\1"), 12, 900,
      SHEAF_ECORRUPT, "F2.4", SHEAF_FRAME, 0 },

    /* Another version may be a flipped bit, as long as the sum is not known. */
    { "version 2", HEAD(LENGTH_12, "END", "\2"), 12, 900, SHEAF_OK, "",
      FRAME_END, 20 },
    { "version 2 of a new type", HEAD(LENGTH_12, "NEW", "\2"), 12, 900,
      SHEAF_ECORRUPT, "F2.4", SHEAF_FRAME, 0 },
    { "version 2, after the file's end", HEAD(LENGTH_12, "END", "\2"), 12, 19,
      SHEAF_ECORRUPT, "F2.2", SHEAF_FRAME, 0 },
    { "version 2, too short", HEAD("\x0b\0\0\0", "END", "\2"), 12, 900,
      SHEAF_ECORRUPT, "F2.2", SHEAF_FRAME, 0 },
    { "version 2, too long", HEAD(LENGTH_OVER, "END", "\2"), 12, 2 * ROOM,
      SHEAF_ECORRUPT, "F2.2", SHEAF_FRAME, 0 },
    { "version 0", HEAD(LENGTH_12, "END", "\0"), 12, 900, SHEAF_OK, "",
      FRAME_END, 20 },
};

static void
test_peek(void)
{
    for (size_t i = 0; i < COUNT_OF(peeks); i++) {
        struct sheaf_error err = { 0 };
        struct frame f = { .length = 12345 };
        uint8_t *head = copy_of(peeks[i].head, peeks[i].len);
        int rc = frame_peek(head, peeks[i].len, AT, AT + peeks[i].left, &f,
                            &err);

        eq_int(rc, peeks[i].code, "%s: code", peeks[i].what);
        eq_str(err.clause, peeks[i].clause, "%s: clause", peeks[i].what);
        if (rc != SHEAF_OK) {
            eq_int(f.length, 12345, "%s: output untouched", peeks[i].what);
        } else {
            ok((peeks[i].kind == SHEAF_FRAME ||
                f.type == peeks[i].kind) && f.offset == AT &&
                   (f.type == FRAME_ZSTD || f.length == peeks[i].length),
               "%s: kind, place and length", peeks[i].what);
            if (peeks[i].kind == SHEAF_FRAME)
                ok(memcmp(frame_name(f.type), peeks[i].head + 8, 3) == 0,
                   "%s: type", peeks[i].what);
        }
        free(head);
    }
}

static void
test_types(void)
{
    static const char types[][4] = { "SHF", "REV", "PAR", "GRP", "SLB",
                                     "MAP", "URL", "DIR", "LEF",
                                     "TIL", "TOP", "END", "PAD" };
    uint8_t head[12] = HEAD(LENGTH_12, "...", "");
    unsigned known = 0;
    bool good = true;

    for (unsigned n = 0; n < 26 * 26 * 26; n++) {
        struct frame f;
        bool listed = false;
        int rc;

        head[8] = (uint8_t)('A' + n / 676);
        head[9] = (uint8_t)('A' + n / 26 % 26);
        head[10] = (uint8_t)('A' + n % 26);
        for (size_t i = 0; i < COUNT_OF(types); i++)
            listed = listed || memcmp(types[i], head + 8, 3) == 0;
        rc = frame_peek(head, sizeof head, AT, AT + 20, &f, NULL);
        good = good && rc == (listed ? SHEAF_OK : SHEAF_ECORRUPT);
        known += rc == SHEAF_OK;
    }
    ok(good, "of all types, those of F2.4");
    eq_int(known, COUNT_OF(types), "all of them");
}

/* ---- Whole frames -------------------------------------------------------- */

#define BODY "what a frame holds"
#define WHOLE (FRAME_HEAD_SIZE + sizeof BODY - 1 + FRAME_SUM_SIZE)

static int
open_frame(const uint8_t *whole, size_t len, uint64_t at, enum frame_type type,
           struct sheaf_bytes *body, struct sheaf_error *err)
{
    uint8_t *copy = copy_of(whole, len);
    int rc = frame_body((struct sheaf_bytes){ copy, len }, at, type, body, err);

    if (rc == SHEAF_OK)
        body->data = whole + (body->data - copy);
    free(copy);
    return rc;
}

static void
test_body(void)
{
    struct sheaf_buf b = { 0 };
    struct sheaf_bytes body = { NULL, 0 };
    struct sheaf_error err = { 0 };

    if (!buf_add_str(&b, "before"))
        abort();
    make_frame(&b, FRAME_LEF, BODY);
    eq_int(b.len, 6 + WHOLE, "of 20 bytes more than its body");
    eq_int(get_le32(b.data + 10), WHOLE - 8, "length counts what follows it");
    ok(memcmp(b.data, "before", 6) == 0, "what was there is still there");
    eq_int(open_frame(b.data + 6, WHOLE, AT, FRAME_LEF, &body, &err), SHEAF_OK,
           "is read back");
    ok(body.data == b.data + 6 + FRAME_HEAD_SIZE &&
           body.len == sizeof BODY - 1,
       "its body is where it is");
    eq_int(err.code, 0, "no error on success");
    b.len = 0;
    make_frame(&b, FRAME_TIL, "");
    eq_int(open_frame(b.data, b.len, AT, FRAME_TIL, &body, &err), SHEAF_OK,
           "an empty body");
    eq_int(body.len, 0, "is empty");
    sheaf_buf_free(&b);
}

/* Each row breaks one clause; `reseal` makes the sum match again. */
static const struct {
    const char *what;
    size_t at;
    uint8_t flip;
    bool reseal;
    int code;
    const char *clause;
} spoiled[] = {
    { "magic",                        0, 0x01, true,  SHEAF_ECORRUPT, "F2.1" },
    { "a length one byte more",       4, 0x01, true,  SHEAF_ECORRUPT, "F2.2" },
    { "a length one byte less",       4, 0x03, true,  SHEAF_ECORRUPT, "F2.2" },
    { "a length far away",            7, 0x80, true,  SHEAF_ECORRUPT, "F2.2" },
    { "sum",                   WHOLE - 1, 0x01, false, SHEAF_ECORRUPT, "F2.3" },
    { "a body byte under the sum",   12, 0x01, false, SHEAF_ECORRUPT, "F2.3" },
    { "type",                         8, 0x01, true,  SHEAF_ECORRUPT, "F2.4" },
    { "a later version",             11, 0x03, true,  SHEAF_EUNSUPPORTED, "" },
    { "version 0",                   11, 0x01, true,  SHEAF_EUNSUPPORTED, "" },
    { "the highest version",         11, 0xfe, true,  SHEAF_EUNSUPPORTED, "" },
    { "version, without its sum",    11, 0x03, false, SHEAF_ECORRUPT, "F2.3" },
    { "version 0, without its sum",  11, 0x01, false, SHEAF_ECORRUPT, "F2.3" },
};

static void
test_spoiled(void)
{
    for (size_t i = 0; i < COUNT_OF(spoiled); i++) {
        struct sheaf_buf b = { 0 };
        struct sheaf_bytes body = { NULL, 12345 };
        struct sheaf_error err = { 0 };

        make_frame(&b, FRAME_LEF, BODY);
        b.data[spoiled[i].at] ^= spoiled[i].flip;
        if (spoiled[i].reseal)
            make_sum(b.data, b.len);
        eq_int(open_frame(b.data, b.len, AT, FRAME_LEF, &body, &err),
               spoiled[i].code, "%s: refused", spoiled[i].what);
        eq_str(err.clause, spoiled[i].clause, "%s: names the clause",
               spoiled[i].what);
        eq_int(body.len, 12345, "%s: output untouched", spoiled[i].what);
        sheaf_buf_free(&b);
    }
}

static void
test_misplaced(void)
{
    struct sheaf_buf b = { 0 };
    struct sheaf_bytes body = { NULL, 12345 };
    struct sheaf_error err = { 0 };

    make_frame(&b, FRAME_LEF, BODY);
    eq_int(open_frame(b.data, b.len, AT, FRAME_TIL, &body, &err),
           SHEAF_ECORRUPT, "another type than asked for");
    eq_str(err.clause, "F2.4", "F2.4");
    eq_int(open_frame(b.data, b.len, UINT64_MAX - 3, FRAME_LEF, &body, &err),
           SHEAF_ECORRUPT, "an offset that wraps");
    eq_str(err.clause, "F2.2", "F2.2");
    eq_int(open_frame((const uint8_t *)"\x28\xb5\x2f\xfd\0\0\0\0\0\0\0\0", 12,
                      AT, FRAME_LEF, &body, &err),
           SHEAF_ECORRUPT, "an article");
    eq_str(err.clause, "F2.4", "F2.4");
    eq_int(open_frame((const uint8_t *)"\x5d\x2a\x4d\x18\4\0\0\0body", 12, AT,
                      FRAME_LEF, &body, &err), SHEAF_ECORRUPT, "a dictionary");
    eq_str(err.clause, "F2.4", "F2.4");
    eq_int(body.len, 12345, "output untouched");
    ok(err.offset == AT, "the error says where");
    sheaf_buf_free(&b);
}

/* Cut off anywhere, or with any one byte changed, with and without a sum
 * that matches: refused, with a clause or as another version, or it says the
 * same. */
static void
test_damaged(void)
{
    struct sheaf_buf b = { 0 };
    bool good = true;
    bool same = true;

    make_frame(&b, FRAME_LEF, BODY);
    for (size_t len = 0; len < b.len; len++) {
        struct sheaf_bytes body = { NULL, 12345 };
        struct sheaf_error err = { 0 };
        int rc = open_frame(b.data, len, AT, FRAME_LEF, &body, &err);

        good = good && rc == SHEAF_ECORRUPT && body.len == 12345 &&
               strcmp(err.clause, len < 4 && len > 0 ? "F2.1" : "F2.2") == 0;
    }
    ok(good, "every truncation is refused as what it is");
    good = true;
    for (size_t i = 0; i < 2 * 255 * b.len; i++) {
        size_t at = i / 2 / 255;
        uint8_t flip = (uint8_t)(i / 2 % 255 + 1);
        struct sheaf_bytes body = { NULL, 12345 };
        struct sheaf_error err = { 0 };
        uint8_t *copy = copy_of(b.data, b.len);
        int rc;

        copy[at] ^= flip;
        if (i % 2 != 0)
            make_sum(copy, b.len);
        rc = open_frame(copy, b.len, AT, FRAME_LEF, &body, &err);
        if (rc == SHEAF_OK)
            same = same && i % 2 != 0 && at >= FRAME_HEAD_SIZE &&
                   body.len == sizeof BODY - 1;
        else
            good = good && err.code == rc && body.len == 12345 &&
                   (rc == SHEAF_EUNSUPPORTED ? at == 11
                                             : err.clause[0] == 'F');
        free(copy);
    }
    ok(good, "every changed byte is refused with a reason");
    ok(same, "or is one of a body with a new sum, or of the sum made anew");
    sheaf_buf_free(&b);
}

/* ---- The head ------------------------------------------------------------ */

static void
make_head(struct sheaf_buf *b)
{
    b->len = 0;
    if (!frame_head(b, 0))
        abort();
}

static const struct {
    const char *what;
    size_t at;
    uint8_t flip;
    bool reseal;
    size_t len;
    int code;
    const char *clause;
} heads[] = {
    { "magic",              0, 0x01, true,  64, SHEAF_ECORRUPT, "F3.1" },
    { "a dictionary first", 0, 0x0e, true,  64, SHEAF_ECORRUPT, "F3.1" },
    { "another type",       8, 0x01, true,  64, SHEAF_ECORRUPT, "F3.1" },
    { "a length of 57",     4, 0x01, true,  65, SHEAF_ECORRUPT, "F3.1" },
    { "a length of 48",     4, 0x08, true,  64, SHEAF_ECORRUPT, "F3.1" },
    { "a file of 63 bytes", 0, 0x00, false, 63, SHEAF_ECORRUPT, "F3.1" },
    { "a file of 12 bytes", 0, 0x00, false, 12, SHEAF_ECORRUPT, "F3.1" },
    { "a file of 4 bytes",  0, 0x00, false,  4, SHEAF_ECORRUPT, "F3.1" },
    { "an empty file",      0, 0x00, false,  0, SHEAF_ECORRUPT, "F3.1" },
    { "sum",               63, 0x01, false, 64, SHEAF_ECORRUPT, "F2.3" },
    { "the highest flag",  12, 0x80, true,  64, SHEAF_ECORRUPT, "F3.2" },
    { "the second flag",   15, 0x02, true,  64, SHEAF_ECORRUPT, "F3.2" },
    { "the text's start",  16, 0x20, true,  64, SHEAF_ECORRUPT, "F3.3" },
    { "the text's end",    55, 0x01, true,  64, SHEAF_ECORRUPT, "F3.3" },
    { "version 0",         11, 0x01, true,  64, SHEAF_EUNSUPPORTED, "" },
    { "a later version",   11, 0x03, true,  64, SHEAF_EUNSUPPORTED, "" },
};

static int
check_head(const uint8_t *head, size_t len, struct sheaf_error *err)
{
    uint8_t *copy = copy_of(head, len);
    uint32_t flags;
    int rc = frame_check_head(copy, len, len, &flags, err);

    free(copy);
    return rc;
}

static void
test_head(void)
{
    static const char start[] = "\x53\x2a\x4d\x18\x38\0\0\0SHF\1\0\0\0\0"
                                "articles in zstd frames; see man 5 sheaf";
    struct sheaf_buf b = { 0 };
    struct sheaf_error err = { 0 };
    uint32_t flags;
    bool good = true;

    make_head(&b);
    eq_int(b.len, HEAD_SIZE, "64 bytes");
    ok(b.len == HEAD_SIZE && memcmp(b.data, start, sizeof start - 1) == 0,
       "as F3 has them");
    eq_int(check_head(b.data, b.len, &err), SHEAF_OK, "accepted");
    eq_int(err.code, 0, "no error on success");
    eq_int(frame_check_head(b.data, b.len, 1 << 30, &flags, NULL), SHEAF_OK,
           "accepted in a longer file");
    eq_int(flags, 0, "no flags");
    b.len = 0;
    if (!frame_head(&b, HEAD_WORDS))
        abort();
    eq_int(frame_check_head(b.data, b.len, b.len, &flags, NULL), SHEAF_OK,
           "with a flag");
    eq_int(flags, HEAD_WORDS, "the flag");
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        err = (struct sheaf_error){ 0 };
        make_head(&b);
        if (!buf_add_be(&b, 0, 1))
            abort();
        if (heads[i].flip != 0)
            b.data[heads[i].at] ^= heads[i].flip;
        if (heads[i].reseal)
            make_sum(b.data, HEAD_SIZE);
        eq_int(check_head(b.data, heads[i].len, &err), heads[i].code,
               "head, %s: refused", heads[i].what);
        eq_str(err.clause, heads[i].clause, "head, %s: names the clause",
               heads[i].what);
    }
    make_head(&b);
    for (size_t len = 0; len < HEAD_SIZE; len++) {
        good = good && check_head(b.data, len, &err) == SHEAF_ECORRUPT &&
               strcmp(err.clause, "F3.1") == 0;
    }
    ok(good, "every truncation of the head breaks F3.1");
    for (size_t i = 0; i < 255 * HEAD_SIZE; i++) {
        int rc;

        make_head(&b);
        b.data[i / 255] ^= (uint8_t)(i % 255 + 1);
        rc = check_head(b.data, HEAD_SIZE, &err);
        good = good && (rc == SHEAF_ECORRUPT ||
                        (rc == SHEAF_EUNSUPPORTED && i / 255 == 11));
        make_sum(b.data, HEAD_SIZE);
        rc = check_head(b.data, HEAD_SIZE, &err);
        good = good && (rc == SHEAF_OK) ==
                           (i / 255 >= 56 || i == 15 * 255 /* the flag */);
    }
    ok(good, "no byte of the head but one flag may change, sum or not");
    sheaf_buf_free(&b);
}

static void
test_pad(void)
{
    struct sheaf_buf b = { 0 };
    struct sheaf_bytes body = { NULL, 0 };
    bool zero = true;

    if (!frame_pad(&b))
        abort();
    eq_int(b.len, PAD_SIZE, "a pad is 4,096 bytes in all");
    eq_int(open_frame(b.data, b.len, AT, FRAME_PAD, &body, NULL), SHEAF_OK,
           "is a frame");
    for (size_t i = 0; i < body.len; i++)
        zero = zero && body.data[i] == 0;
    ok(zero && body.len == PAD_SIZE - 20, "of zeros");
    sheaf_buf_free(&b);
}

int
main(void)
{
    if (hash_start(NULL) != SHEAF_OK)
        abort();
    test_peek();
    test_types();
    test_body();
    test_spoiled();
    test_misplaced();
    test_damaged();
    test_head();
    test_pad();
    return tap_done();
}
