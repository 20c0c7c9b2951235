/*
 * Text forms of bytes, numbers and times: src/base's utf8, base64, hex, number
 * and date.
 */
#include <stdlib.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/date.h"
#include "base/hex.h"
#include "base/number.h"
#include "base/utf8.h"
#include "tap.h"

/* ---- UTF-8 --------------------------------------------------------------- */

static void
test_characters(void)
{
    unsigned wrong = 0;

    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        bool good = code < 0xD800 || code > 0xDFFF;
        uint8_t bytes[UTF8_MAX];
        size_t len = utf8_put(bytes, code);
        uint32_t back = 0;

        wrong += utf8_len(bytes, len) != (good ? len : 0);
        wrong += utf8_next(bytes, len, &back) != (good ? len : 0);
        wrong += good && back != code;
        wrong += utf8_len(bytes, len - (len > 1)) != (len > 1 ? 0 : len);
    }
    eq_int(wrong, 0, "each character and back, and cut");
}

/* All that can begin a character, against Table 3-7 of Unicode. */
static void
test_sequences(void)
{
    static const struct {
        uint8_t first, last, low, high;
        size_t len;
    } rows[] = {
        { 0x00, 0x7F, 0x00, 0xFF, 1 }, { 0xC2, 0xDF, 0x80, 0xBF, 2 },
        { 0xE0, 0xE0, 0xA0, 0xBF, 3 }, { 0xE1, 0xEC, 0x80, 0xBF, 3 },
        { 0xED, 0xED, 0x80, 0x9F, 3 }, { 0xEE, 0xEF, 0x80, 0xBF, 3 },
        { 0xF0, 0xF0, 0x90, 0xBF, 4 }, { 0xF1, 0xF3, 0x80, 0xBF, 4 },
        { 0xF4, 0xF4, 0x80, 0x8F, 4 },
    };
    unsigned wrong = 0;

    for (unsigned v = 0; v < 0x10000; v++) {
        uint8_t bytes[4] = { (uint8_t)(v >> 8), (uint8_t)v, 0x80, 0xBF };
        size_t want = 0;

        for (size_t i = 0; i < COUNT_OF(rows); i++)
            if (bytes[0] >= rows[i].first && bytes[0] <= rows[i].last &&
                bytes[1] >= rows[i].low && bytes[1] <= rows[i].high)
                want = rows[i].len;
        wrong += utf8_len(bytes, sizeof bytes) != want;
    }
    eq_int(wrong, 0, "each pair of bytes that may begin a character");
}

static void
test_pieces(void)
{
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        { "", true },
        { "plain", true },
        { "Z\xC3\xBCrich \xE2\x82\xAC \xF0\x9F\x93\xB0.", true },
        { "\xF0\x9F\x93\xB0\xF0\x9F\x93\xB0", true },
        { "cut \xF0\x9F\x93", false },
        { "\xE2\x82", false },
        { "\xF0\x9F\x93 \xB0", false },
        { "a\x80", false },
        { "\xC3\xC3\xBC", false },
        { "\xED\xA0\x80", false },
        { "\xC0\x80", false },
        { "\xF5\x80\x80\x80", false },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t len = strlen(cases[i].text);
        unsigned wrong = 0;

        wrong += utf8_valid(sheaf_str(cases[i].text)) != cases[i].good;
        for (size_t a = 0; a <= len; a++)
            for (size_t b = a; b <= len; b++) {
                struct utf8_check c = { .count = 0 };

                utf8_feed(&c, cases[i].text, a);
                utf8_feed(&c, cases[i].text + a, b - a);
                utf8_feed(&c, cases[i].text + b, len - b);
                wrong += utf8_good(&c) != cases[i].good;
            }
        eq_int(wrong, 0, "text %zu, whole and in pieces", i);
    }
}

/* ---- Base64 and hexadecimal ---------------------------------------------- */

