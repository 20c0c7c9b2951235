/*
 * Metadata lines against spec F4.4 to F4.8: good lines, every wrong form of a
 * member that Sheaf uses, times, and composing. As in all tests, a refusal
 * must name its clause and leave the output unchanged.
 */
#include <stdlib.h>

#include "base/base.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "format/meta.h"
#include "sheaf.h"
#include "tap.h"

#define BODY "{\"role\":\"body\",\"size\":120,\"type\":\"text/plain\"}"
#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HASH_JSON "\"" HASH "\""

/* A line of an id, some parts, and revision 1; and one of later ones. */
#define WITH_ID(id) "{\"id\":" id ",\"parts\":[" BODY "],\"rev\":1}"
#define WITH_REV(rev) "{\"id\":\"a\",\"parts\":[" BODY "],\"rev\":" rev "}"
#define WITH_PARTS(parts) "{\"id\":\"a\",\"parts\":" parts ",\"rev\":1}"
#define WITH_PART(part) WITH_PARTS("[" BODY "," part "]")
#define WITH_PREV(prev, rev)                                                  \
    "{\"id\":\"a\",\"parts\":[" BODY "],\"prev\":" prev ",\"rev\":" rev "}"

static struct sheaf_bytes
view(const char *text)
{
    struct sheaf_bytes b = { (const uint8_t *)text, strlen(text) };

    return b;
}

/* A copy from a block of just this size, for sanitizers. Given back with
 * drop. */
static struct sheaf_bytes
exact(const char *text)
{
    size_t len = strlen(text);
    uint8_t *copy = malloc(len != 0 ? len : 1);
    struct sheaf_bytes b = { copy, len };

    if (copy == NULL)
        abort();
    memcpy(copy, text, len);
    return b;
}

static void
drop(struct sheaf_bytes b)
{
    free((void *)(uintptr_t)b.data);
}

/* ---- Lines --------------------------------------------------------------- */

