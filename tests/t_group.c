/*
 * Groups against spec F7: columns are written and read back, days, and every
 * single change that can break a group's frame.
 */
#include "format/group.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "format/frame.h"
#include "base/hash.h"
#include "base/mem.h"
#include "tap.h"

#define AT UINT64_C(100000)
#define DAY INT64_C(86400000)

static struct sheaf_bytes
view(const char *text)
{
    struct sheaf_bytes b = { (const uint8_t *)text, strlen(text) };

    return b;
}

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

/* ---- Columns ------------------------------------------------------------- */

/* Articles that share a frame: no headlines, the others stay. */
static void
test_shared(void)
{
    static const char want[] = "9\n5\n0\n0\n7\n6\n0\n"
                               "\n\n\n\n\n\n\n"
                               "\n\n\n\n\n\n\n"
                               "a\na\na\na\n\na\na\n"
                               "7\n7\n7\n7\n\n7\n7\n"
                               "A\n\n\n\n\n\n\n";
    static const uint64_t lengths[] = { 9, 5, 0, 0, 7, 6, 0 };
    struct meta meta = { .id = view("\"a\""), .headline = view("\"A\""),
                         .rev = 7 };
    struct group g = { .dict = 0 };
    struct sheaf_buf text = { 0 };

    /* What was there before must not matter. */
    group_begin(&g, 64, 0);
    for (size_t i = 0; i < 9; i++)
        if (!group_add(&g, i, 1, 0, &meta))
            abort();
    group_begin(&g, 64, 256);
    for (size_t i = 0; i < COUNT_OF(lengths); i++)
        if (lengths[i] == 7 ? !group_add_removed(&g, 7)
                            : !group_add(&g, lengths[i], 1, 0, &meta))
            abort();
    if (!group_text(&g, &text))
        abort();
    ok(bytes_equal(buf_view(&text), view(want)), "headlines of blocks");
    text.len = 0;
    group_begin(&g, 64, 0);
    if (!group_add(&g, 0, 1, 0, &meta) || !group_text(&g, &text))
        abort();
    ok(bytes_equal(buf_view(&text), view("0\n\n\na\n7\n\n")),
       "one that joins nothing has its lines");
    sheaf_buf_free(&text);
    group_free(&g);
}

static void
test_columns(void)
{
    static const char want[] = "100\n18446744073709551615\n7\n"
                               "2024-01-02\n\n\n"
                               "World\n\n\n"
                               "a\\\"b\nb\nc\n"
                               "1\n4294967295\n2\n"
                               "One \\n two\n\n\n";
    struct meta first = { .id = view("\"a\\\"b\""), .rev = 1,
                          .published = view("\"2024-01-02\""),
                          .section = view("\"World\""),
                          .headline = view("\"One \\n two\"") };
    struct meta second = { .id = view("\"b\""), .rev = UINT32_MAX };
    struct meta third = { .id = view("\"c\""), .rev = 2,
                          .published = view("\"\""),
                          .headline = view("\"\"") };
    struct group g = { .dict = 9, .last_end = 8 };
    struct sheaf_buf text = { 0 };
    struct sheaf_bytes line[GROUP_COLUMNS];
    struct group_lines lines;
    uint64_t length;

    group_begin(&g, 64, 512);
    ok(g.count == 0 && g.start == 64 && g.first == 512 && g.raw == 0 &&
           g.first_day == INT32_MAX && g.last_day == INT32_MIN,
       "a group begins empty");
    if (!group_add(&g, 100, 1000, 5 * DAY, &first) ||
        !group_add(&g, UINT64_MAX, 10, 3 * DAY + 7, &second) ||
        !group_add(&g, 7, 1, INT64_MIN, &third) || !group_text(&g, &text))
        abort();
    ok(g.count == 3 && g.raw == 1011 && g.first_day == 3 && g.last_day == 5,
       "counts, sums and days");
    ok(bytes_equal(buf_view(&text), view(want)), "six columns");
    test_shared();

    eq_int(group_lines_begin(&lines, buf_view(&text), 3, AT, NULL), SHEAF_OK,
           "are read back");
    group_lines_next(&lines, line);
    ok(group_number(line[COLUMN_LENGTH], &length) && length == 100 &&
           bytes_equal(line[COLUMN_PUBLISHED], view("2024-01-02")) &&
           bytes_equal(line[COLUMN_SECTION], view("World")) &&
           bytes_equal(line[COLUMN_ID], view("a\\\"b")) &&
           bytes_equal(line[COLUMN_HEADLINE], view("One \\n two")),
       "the first lines");
    group_lines_next(&lines, line);
    group_lines_next(&lines, line);
    ok(bytes_equal(line[COLUMN_LENGTH], view("7")) &&
           line[COLUMN_PUBLISHED].len == 0 && line[COLUMN_SECTION].len == 0 &&
           bytes_equal(line[COLUMN_ID], view("c")) &&
           line[COLUMN_HEADLINE].len == 0,
       "the last lines");

    group_begin(&g, 65, 0);
    ok(g.columns[COLUMN_ID].len == 0 && g.dict == 9 && g.last_end == 8,
       "begun anew, its columns are empty, what is in force stays");
    group_free(&g);
    sheaf_buf_free(&text);
}