static void
test_base64(void)
{
    static const struct {
        const char *text;
        size_t len; /* of the bytes */
        bool good;
    } cases[] = {
        { "", 0, true },        { "Zg==", 1, true },
        { "Zm8=", 2, true },    { "Zm9v", 3, true },
        { "Zm9vYmFy", 6, true },{ "Zh==", 0, false },
        { "Zm9=", 0, false },   { "Zg=", 0, false },
        { "Zg", 0, false },     { "Zg==Zg==", 0, false },
        { "Zm9v\n", 0, false }, { " Zm9v", 0, false },
        { "Zm9vx", 0, false },  { "Zm-_", 0, false },
        { "Zm9vYmFyYQ==", 0, false }, /* 7 bytes, and there is room for 6 */
    };
    char text[BASE64_SIZE(6)];
    uint8_t bytes[6];
    size_t len;

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bool good = base64_decode(cases[i].text, strlen(cases[i].text), bytes,
                                  sizeof bytes, &len);

        ok(good == cases[i].good && (!good || len == cases[i].len),
           "base64 %zu, \"%.4s\" and so on", i, cases[i].text);
    }
    base64_encode("foobar", 6, text);
    eq_str(text, "Zm9vYmFy", "base64 of RFC 4648");
    base64_encode("fooba", 5, text);
    eq_str(text, "Zm9vYmE=", "base64, padded");
    ok(!base64_decode("Zg==\0Zg==", 9, bytes, sizeof bytes, &len),
       "base64 with a NUL in it");
}

static void
test_hex(void)
{
    static const uint8_t bytes[] = { 0x00, 0x9f, 0xa0, 0xff };
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        { "009fa0ff", true },  { "009FA0FF", false }, { "009fa0f", false },
        { "009fa0ff0", false },{ "009fa0ff00", false }, { "", false },
        { "009fa0fg", false }, { "009fa0f ", false }, { "+09fa0ff", false },
    };
    char text[2 * sizeof bytes + 1] = "";
    uint8_t back[sizeof bytes];
    unsigned wrong = 0;

    hex_print(bytes, sizeof bytes, text);
    eq_str(text, "009fa0ff", "bytes as digits");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bool good = hex_parse(sheaf_str(cases[i].text), back, sizeof back);

        ok(good == cases[i].good &&
               (!good || memcmp(back, bytes, sizeof back) == 0),
           "\"%s\": %s", cases[i].text, cases[i].good ? "bytes" : "none");
    }
    for (int c = 0; c < 256; c++) {
        const char *at = c != 0 ? strchr("0123456789abcdefABCDEF", c) : NULL;
        char one[2] = { (char)c, '\0' };

        wrong += hex_digit((uint8_t)c) !=
                 (at != NULL ? (int)strtol(one, NULL, 16) : -1);
    }
    eq_int(wrong, 0, "what is a digit");
}

/* ---- Numbers ------------------------------------------------------------- */

static void
test_numbers(void)
{
    static const struct {
        const char *text;
        uint64_t max;
        bool good;
        uint64_t v;
    } cases[] = {
        { "0", 0, true, 0 },
        { "7", UINT64_MAX, true, 7 },
        { "10", 10, true, 10 },
        { "11", 10, false, 0 },
        { "9223372036854775807", INT64_MAX, true, INT64_MAX },
        { "9223372036854775808", INT64_MAX, false, 0 },
        { "9999999999999999999", UINT64_MAX, true,
          UINT64_C(9999999999999999999) },
        { "18446744073709551615", UINT64_MAX, true, UINT64_MAX },
        { "18446744073709551616", UINT64_MAX, false, 0 },
        { "19999999999999999999", UINT64_MAX, false, 0 },
        { "99999999999999999999", UINT64_MAX, false, 0 },
        { "100000000000000000000", UINT64_MAX, false, 0 },
        { "", UINT64_MAX, false, 0 },
        { "00", UINT64_MAX, false, 0 },
        { "01", UINT64_MAX, false, 0 },
        { "-1", UINT64_MAX, false, 0 },
        { "+1", UINT64_MAX, false, 0 },
        { "1 ", UINT64_MAX, false, 0 },
        { "1e3", UINT64_MAX, false, 0 },
        { "/", UINT64_MAX, false, 0 },
        { ":", UINT64_MAX, false, 0 },
    };
    unsigned wrong = 0;

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint64_t v = 4711;
        bool good = number_parse(sheaf_str(cases[i].text), cases[i].max, &v);

        ok(good == cases[i].good && v == (good ? cases[i].v : 4711),
           "\"%s\": %s", cases[i].text, cases[i].good ? "a number" : "none");
    }
    for (uint64_t v = 0, step = 0; v >= step; step = v, v = v * 3 + 1) {
        char digits[NUMBER_DIGITS_MAX];
        uint64_t back = 0;
        size_t len = number_print(v, digits);

        wrong += !number_parse(sheaf_view(digits, len), UINT64_MAX, &back);
        wrong += back != v;
    }
    eq_int(wrong, 0, "as text and back");
}

/* ---- Dates --------------------------------------------------------------- */