/* `clause` is "" for lines that are good. All rows are canonical JSON. */
static const struct {
    const char *what;
    const char *line;
    const char *clause;
} lines[] = {
    { "the least line", WITH_ID("\"a\""), "" },
    { "an ID with escapes", WITH_ID("\"a\\\"\\\\\""), "" },
    { "an ID in Chinese", WITH_ID("\"\xe6\x96\xb0\xe9\x97\xbb\""), "" },
    { "an ID with U+00A0", WITH_ID("\"\xc2\xa0\""), "" },
    { "an ID of a space", WITH_ID("\" \""), "" },
    { "no ID", "{\"parts\":[" BODY "],\"rev\":1}", "F4.4" },
    { "nothing", "{}", "F4.4" },
    { "an empty ID", WITH_ID("\"\""), "F4.4" },
    { "an integer for an ID", WITH_ID("17"), "F4.4" },
    { "an object for an ID", WITH_ID("{\"id\":\"a\"}"), "F4.4" },
    { "an array for an ID", WITH_ID("[\"a\"]"), "F4.4" },
    { "an ID deeper", "{\"a\":{\"id\":\"a\"},\"parts\":[" BODY "],\"rev\":1}",
      "F4.4" },
    { "a newline in an ID", WITH_ID("\"a\\nb\""), "F4.4" },
    { "a tab in an ID", WITH_ID("\"\\t\""), "F4.4" },
    { "NUL in an ID", WITH_ID("\"a\\u0000\""), "F4.4" },
    { "0x1f in an ID", WITH_ID("\"\\u001f\""), "F4.4" },
    { "DEL in an ID", WITH_ID("\"\x7f\""), "F4.4" },
    { "U+0080 in an ID", WITH_ID("\"\xc2\x80\""), "F4.4" },
    { "U+009F in an ID", WITH_ID("\"\xc2\x9f\""), "F4.4" },

    { "the largest rev", WITH_PREV(HASH_JSON, "4294967295"), "" },
    { "no rev", "{\"id\":\"a\",\"parts\":[" BODY "]}", "F4.5" },
    { "rev 0", WITH_REV("0"), "F4.5" },
    { "rev -1", WITH_REV("-1"), "F4.5" },
    { "rev 2 to the 32nd", WITH_PREV(HASH_JSON, "4294967296"), "F4.5" },
    { "a string for rev", WITH_REV("\"1\""), "F4.5" },
    { "true for rev", WITH_REV("true"), "F4.5" },

    { "every role", WITH_PARTS("[" BODY
      ",{\"role\":\"note\",\"size\":0,\"type\":\"a\"}"
      ",{\"role\":\"media\",\"size\":9007199254740991,\"type\":\"a b\"}"
      ",{\"role\":\"raw\",\"size\":1,\"type\":\"a\"}"
      ",{\"role\":\"summary\",\"size\":1,\"type\":\"a;b=\\\"c\\\"\"}"
      ",{\"role\":\"text\",\"size\":1,\"type\":\"a\"}]"), "" },
    { "no member parts", "{\"id\":\"a\",\"rev\":1}", "F4.6" },
    { "no parts", WITH_PARTS("[]"), "F4.6" },
    { "an object for parts", WITH_PARTS(BODY), "F4.6" },
    { "a string for parts", WITH_PARTS("\"body\""), "F4.6" },
    { "a body that is not first", WITH_PARTS(
      "[{\"role\":\"text\",\"size\":1,\"type\":\"a\"}," BODY "]"), "F4.6" },
    { "an integer for a part", WITH_PART("1"), "F4.6" },
    { "an array for a part", WITH_PART("[1,2,3]"), "F4.6" },
    { "an empty part", WITH_PART("{}"), "F4.6" },
    { "a part without a role", WITH_PART("{\"size\":1,\"type\":\"a\"}"),
      "F4.6" },
    { "a part without a size", WITH_PART("{\"role\":\"raw\",\"type\":\"a\"}"),
      "F4.6" },
    { "a part without a type", WITH_PART("{\"role\":\"raw\",\"size\":1}"),
      "F4.6" },
    { "a part with more, first",
      WITH_PART("{\"a\":1,\"role\":\"raw\",\"size\":1,\"type\":\"a\"}"),
      "F4.6" },
    { "a part with more, last",
      WITH_PART("{\"role\":\"raw\",\"size\":1,\"type\":\"a\",\"z\":1}"),
      "F4.6" },
    { "a part with much more",
      WITH_PART("{\"role\":\"raw\",\"size\":1,\"type\":\"a\",\"w\":1,"
                "\"x\":1,\"y\":1,\"z\":1}"), "F4.6" },
    { "an unknown role",
      WITH_PART("{\"role\":\"meta\",\"size\":1,\"type\":\"a\"}"), "F4.6" },
    { "a role in capitals",
      WITH_PART("{\"role\":\"Raw\",\"size\":1,\"type\":\"a\"}"), "F4.6" },
    { "the start of a role",
      WITH_PART("{\"role\":\"med\",\"size\":1,\"type\":\"a\"}"), "F4.6" },
    { "a number for a role",
      WITH_PART("{\"role\":4,\"size\":1,\"type\":\"a\"}"), "F4.6" },
    { "an array for a role",
      WITH_PART("{\"role\":[\"raw\"],\"size\":1,\"type\":\"a\"}"), "F4.6" },
    { "a negative size",
      WITH_PART("{\"role\":\"raw\",\"size\":-1,\"type\":\"a\"}"), "F4.6" },
    { "a string for a size",
      WITH_PART("{\"role\":\"raw\",\"size\":\"1\",\"type\":\"a\"}"), "F4.6" },
    { "an empty type",
      WITH_PART("{\"role\":\"raw\",\"size\":1,\"type\":\"\"}"), "F4.6" },
    { "an integer for a type",
      WITH_PART("{\"role\":\"raw\",\"size\":1,\"type\":1}"), "F4.6" },
    { "a type not ASCII",
      WITH_PART("{\"role\":\"raw\",\"size\":1,\"type\":\"\xc3\xa9\"}"),
      "F4.6" },
    { "a type with a tab",
      WITH_PART("{\"role\":\"raw\",\"size\":1,\"type\":\"a\\tb\"}"), "F4.6" },
    { "a type with DEL",
      WITH_PART("{\"role\":\"raw\",\"size\":1,\"type\":\"a\x7f\"}"), "F4.6" },

    { "a second revision", WITH_PREV(HASH_JSON, "2"), "" },
    { "a second revision without prev", WITH_REV("2"), "F4.7" },
    { "a first revision with prev", WITH_PREV(HASH_JSON, "1"), "F4.7" },
    { "an empty prev in a first revision", WITH_PREV("\"\"", "1"), "F4.7" },
    { "an empty prev", WITH_PREV("\"\"", "2"), "F4.7" },
    { "a digit too few", WITH_PREV("\"123456789abcdef0123456789abcdef"
      "0123456789abcdef0123456789abcdef\"", "2"), "F4.7" },
    { "a digit too many", WITH_PREV("\"0" HASH "\"", "2"), "F4.7" },
    { "capitals", WITH_PREV("\"0123456789Abcdef0123456789abcdef"
      "0123456789abcdef0123456789abcdef\"", "2"), "F4.7" },
    { "no digit", WITH_PREV("\"0123456789abcdef0123456789abcdef"
      "0123456789abcdef0123456789abcdeg\"", "2"), "F4.7" },
    { "an array for prev", WITH_PREV("[" HASH_JSON "]", "2"), "F4.7" },
    { "true for prev", WITH_PREV("true", "2"), "F4.7" },

    { "empty strings", "{\"headline\":\"\",\"id\":\"a\",\"parts\":[" BODY
      "],\"published\":\"\",\"rev\":1,\"section\":\"\",\"updated\":\"\","
      "\"url\":\"\"}", "" },
    { "other members are anything", "{\"ext\":[{}],\"id\":\"a\",\"k\":true,"
      "\"parts\":[" BODY "],\"rev\":1,\"tags\":7}", "" },
    { "an integer for headline", "{\"headline\":1,\"id\":\"a\",\"parts\":["
      BODY "],\"rev\":1}", "F4.8" },
    { "an array for section", "{\"id\":\"a\",\"parts\":[" BODY
      "],\"rev\":1,\"section\":[]}", "F4.8" },
    { "an object for url", "{\"id\":\"a\",\"parts\":[" BODY
      "],\"rev\":1,\"url\":{}}", "F4.8" },
    { "false for published", "{\"id\":\"a\",\"parts\":[" BODY
      "],\"published\":false,\"rev\":1}", "F4.8" },
    { "a year for updated", "{\"id\":\"a\",\"parts\":[" BODY
      "],\"rev\":1,\"updated\":2026}", "F4.8" },
};