/* A value of 1,024 bytes as it stands is there, one of more is empty; but
 * an ID is always there. */
static void
test_long_values(void)
{
    static char value[2 + 6 * 1024 + 1];

    for (size_t n = 1023; n <= 1025; n++) {
        struct sheaf_bytes v = { (const uint8_t *)value, n + 2 };
        struct meta meta = { .id = v, .published = v, .section = v,
                             .headline = v };
        struct group g = { 0 };
        size_t want = n <= GROUP_VALUE_MAX ? n + 1 : 1;

        memset(value, 'x', sizeof value);
        value[0] = value[n + 1] = '"';
        group_begin(&g, 64, 0);
        if (!group_add(&g, 1, 1, 0, &meta))
            abort();
        ok(g.columns[COLUMN_PUBLISHED].len == want &&
               g.columns[COLUMN_SECTION].len == want &&
               g.columns[COLUMN_HEADLINE].len == want &&
               g.columns[COLUMN_ID].len == n + 1,
           "values of %zu bytes", n);
        group_free(&g);
    }
}

static const struct {
    const char *what;
    int64_t time;
    int32_t day;
} days[] = {
    { "the first", 0, 0 },
    { "its last millisecond", DAY - 1, 0 },
    { "the second", DAY, 1 },
    { "a millisecond before", -1, -1 },
    { "a day before", -DAY, -1 },
    { "and a millisecond", -DAY - 1, -2 },
    { "the year 9999", INT64_C(253402300799999), 2932896 },
    { "the latest there can be", (INT64_C(2147483647) - 1) * DAY + 5,
      INT32_MAX - 1 },
    { "one later", INT64_C(2147483647) * DAY, INT32_MAX - 1 },
    { "the largest time", INT64_MAX, INT32_MAX - 1 },
    { "the earliest there can be", (INT64_C(-2147483648) + 1) * DAY,
      INT32_MIN + 1 },
    { "one earlier", INT64_C(-2147483648) * DAY, INT32_MIN + 1 },
    { "the smallest time", INT64_MIN + 1, INT32_MIN + 1 },
};

static void
test_days(void)
{
    struct meta meta = { .id = view("\"a\"") };
    struct group g = { 0 };

    for (size_t i = 0; i < COUNT_OF(days); i++) {
        group_begin(&g, 64, 0);
        if (!group_add(&g, 1, 1, INT64_MIN, &meta))
            abort();
        ok(g.first_day == INT32_MAX && g.last_day == INT32_MIN,
           "an article without a time has no day");
        if (!group_add(&g, 1, 1, days[i].time, &meta) ||
            !group_add(&g, 1, 1, INT64_MIN, &meta))
            abort();
        eq_int(g.first_day, days[i].day, "first day: %s", days[i].what);
        eq_int(g.last_day, days[i].day, "last day: %s", days[i].what);
    }
    group_free(&g);
}

/* ---- Lines --------------------------------------------------------------- */

static const struct {
    const char *what;
    const char *text;
    uint32_t count;
    int code;
} texts[] = {
    { "a line each", "1\na\nb\nc\nd\ne\n", 1, SHEAF_OK },
    { "empty lines", "\n\n\n\n\n\n", 1, SHEAF_OK },
    { "two lines each", "1\n2\na\nb\n\n\n\n\n\n\n\n\n", 2, SHEAF_OK },
    { "a line fewer", "1\na\nb\nc\nd\n", 1, SHEAF_ECORRUPT },
    { "a last line without its end", "1\na\nb\nc\nd\ne", 1, SHEAF_ECORRUPT },
    { "a line more", "1\na\nb\nc\nd\ne\n\n", 1, SHEAF_ECORRUPT },
    { "a byte more", "1\na\nb\nc\nd\ne\nf", 1, SHEAF_ECORRUPT },
    { "nothing", "", 1, SHEAF_ECORRUPT },
};