static void
test_days(void)
{
    int64_t day = date_days((struct date){ -800, 1, 1 });
    unsigned wrong = 0;

    for (int64_t year = -800; year <= 10800; year++)
        for (unsigned month = 1; month <= 12; month++)
            for (unsigned d = 1; d <= date_month_days(year, month); d++) {
                struct date back = date_of_days(day);

                wrong += date_days((struct date){ year, month, d }) != day;
                wrong += back.year != year || back.month != month ||
                         back.day != d;
                day++;
            }
    eq_int(wrong, 0, "days from dates and back");
    eq_int(date_days((struct date){ 1970, 1, 1 }), 0, "1970-01-01 is day 0");
    eq_int(date_days((struct date){ 2024, 2, 31 }),
           date_days((struct date){ 2024, 3, 2 }), "a day too many counts on");
    eq_int(date_day_of(-1), -1, "the day before 1970");
    eq_int(date_day_of(DATE_DAY_MS), 1, "the day after");
}

#define NONE INT64_MAX

/* What is metadata's is t_meta.c's. */
static void
test_rfc3339(void)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "1970-01-01t00:00:00z", 0 },
        { "1970-01-01T00:00:00.1234567890123Z", 123 },
        { "1970-01-01T01:00:00+01:00", 0 },
        { "1969-12-31T23:00:00-01:00", 0 },
        { "2016-12-31T23:59:60Z", 1483228800000 },
        { "0000-01-01T00:00:00Z", -62167219200000 },
        { "9999-12-31T23:59:59.999Z", 253402300799999 },
        { "1970-01-01T00:00:00", NONE },
        { "1970-01-01", NONE },
        { "1970", NONE },
        { "1970-02-29T00:00:00Z", NONE },
        { "1970-01-01T00:00:61Z", NONE },
        { "1970-01-01T00:00:00.Z", NONE },
        { "1970-01-01T00:00:00Z ", NONE },
        { "1970-01T00:00:00Z", NONE },
        { "", NONE },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t ms = NONE;
        bool good = date_parse(sheaf_str(cases[i].text), DATE_RFC3339, &ms);

        eq_int(ms, cases[i].ms, "\"%s\": %s", cases[i].text,
               cases[i].ms != NONE ? "a time" : "none");
        ok(good == (cases[i].ms != NONE), "\"%s\": said", cases[i].text);
    }
}

static void
test_dates_as_text(void)
{
    static const struct {
        const char *text;
        size_t len;
        int64_t year;
        unsigned month, day;
    } starts[] = {
        { "2024", 4, 2024, 1, 1 },       { "2024-11", 7, 2024, 11, 1 },
        { "2024-02-31", 10, 2024, 2, 31 },
        { "2024-03-11T10:00", 10, 2024, 3, 11 },
        { "2024 and more", 4, 2024, 1, 1 },
        { "2024-", 0, 0, 0, 0 },         { "2024-13", 0, 0, 0, 0 },
        { "2024-03-", 0, 0, 0, 0 },      { "2024-03-00", 0, 0, 0, 0 },
        { "202", 0, 0, 0, 0 },           { "", 0, 0, 0, 0 },
    };
    static const int64_t out_of_range[] = {
        INT64_MIN, INT64_MAX, -62135596800001, 253402300800000
    };
    static const int64_t times[] = {
        -62135596800000, -1, 0, 1, 999, 86399999, 1710151200123,
        253402300799999
    };
    char text[DATE_TEXT_SIZE];

    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        struct date d = { 0, 0, 0 };
        size_t len = date_take(sheaf_str(starts[i].text), &d);

        ok(len == starts[i].len && d.year == starts[i].year &&
               d.month == starts[i].month && d.day == starts[i].day,
           "\"%s\": its date", starts[i].text);
    }
    for (size_t i = 0; i < COUNT_OF(out_of_range); i++)
        ok(!date_print(out_of_range[i], text), "out of range: %zu", i);
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        int64_t back = NONE;

        ok(date_print(times[i], text) &&
               date_parse(sheaf_str(text), DATE_RFC3339, &back) &&
               back == times[i], "%s and back", text);
    }
    ok(date_print(1710151200000, text), "a whole second");
    eq_str(text, "2024-03-11T10:00:00Z", "without a fraction");
    ok(date_print(1710151200007, text), "and a part of one");
    eq_str(text, "2024-03-11T10:00:00.007Z", "with a fraction");
}

int
main(void)
{
    test_characters();
    test_sequences();
    test_pieces();
    test_base64();
    test_hex();
    test_numbers();
    test_days();
    test_rfc3339();
    test_dates_as_text();
    return tap_done();
}