static void
test_lines(void)
{
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        struct sheaf_bytes b = exact(lines[i].line);
        struct sheaf_error err = { 0 };
        struct meta m = { .rev = 12345 };
        bool good = lines[i].clause[0] == '\0';

        ok(json_check(b, NULL) == SHEAF_OK, "%s: canonical", lines[i].what);
        eq_int(meta_parse(b, &m, &err), good ? SHEAF_OK : SHEAF_ECORRUPT,
               "%s: %s", lines[i].what, good ? "taken" : "refused");
        eq_str(err.clause, lines[i].clause, "%s: the clause (%s)",
               lines[i].what, err.message);
        if (!good)
            ok(m.rev == 12345 && err.offset == UINT64_MAX,
               "%s: output untouched", lines[i].what);
        drop(b);
    }
}

/* A line with so many bytes of ID, of media type, and so many parts. */
static struct sheaf_bytes
sized(size_t id, size_t type, size_t parts)
{
    struct sheaf_buf line = { 0 };
    struct sheaf_bytes b;

    buf_add_str(&line, "{\"id\":\"");
    for (size_t i = 0; i < id; i++)
        buf_add_str(&line, i % 2 != 0 ? "\\\"" : "x");
    buf_add_str(&line, "\",\"parts\":[");
    for (size_t i = 0; i < parts; i++) {
        buf_add_str(&line, i != 0 ? "," : "");
        buf_add_str(&line, i == 0 ? "{\"role\":\"body\""
                                  : "{\"role\":\"text\"");
        buf_add_str(&line, ",\"size\":1,\"type\":\"");
        for (size_t k = 0; k < type; k++)
            buf_add_str(&line, k % 2 != 0 ? "\\\\" : "~");
        buf_add_str(&line, "\"}");
    }
    buf_add(&line, "],\"rev\":1}", 11); /* with the NUL, for exact */
    b = exact((const char *)line.data);
    sheaf_buf_free(&line);
    return b;
}