static void
test_lines(void)
{
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct sheaf_error err = { 0 };
        struct group_lines lines;
        size_t len = strlen(texts[i].text);
        uint8_t *copy = copy_of(texts[i].text, len);
        int rc = group_lines_begin(&lines, (struct sheaf_bytes){ copy, len },
                                   texts[i].count, AT, &err);

        eq_int(rc, texts[i].code, "%s: code", texts[i].what);
        eq_str(err.clause, rc == SHEAF_OK ? "" : "F7.3", "%s: clause",
               texts[i].what);
        for (uint32_t n = 0; rc == SHEAF_OK && n < texts[i].count; n++) {
            struct sheaf_bytes line[GROUP_COLUMNS];

            group_lines_next(&lines, line);
        }
        free(copy);
    }
}

/* Two articles in one frame, a removed one, and the sum over the frames. */
static void
test_block(void)
{
    static const char first_line[] =
        "{\"headline\":\"Rain\",\"id\":\"a\",\"parts\":[{\"role\":\"body\","
        "\"size\":1,\"type\":\"t\"}],\"rev\":1}";
    struct sheaf_buf text = { 0 };
    struct group g = { 0 };
    struct meta meta;
    uint8_t sum[8];

    if (meta_parse(view(first_line), &meta, NULL) != SHEAF_OK)
        abort();
    group_begin(&g, 64, 0);
    if (!group_add(&g, 100, 30, INT64_MIN, &meta) ||
        !group_add(&g, 0, 12, DAY, &meta) || !group_add_removed(&g, 205) ||
        !group_add(&g, 50, 1, INT64_MIN, &meta) || !group_text(&g, &text))
        abort();
    ok(bytes_equal(buf_view(&text), view("100\n0\n205\n50\n" "\n\n\n\n"
                                         "\n\n\n\n" "a\na\n\na\n"
                                         "1\n1\n\n1\n"
                                         "\n\n\nRain\n")),
       "a removed article has only its length");
    ok(g.count == 4 && g.raw == 43 && g.first_day == 1 && g.last_day == 1,
       "and counts for nothing but the count");
    group_bytes(&g, "some ", 5);
    group_bytes(&g, "frames", 6);
    group_close(&g);
    hash_check64("some frames", 11, sum);
    eq_mem(g.frames, sum, 8, "the sum is over all bytes");
    group_begin(&g, 64, 0);
    group_close(&g);
    hash_check64("", 0, sum);
    eq_mem(g.frames, sum, 8, "and begins anew");
    group_free(&g);
    sheaf_buf_free(&text);
}

#define NONE UINT64_MAX

static void
test_lengths(void)
{
    static const struct {
        const char *text;
        uint64_t length; /* NONE: refused */
    } rows[] = {
        { "0", 0 }, { "1", 1 }, { "4294967296", 4294967296 },
        { "999999999999999", 999999999999999 },
        { "1000000000000000", NONE }, { "", NONE }, { "00", NONE },
        { "01", NONE }, { "-1", NONE },
        { "+1", NONE }, { " 1", NONE }, { "1 ", NONE }, { "1a", NONE },
        { "0x1", NONE },
        { "99999999999999999999999", NONE },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint64_t length = 12345;
        bool good = group_number(view(rows[i].text), &length);

        eq_int(good, rows[i].length != NONE, "length \"%s\"", rows[i].text);
        if (good)
            eq_int(length, rows[i].length, "length \"%s\": value",
                   rows[i].text);
    }
}

/* ---- The frame ----------------------------------------------------------- */

static void
pack(const void *text, size_t len, struct sheaf_buf *out)
{
    struct codec_cctx *c;

    if (codec_cctx_new(&c, NULL) != SHEAF_OK ||
        codec_compress(c, NULL, 3, (struct sheaf_bytes){ text, len }, out,
                       NULL) != SHEAF_OK)
        abort();
    codec_cctx_free(c);
}

static void
make_group(uint64_t start, uint64_t first, uint32_t count,
           struct sheaf_bytes columns, struct sheaf_buf *out)
{
    struct group g = { .start = start, .first = first, .count = count,
                       .dict = 0x01020304, .last_end = 0x05060708,
                       .first_day = -2, .last_day = 0x090a0b0c,
                       .raw = 0x0d0e0f1011121314,
                       .frames = "\x15\x16\x17\x18\x19\x1a\x1b" };

    out->len = 0;
    if (!group_encode(&g, columns, out))
        abort();
}

static int
decode(const uint8_t *body, size_t len, struct group *g,
       struct sheaf_bytes *columns, struct codec_header *header,
       struct sheaf_error *err)
{
    uint8_t *copy = copy_of(body, len);
    int rc = group_decode((struct sheaf_bytes){ copy, len }, AT, g, columns,
                          header, err);

    if (rc == SHEAF_OK)
        columns->data = body + (columns->data - copy);
    free(copy);
    return rc;
}

static void
test_frame(void)
{
    struct sheaf_buf columns = { 0 };
    struct sheaf_buf frame = { 0 };
    struct sheaf_bytes body = { NULL, 0 };
    struct sheaf_bytes back = { NULL, 0 };
    struct sheaf_error err = { 0 };
    struct codec_header header;
    struct group g;

    pack("1\na\nb\nc\nd\n", 10, &columns);
    make_group(64, 700, 3, buf_view(&columns), &frame);
    eq_int(frame_body(buf_view(&frame), AT, FRAME_GRP, &body, NULL), SHEAF_OK,
           "a GRP frame");
    ok(body.len == GROUP_FIXED + columns.len &&
           memcmp(body.data, "\0\0\0\0\0\0\0\x40\0\0\0\0\0\0\2\xbc\0\3"
                             "\1\2\3\4\0\0\0\0\5\6\7\x08\xff\xff\xff\xfe"
                             "\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13"
                             "\x14\x15\x16\x17\x18\x19\x1a\x1b",
                   GROUP_FIXED) == 0,
       "every field in its place");
    eq_int(decode(body.data, body.len, &g, &back, &header, &err), SHEAF_OK,
           "is read back");
    ok(err.code == 0 && g.start == 64 && g.first == 700 && g.count == 3 &&
           g.dict == 0x01020304 && g.last_end == 0x05060708 &&
           g.first_day == -2 && g.last_day == 0x090a0b0c &&
           g.raw == 0x0d0e0f1011121314 &&
           memcmp(g.frames, "\x15\x16\x17\x18\x19\x1a\x1b", 8) == 0,
       "as it was");
    ok(back.data == body.data + GROUP_FIXED && back.len == columns.len &&
           header.content_size == 10 && header.dict_id == 0,
       "with its columns");
    sheaf_buf_free(&columns);
    sheaf_buf_free(&frame);
}

#define TREE (UINT64_C(1) << 39)

/* F7.1, as far as the frame alone tells; "" is what is possible. */
static const struct {
    const char *what;
    uint64_t start;
    uint64_t first;
    uint32_t count;
    const char *clause;
} places[] = {
    { "one article", 64, 0, 1, "" },
    { "256 articles", 64, 256, 256, "" },
    { "no articles", 64, 0, 0, "F7.1" },
    { "257 articles", 64, 0, 257, "F7.1" },
    { "65,535 articles", 64, 0, 65535, "F7.1" },
    { "up to a multiple of 256", 64, 511, 1, "" },
    { "across one", 64, 511, 2, "F7.1" },
    { "256 in the wrong place", 64, 1, 256, "F7.1" },
    { "a start in the head", 63, 0, 1, "F7.1" },
    { "a start just before", AT - 1, 0, 1, "" },
    { "a start at the group", AT, 0, 1, "F7.1" },
    { "a start far away", UINT64_MAX, 0, 1, "F7.1" },
    { "the last leaf there can be", 64, TREE - 1, 1, "" },
    { "a leaf more", 64, TREE, 1, "F7.1" },
    { "a leaf far away", 64, UINT64_MAX, 1, "F7.1" },
};

static void
test_places(void)
{
    struct sheaf_buf columns = { 0 };
    struct sheaf_buf frame = { 0 };

    pack("1\na\nb\nc\nd\n", 10, &columns);
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        struct sheaf_error err = { 0 };
        struct sheaf_bytes back = { NULL, 0 };
        struct codec_header header;
        struct group g = { .raw = 12345 };
        int rc;

        make_group(places[i].start, places[i].first, places[i].count,
                   buf_view(&columns), &frame);
        rc = decode(frame.data + FRAME_HEAD_SIZE, frame.len - 20, &g, &back,
                    &header, &err);
        eq_int(rc, places[i].clause[0] == '\0' ? SHEAF_OK : SHEAF_ECORRUPT,
               "%s: code", places[i].what);
        eq_str(err.clause, places[i].clause, "%s: clause", places[i].what);
        if (rc != SHEAF_OK)
            ok(g.raw == 12345 && back.data == NULL,
               "%s: output untouched", places[i].what);
    }
    sheaf_buf_free(&columns);
    sheaf_buf_free(&frame);
}