static void
test_limits(void)
{
    static const struct {
        size_t id;
        size_t type;
        size_t parts;
        const char *clause;
    } rows[] = {
        { 1,    1,   1,   "" },
        { 1024, 1,   1,   "" },
        { 1025, 1,   1,   "F4.4" },
        { 1,    127, 1,   "" },
        { 1,    128, 1,   "F4.6" },
        { 1,    1,   254, "" },
        { 1,    1,   255, "F4.6" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sheaf_bytes b = sized(rows[i].id, rows[i].type, rows[i].parts);
        struct sheaf_error err = { 0 };
        struct meta m;

        eq_int(json_check(b, NULL), SHEAF_OK, "canonical");
        (void)meta_parse(b, &m, &err);
        eq_str(err.clause, rows[i].clause,
               "ID of %zu, type of %zu, %zu parts", rows[i].id, rows[i].type,
               rows[i].parts);
        drop(b);
    }
}

static const char full[] =
    "{\"headline\":\"A \\\"B\\\"\",\"id\":\"news/1\",\"parts\":[" BODY
    ",{\"role\":\"note\",\"size\":7,\"type\":\"text/html\"}],\"prev\":"
    HASH_JSON ",\"published\":\"2026-01-02\",\"rev\":3,\"section\":\"world\","
    "\"updated\":\"2026-01-03T00:00:00Z\",\"url\":\"https://example.org/1\"}";

static bool
is(struct sheaf_bytes got, const char *want)
{
    return bytes_equal(got, view(want));
}

static void
test_fields(void)
{
    struct sheaf_bytes b = exact(full);
    struct json_iter it;
    struct meta_part p;
    struct meta m;

    eq_int(json_check(b, NULL), SHEAF_OK, "a full line is canonical");
    eq_int(meta_parse(b, &m, NULL), SHEAF_OK, "and can be read");
    ok(is(m.id, "\"news/1\"") && m.rev == 3 && is(m.prev, HASH_JSON) &&
           is(m.headline, "\"A \\\"B\\\"\"") && is(m.section, "\"world\"") &&
           is(m.published, "\"2026-01-02\"") &&
           is(m.updated, "\"2026-01-03T00:00:00Z\"") &&
           is(m.url, "\"https://example.org/1\""), "every field");
    it = json_iter_over(m.parts);
    ok(meta_next_part(&it, &p) && p.role == META_BODY && p.size == 120 &&
           is(p.type, "\"text/plain\""), "the first part");
    ok(meta_next_part(&it, &p) && p.role == META_NOTE && p.size == 7 &&
           is(p.type, "\"text/html\""), "the second part");
    ok(!meta_next_part(&it, &p) && p.role == META_NOTE, "no third");
    drop(b);

    b = exact(WITH_ID("\"a\""));
    eq_int(meta_parse(b, &m, NULL), SHEAF_OK, "the least line");
    ok(m.prev.len == 0 && m.headline.len == 0 && m.section.len == 0 &&
           m.published.len == 0 && m.updated.len == 0 && m.url.len == 0,
       "and what is not there is empty");
    drop(b);
}

static void
test_roles(void)
{
    static const struct {
        const char *name;
        enum meta_role role;
    } roles[] = {
        { "body", META_BODY },       { "text", META_TEXT },
        { "raw", META_RAW },         { "summary", META_SUMMARY },
        { "media", META_MEDIA },     { "note", META_NOTE },
    };

    for (size_t i = 0; i < COUNT_OF(roles); i++)
        eq_int(meta_role(view(roles[i].name)), roles[i].role, "%s",
               roles[i].name);
    ok(meta_role(view("")) == META_NO_ROLE &&
           meta_role(view("bodyx")) == META_NO_ROLE, "and no others");
}

/* Every truncation and every changed byte: no read outside (a sanitizer's
 * business), and what passes the check and is parsed lies within the line. */
static void
test_changes(void)
{
    struct sheaf_bytes b = exact(full);
    uint8_t *text = (uint8_t *)(uintptr_t)b.data;
    unsigned wrong = 0;
    unsigned passed = 0;

    for (size_t i = 0; i < b.len; i++) {
        struct sheaf_bytes cut;
        struct meta m;
        char *prefix = malloc(i + 1);

        if (prefix == NULL)
            abort();
        memcpy(prefix, full, i);
        prefix[i] = '\0';
        cut = exact(prefix);
        (void)meta_parse(cut, &m, NULL);
        wrong += json_check(cut, NULL) == SHEAF_OK;
        drop(cut);
        free(prefix);
        for (unsigned v = 0; v < 256; v++) {
            struct sheaf_error err = { 0 };
            bool canonical;
            int rc;

            text[i] = (uint8_t)v;
            canonical = json_check(b, NULL) == SHEAF_OK;
            rc = meta_parse(b, &m, &err);
            if (rc == SHEAF_OK) {
                struct json_iter it = json_iter_over(m.parts);
                struct meta_part p;
                int parts = 0;

                while (meta_next_part(&it, &p))
                    parts++;
                (void)meta_leaf_time(&m);
                passed += canonical;
                wrong += canonical && (parts != 2 || m.rev < 2);
            } else {
                wrong += rc != SHEAF_ECORRUPT || err.clause[0] == '\0';
            }
        }
        text[i] = (uint8_t)full[i];
    }
    ok(wrong == 0 && passed > 256, "every truncation and every changed byte "
       "(%u of them still good lines)", passed);
    drop(b);
}

/* ---- Times --------------------------------------------------------------- */

#define BAD_TIME INT64_MIN

static const struct {
    const char *text;
    int64_t ms;
} times[] = {
    { "1970", 0 },
    { "1970-01", 0 },
    { "1970-01-01", 0 },
    { "1970-01-01T00:00:00Z", 0 },
    { "1970-01-01T00:00:00", 0 },
    { "1970-01-01T00:00:00+00:00", 0 },
    { "1970-01-01T00:00:00-00:00", 0 },
    { "1969-12-31T23:59:59.999Z", -1 },
    { "1969-12-31T23:59:59.9999Z", -1 },
    { "1970-01-01T00:00:00.0009Z", 0 },
    { "1970-01-01T00:00:00.1Z", 100 },
    { "1970-01-01T00:00:00.12Z", 120 },
    { "1970-01-01T00:00:00.123456789Z", 123 },
    { "1970-01-01T01:00:00+01:00", 0 },
    { "1969-12-31T18:30:00-05:30", 0 },
    { "1970-01-01T00:00:00+23:59", -86340000 },
    { "1970-01-01T00:00:00-23:59", 86340000 },
    { "2000-02-29", INT64_C(951782400000) },
    { "2000-03-01", INT64_C(951868800000) },
    { "2024-02-29T12:34:56Z", INT64_C(1709210096000) },
    { "2024-12-31", INT64_C(1735603200000) },
    { "2026-11-23T21:02:45.678+01:00", INT64_C(1795464165678) },
    { "1900-03-01", INT64_C(-2203891200000) },
    { "1600-02-29", INT64_C(-11670998400000) },
    { "1583", INT64_C(-12212553600000) },
    { "0001", INT64_C(-62135596800000) },
    { "0001-01-01T00:00:00+23:59", INT64_C(-62135683140000) },
    { "0004-02-29", INT64_C(-62035891200000) },
    { "9999-12-31T23:59:59.999Z", INT64_C(253402300799999) },
    { "", BAD_TIME },
    { "0000", BAD_TIME },
    { "0000-01-01", BAD_TIME },
    { "197", BAD_TIME },
    { "19700", BAD_TIME },
    { "+1970", BAD_TIME },
    { "-1970", BAD_TIME },
    { " 1970", BAD_TIME },
    { "1970 ", BAD_TIME },
    { "1970-", BAD_TIME },
    { "1970-1", BAD_TIME },
    { "1970-00", BAD_TIME },
    { "1970-13", BAD_TIME },
    { "1970-01-", BAD_TIME },
    { "1970-01-1", BAD_TIME },
    { "1970-01-00", BAD_TIME },
    { "1970-01-32", BAD_TIME },
    { "1970-04-31", BAD_TIME },
    { "1970-02-29", BAD_TIME },
    { "2024-02-30", BAD_TIME },
    { "1900-02-29", BAD_TIME },
    { "2100-02-29", BAD_TIME },
    { "19700101", BAD_TIME },
    { "1970/01/01", BAD_TIME },
    { "1970-01-01Z", BAD_TIME },
    { "1970Z", BAD_TIME },
    { "1970T00:00:00Z", BAD_TIME },
    { "1970-01T00:00:00Z", BAD_TIME },
    { "1970-01-01T", BAD_TIME },
    { "1970-01-01T00", BAD_TIME },
    { "1970-01-01T00:00", BAD_TIME },
    { "1970-01-01T00:00Z", BAD_TIME },
    { "1970-01-01T00:00:0Z", BAD_TIME },
    { "1970-01-01 00:00:00Z", BAD_TIME },
    { "1970-01-01t00:00:00Z", BAD_TIME },
    { "1970-01-01T00:00:00z", BAD_TIME },
    { "1970-01-01T24:00:00Z", BAD_TIME },
    { "1970-01-01T00:60:00Z", BAD_TIME },
    { "2016-12-31T23:59:60Z", BAD_TIME },
    { "1970-01-01T00:00:00.Z", BAD_TIME },
    { "1970-01-01T00:00:00,1Z", BAD_TIME },
    { "1970-01-01T00:00:00.0123456789Z", BAD_TIME },
    { "1970-01-01T00:00:00.1", BAD_TIME },
    { "1970-01-01T00:00:00+", BAD_TIME },
    { "1970-01-01T00:00:00+0000", BAD_TIME },
    { "1970-01-01T00:00:00+00", BAD_TIME },
    { "1970-01-01T00:00:00+24:00", BAD_TIME },
    { "1970-01-01T00:00:00+00:60", BAD_TIME },
    { "1970-01-01T00:00:00+01:00Z", BAD_TIME },
    { "1970-01-01T00:00:00Z ", BAD_TIME },
    { "1970-01-01T00:00:00ZZ", BAD_TIME },
    { "\xef\xbc\x91" "970", BAD_TIME },
    { "Mon, 05 Jan 1970", BAD_TIME },
};

/* Every day of some years, one after the other: `want` days, and the first of
 * them so many after 1970 began. */
static void
check_days(unsigned first_year, unsigned last_year, int64_t since_1970,
           unsigned want)
{
    int64_t last = (since_1970 - 1) * 86400000;
    unsigned wrong = 0;
    unsigned days = 0;

    for (unsigned day = first_year * 10000 + 101;
         day <= last_year * 10000 + 1231; day++) {
        char text[16];
        int64_t ms;

        if (day % 100 > 31)
            day += 100 - day % 100;
        if (day / 100 % 100 > 12)
            day += 10000 - day % 10000;
        snprintf(text, sizeof text, "%04u-%02u-%02u", day / 10000,
                 day / 100 % 100, day % 100);
        if (!meta_time(view(text), &ms))
            continue;
        wrong += ms != last + 86400000;
        last = ms;
        days++;
    }
    ok(wrong == 0, "days follow each other");
    eq_int(days, want, "from %u to %u", first_year, last_year);
}

static void
test_times(void)
{
    int64_t ms;

    for (size_t i = 0; i < COUNT_OF(times); i++) {
        struct sheaf_bytes b = exact(times[i].text);
        bool good = times[i].ms != BAD_TIME;

        ms = 4711;
        ok(meta_time(b, &ms) == good, "\"%s\": %s", times[i].text,
           good ? "a time" : "no time");
        eq_int(ms, good ? times[i].ms : 4711, "\"%s\": %s", times[i].text,
               good ? "this one" : "output untouched");
        drop(b);
    }

    /* The calendar repeats after 400 years. */
    check_days(1, 400, -719162, 146097);
    check_days(1800, 2200, -62091, 146462);
    check_days(9600, 9999, 2786800, 146097);
}

static void
test_leaf_time(void)
{
    static const struct {
        const char *published;
        const char *updated;
        int64_t ms;
    } rows[] = {
        { "\"1970-01-02\"", "\"1970-01-03\"", 2 * 86400000 },
        { "\"1970-01-02\"", "", 86400000 },
        { "\"1970-01-02\"", "\"soon\"", 86400000 },
        { "\"1970-01-02\"", "\"\"", 86400000 },
        { "", "\"1970-01-03\"", 2 * 86400000 },
        { "\"a while ago\"", "", INT64_MIN },
        { "\"1970\\n\"", "", INT64_MIN },
        { "", "", INT64_MIN },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct meta m = { .published = view(rows[i].published),
                          .updated = view(rows[i].updated) };

        eq_int(meta_leaf_time(&m), rows[i].ms, "published %s, updated %s",
               rows[i].published, rows[i].updated);
    }
}

/* ---- Composing ----------------------------------------------------------- */

static const uint8_t prev_hash[META_PREV_BYTES] = {
    0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45,
    0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
    0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
};

#define PARTS "[" BODY "]"

/* `line` is NULL for what can't be composed; then `why` is in the message. */
static const struct {
    const char *what;
    const char *fields;
    uint64_t rev;
    bool prev;
    const char *parts;
    const char *line;
    const char *why;
} composed[] = {
    { "just an ID", "{\"id\":\"a\"}", 1, false, PARTS, WITH_ID("\"a\""), "" },
    { "a second revision", "{\"id\":\"a\"}", 2, true, PARTS,
      WITH_PREV(HASH_JSON, "2"), "" },
    { "members around", "{\"A\":1,\"id\":\"a\",\"part\":2,\"partsx\":3,"
      "\"q\":4,\"resume\":5,\"rev0\":6,\"z\":7}", 2, true, PARTS,
      "{\"A\":1,\"id\":\"a\",\"part\":2,\"parts\":" PARTS ",\"partsx\":3,"
      "\"prev\":" HASH_JSON ",\"q\":4,\"resume\":5,\"rev\":2,\"rev0\":6,"
      "\"z\":7}", "" },
    { "a key that is escaped", "{\"\\n\":1,\"\\\\\":2,\"id\":\"a\"}", 1,
      false, PARTS,
      "{\"\\n\":1,\"\\\\\":2,\"id\":\"a\",\"parts\":" PARTS ",\"rev\":1}", "" },
    { "no fields", "", 1, false, PARTS, NULL, "an object" },
    { "an array", "[]", 1, false, PARTS, NULL, "an object" },
    { "no ID", "{}", 1, false, PARTS, NULL, "no id" },
    { "an empty ID", "{\"id\":\"\"}", 1, false, PARTS, NULL, "id is not" },
    { "not canonical", "{\"id\": \"a\"}", 1, false, PARTS, NULL, "at byte 6" },
    { "rev in fields", "{\"id\":\"a\",\"rev\":1}", 1, false, PARTS, NULL,
      "rev is not for" },
    { "prev in fields", "{\"id\":\"a\",\"prev\":\"\"}", 1, false, PARTS, NULL,
      "prev is not for" },
    { "parts in fields", "{\"id\":\"a\",\"parts\":[]}", 1, false, PARTS, NULL,
      "parts is not for" },
    { "headline no string", "{\"headline\":1,\"id\":\"a\"}", 1, false, PARTS,
      NULL, "headline is not a string" },
    { "rev 0", "{\"id\":\"a\"}", 0, false, PARTS, NULL, "rev is not" },
    { "rev too large", "{\"id\":\"a\"}", UINT64_C(1) << 32, true, PARTS, NULL,
      "rev is not" },
    { "prev in rev 1", "{\"id\":\"a\"}", 1, true, PARTS, NULL, "prev in a" },
    { "no prev in rev 2", "{\"id\":\"a\"}", 2, false, PARTS, NULL, "no prev" },
    { "no parts", "{\"id\":\"a\"}", 1, false, "", NULL, "no parts" },
    { "an empty array", "{\"id\":\"a\"}", 1, false, "[]", NULL, "no parts" },
    { "half an array", "{\"id\":\"a\"}", 1, false, "[" BODY, NULL,
      "at byte" },
    { "parts that go on", "{\"id\":\"a\"}", 1, false, PARTS ",\"q\":1", NULL,
      "parts is not an array" },
};

static void
test_composed(void)
{
    for (size_t i = 0; i < COUNT_OF(composed); i++) {
        struct sheaf_bytes fields = exact(composed[i].fields);
        struct sheaf_bytes parts = exact(composed[i].parts);
        const char *want = composed[i].line != NULL ? composed[i].line : "";
        struct sheaf_error err = { 0 };
        struct sheaf_buf out = { 0 };
        int rc;

        buf_add_str(&out, "[]");
        rc = meta_compose(fields, composed[i].rev,
                          composed[i].prev ? prev_hash : NULL, parts, &out,
                          &err);
        eq_int(rc, composed[i].line != NULL ? SHEAF_OK : SHEAF_EINVAL,
               "%s: %s", composed[i].what,
               composed[i].line != NULL ? "composed" : "refused");
        ok(out.len == strlen(want) + 2 && memcmp(out.data, "[]", 2) == 0 &&
               memcmp(out.data + 2, want, out.len - 2) == 0,
           "%s: and the buffer", composed[i].what);
        ok(strstr(err.message, composed[i].why) != NULL && err.code == rc,
           "%s: and says why (%s)", composed[i].what, err.message);
        sheaf_buf_free(&out);
        drop(fields);
        drop(parts);
    }
}

/* The longest line there may be, and one byte more. */
static void
test_compose_limit(void)
{
    static const char head[] = "{\"a\":\"";
    static const char tail[] = "\",\"id\":\"a\"}";
    size_t added = strlen(",\"parts\":" PARTS ",\"rev\":1");
    size_t len = JSON_MAX - added;
    uint8_t *text = malloc(len + 1);
    struct sheaf_bytes fields = { text, len };
    struct sheaf_error err = { 0 };
    struct sheaf_buf out = { 0 };

    if (text == NULL)
        abort();
    memset(text, 'x', len + 1);
    memcpy(text, head, strlen(head));
    memcpy(text + len - strlen(tail), tail, strlen(tail));
    eq_int(meta_compose(fields, 1, NULL, view(PARTS), &out, &err), SHEAF_OK,
           "a line of 1 MiB");
    eq_int(out.len, JSON_MAX, "is just that long");
    out.len = 0;
    memset(text + len - strlen(tail), 'x', strlen(tail));
    memcpy(text + len + 1 - strlen(tail), tail, strlen(tail));
    fields.len++;
    eq_int(meta_compose(fields, 1, NULL, view(PARTS), &out, &err),
           SHEAF_ELIMIT, "a byte more");
    eq_int(out.len, 0, "leaves the buffer as it was");
    sheaf_buf_free(&out);
    free(text);
}

#ifdef SHEAF_TEST
static void
test_faults(void)
{
    struct sheaf_buf fields = { 0 };
    long n;

    buf_add_str(&fields, "{\"a\":\"");
    for (int i = 0; i < 500; i++)
        buf_add_str(&fields, "0123456789");
    buf_add_str(&fields, "\",\"id\":\"a\",\"z\":1}");
    for (n = 0; n < 100; n++) {
        struct sheaf_buf out = { 0 };
        struct sheaf_error err = { 0 };
        long live = mem_live();
        int rc;

        mem_fail_after(n);
        rc = meta_compose(buf_view(&fields), 2, prev_hash, view(PARTS), &out,
                          &err);
        mem_fail_after(-1);
        ok(rc == SHEAF_OK ? out.len != 0
                          : rc == SHEAF_ENOMEM && err.code == rc &&
                                out.len == 0,
           "allocation %ld %s", n, rc == SHEAF_OK ? "is not made" : "fails");
        sheaf_buf_free(&out);
        eq_int(mem_live(), live, "and nothing is left");
        if (rc == SHEAF_OK)
            break;
    }
    ok(n >= 2 && n < 100, "%ld allocations can fail", n);
    sheaf_buf_free(&fields);
}
#endif

int
main(void)
{
    test_lines();
    test_limits();
    test_fields();
    test_roles();
    test_changes();
    test_times();
    test_leaf_time();
    test_composed();
    test_compose_limit();
#ifdef SHEAF_TEST
    test_faults();
    eq_int(mem_live(), 0, "everything was given back");
#endif
    return tap_done();
}