/* Columns that are not a frame by F4.1, or are too large. */
static void
test_bad_columns(void)
{
    static const size_t sizes[] = { GROUP_LINES_MAX, GROUP_LINES_MAX + 1 };
    uint8_t *zeros = calloc(1, GROUP_LINES_MAX + 1);
    struct sheaf_buf columns = { 0 };
    struct sheaf_buf frame = { 0 };
    struct sheaf_bytes back = { NULL, 0 };
    struct codec_header header;
    struct group g = { .raw = 12345 };

    if (zeros == NULL)
        abort();
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct sheaf_error err = { 0 };

        columns.len = 0;
        pack(zeros, sizes[i], &columns);
        make_group(64, 0, 1, buf_view(&columns), &frame);
        eq_int(decode(frame.data + FRAME_HEAD_SIZE, frame.len - 20, &g, &back,
                      &header, &err), i == 0 ? SHEAF_OK : SHEAF_ECORRUPT,
               "columns of %zu bytes", sizes[i]);
        eq_str(err.clause, i == 0 ? "" : "F7.3", "clause");
    }
    columns.len = 0;
    pack("1\na\nb\nc\nd\n", 10, &columns);
    columns.data[4] &= 0xfb;
    make_group(64, 0, 1, buf_view(&columns), &frame);
    {
        struct sheaf_error err = { 0 };

        g.raw = 12345;
        eq_int(decode(frame.data + FRAME_HEAD_SIZE, frame.len - 20, &g, &back,
                      &header, &err), SHEAF_ECORRUPT,
               "columns without a checksum");
        eq_str(err.clause, "F4.1", "clause");
        eq_int(g.raw, 12345, "output untouched");
    }
    free(zeros);
    sheaf_buf_free(&columns);
    sheaf_buf_free(&frame);
}

static void
test_damaged(void)
{
    struct sheaf_buf columns = { 0 };
    struct sheaf_buf frame = { 0 };
    struct sheaf_bytes back = { NULL, 0 };
    struct codec_header header;
    struct group g;
    uint8_t *body;
    size_t len;
    bool good = true;

    pack("1\na\nb\nc\nd\n", 10, &columns);
    make_group(64, 700, 3, buf_view(&columns), &frame);
    body = frame.data + FRAME_HEAD_SIZE;
    len = frame.len - 20;
    for (size_t n = 0; n < len; n++) {
        struct sheaf_error err = { 0 };
        int rc = decode(body, n, &g, &back, &header, &err);

        /* What is cut off the columns' blocks shows when they are read. */
        good = good && (n < GROUP_FIXED ? strcmp(err.clause, "F7.1") == 0
                        : n < GROUP_FIXED + 6
                            ? strcmp(err.clause, "F4.1") == 0
                            : rc == SHEAF_OK);
    }
    ok(good, "every truncation is refused as what it is");
    for (size_t i = 0; i < 255 * len; i++) {
        struct sheaf_error err = { 0 };
        struct sheaf_buf again = { 0 };
        int rc;

        body[i / 255] ^= (uint8_t)(i % 255 + 1);
        rc = decode(body, len, &g, &back, &header, &err);
        if (rc == SHEAF_OK)
            good = good && group_encode(&g, back, &again) &&
                   memcmp(again.data + FRAME_HEAD_SIZE, body, len) == 0;
        else
            good = good && rc == SHEAF_ECORRUPT && err.clause[0] == 'F';
        sheaf_buf_free(&again);
        body[i / 255] ^= (uint8_t)(i % 255 + 1);
    }
    ok(good, "every changed byte is refused or kept");
    sheaf_buf_free(&columns);
    sheaf_buf_free(&frame);
}

int
main(void)
{
    if (hash_start(NULL) != SHEAF_OK)
        abort();
    test_columns();
    test_long_values();
    test_days();
    test_lines();
    test_lengths();
    test_block();
    test_frame();
    test_places();
    test_bad_columns();
    test_damaged();
    eq_int(mem_live(), 0, "all given back");
    return tap_done();
}
