/*
 * Articles against spec F4 and F6: one good content, with its parts and leaf
 * hash computed by hand; then every clause that bytes can break, one change at
 * a time. t_json and t_meta test errors in a line's JSON and metadata; here
 * each such clause has one row, to show that it is reported with the article's
 * offset.
 */
#include "format/article.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/hash.h"
#include "base/mem.h"
#include "tap.h"

#define AT UINT64_C(4242)
#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define BODY(size) \
    "{\"role\":\"body\",\"size\":" size ",\"type\":\"text/html\"}"
#define RAW(size) "{\"role\":\"raw\",\"size\":" size ",\"type\":\"a/b\"}"

/* A line for a body of five bytes, "hello". */
#define LINE_OF(id, parts, rest) \
    "{\"id\":" id ",\"parts\":[" parts "]," rest "}"
#define LINE LINE_OF("\"a\"", BODY("5"), "\"rev\":1")

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

/* ---- Good articles ------------------------------------------------------- */

static void
put_part(uint8_t *record, unsigned at, uint8_t role, uint8_t algorithm,
         struct sheaf_bytes part)
{
    static const uint8_t salt[32] = {
        0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45,
        0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
        0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef };
    uint8_t *p = record + 96 + 44 * at;

    p[0] = role;
    p[1] = algorithm;
    put_be(p + 4, part.len, 8);
    if (algorithm == 1)
        hash_blake2b(part.data, part.len, p + 12);
    else
        hash_blake2b_keyed(salt, part.data, part.len, p + 12);
}

static void
test_good(bool salted)
{
    const char *line = salted ? LINE_OF("\"a\\\"\xc3\xa9\"",
                                        BODY("5") "," RAW("0") "," RAW("3"),
                                        "\"published\":\"1970-01-02\","
                                        "\"rev\":1,\"salt\":\"" HEX "\"")
                              : LINE_OF("\"a\\\"\xc3\xa9\"",
                                        BODY("5") "," RAW("0") "," RAW("3"),
                                        "\"published\":\"1970-01-02\","
                                        "\"rev\":1");
    uint8_t record[96 + 4 * 44] = "sheaf/leaf/v1";
    struct sheaf_buf content = { 0 };
    struct sheaf_error err = { 0 };
    struct article *a = calloc(1, sizeof *a);
    uint8_t algorithm = salted ? 2 : 1;
    uint8_t want[32];

    if (a == NULL || !buf_add_str(&content, line) ||
        !buf_add_str(&content, "\nhelloraw"))
        abort();
    eq_int(article_decode(a, buf_view(&content), AT, &err), SHEAF_OK,
           "an article %s salt", salted ? "with" : "without");
    ok(err.code == 0 && bytes_equal(a->line, view(line)), "its line");
    ok(bytes_equal(a->id, view("a\"\xc3\xa9")), "its ID, unescaped");
    ok(a->time == 86400000 && a->meta.rev == 1 && a->salted == salted,
       "its time, rev and salt");
    ok(a->part_count == 3 && bytes_equal(a->parts[0].data, view("hello")) &&
           a->parts[1].data.len == 0 &&
           bytes_equal(a->parts[2].data, view("raw")) &&
           a->parts[0].role == META_BODY && a->parts[2].role == META_RAW,
       "its parts");

    record[16] = 1;
    record[17] = 4;
    record[23] = 1;
    put_be(record + 24, 86400000, 8);
    hash_blake2b("a\"\xc3\xa9", 4, record + 64);
    put_part(record, 0, 1, 1, view(line));
    put_part(record, 1, 2, algorithm, view("hello"));
    put_part(record, 2, 4, algorithm, view(""));
    put_part(record, 3, 4, algorithm, view("raw"));
    hash_leaf(record, sizeof record, want);
    eq_mem(a->leaf_hash, want, 32, "its leaf hash");
    article_free(a);
    free(a);
    sheaf_buf_free(&content);
}

/* The same struct again and again; what was there before is gone. */
static void
test_reuse(void)
{
    static const char second[] =
        LINE_OF("\"b\"", BODY("0"), "\"prev\":\"" HEX "\",\"rev\":2") "\n";
    struct article *a = calloc(1, sizeof *a);
    uint8_t first[32];

    if (a == NULL)
        abort();
    eq_int(article_decode(a, view(LINE_OF("\"long ID\"",
                                          BODY("1") "," RAW("1"),
                                          "\"rev\":1,\"salt\":\"" HEX "\"")
                                  "\nxy"), AT, NULL), SHEAF_OK, "one");
    memcpy(first, a->leaf_hash, 32);
    eq_int(article_decode(a, view(second), AT, NULL), SHEAF_OK, "another");
    ok(bytes_equal(a->id, view("b")) && a->part_count == 1 && !a->salted &&
           a->time == INT64_MIN && a->parts[0].size == 0,
       "nothing left of the first");
    ok(memcmp(first, a->leaf_hash, 32) != 0 && a->leaf.record[32] == 0x01 &&
           a->leaf.record[63] == 0xef,
       "and its prev");
    article_free(a);
    free(a);
}

/* The most parts that there can be. */
static void
test_many(void)
{
    struct article *a = calloc(1, sizeof *a);
    struct sheaf_error err = { 0 };

    if (a == NULL)
        abort();
    for (unsigned n = 254; n <= 255; n++) {
        struct sheaf_buf c = { 0 };
        bool good = buf_add_str(&c, "{\"id\":\"a\",\"parts\":[" BODY("1"));

        for (unsigned i = 1; i < n; i++)
            good = good && buf_add_str(&c, "," RAW("1"));
        good = good && buf_add_str(&c, "],\"rev\":1}\n");
        for (unsigned i = 0; i < n; i++)
            good = good && buf_add_be(&c, i, 1);
        if (!good)
            abort();
        eq_int(article_decode(a, buf_view(&c), AT, &err),
               n == 254 ? SHEAF_OK : SHEAF_ECORRUPT, "%u parts", n);
        if (n == 254)
            ok(a->part_count == 254 && a->parts[253].data.data[0] == 253 &&
                   a->leaf.record[17] == 255,
               "are all there");
        sheaf_buf_free(&c);
    }
    eq_str(err.clause, "F4.6", "F4.6");
    article_free(a);
    free(a);
}

/* ---- Bad articles -------------------------------------------------------- */

static const struct {
    const char *what;
    const char *content;
    const char *clause;
} bad[] = {
    { "nothing", "", "F4.9" },
    { "no line feed", LINE, "F4.9" },
    { "a body of a byte less", LINE "\nhell", "F4.9" },
    { "no body", LINE "\n", "F4.9" },
    { "sizes far beyond it",
      LINE_OF("\"a\"", BODY("9007199254740991") "," RAW("9007199254740991"),
              "\"rev\":1") "\nhello", "F4.9" },
    { "an empty line", "\nhello", "F4.2" },
    { "no object", "[]\nhello", "F4.2" },
    { "a space in the line", "{ \"id\":\"a\",\"parts\":[" BODY("5")
      "],\"rev\":1}\nhello", "F4.2" },
    { "a carriage return", LINE "\r\nhello", "F4.2" },
    { "members out of order", "{\"rev\":1,\"id\":\"a\",\"parts\":[" BODY("5")
      "]}\nhello", "F4.2" },
    { "too deep", LINE_OF("\"a\"", BODY("5"), "\"rev\":1,\"x\":"
      "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]")
      "\nhello", "F4.3" },
    { "no ID", "{\"parts\":[" BODY("5") "],\"rev\":1}\nhello", "F4.4" },
    { "rev 0", LINE_OF("\"a\"", BODY("5"), "\"rev\":0") "\nhello", "F4.5" },
    { "no body part", LINE_OF("\"a\"", RAW("5"), "\"rev\":1") "\nhello",
      "F4.6" },
    { "no prev", LINE_OF("\"a\"", BODY("5"), "\"rev\":2") "\nhello", "F4.7" },
    { "prev in capitals", LINE_OF("\"a\"", BODY("5"),
      "\"prev\":\"ABCDEF6789abcdef0123456789abcdef"
      "0123456789abcdef0123456789abcdef\",\"rev\":2") "\nhello", "F4.7" },
    { "a URL that is no string", LINE_OF("\"a\"", BODY("5"),
      "\"rev\":1,\"url\":1") "\nhello", "F4.8" },
    { "half a salt", LINE_OF("\"a\"", BODY("5"),
      "\"rev\":1,\"salt\":\"0123456789abcdef0123456789abcdef\"") "\nhello",
      "F4.8" },
};

static int
decode(struct article *a, const void *content, size_t len,
       struct sheaf_error *err)
{
    uint8_t *copy = copy_of(content, len);
    int rc = article_decode(a, (struct sheaf_bytes){ copy, len }, AT, err);

    free(copy);
    return rc;
}

static void
test_bad(void)
{
    struct article *a = calloc(1, sizeof *a);

    if (a == NULL)
        abort();
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct sheaf_error err = { 0 };

        memset(a->leaf_hash, 0x77, 32);
        eq_int(decode(a, bad[i].content, strlen(bad[i].content), &err),
               SHEAF_ECORRUPT, "%s: refused", bad[i].what);
        eq_str(err.clause, bad[i].clause, "%s: names the clause", bad[i].what);
        ok(err.offset == AT, "%s: says where", bad[i].what);
        ok(a->leaf_hash[0] == 0x77 && a->leaf_hash[31] == 0x77,
           "%s: leaf hash untouched", bad[i].what);
    }
    article_free(a);
    free(a);
}

/* Lines around 1 MiB: the limit is the line's, the line feed is not in it. */
static void
test_long_lines(void)
{
    static const char start[] = "{\"id\":\"a\",\"parts\":[" BODY("5")
                                "],\"rev\":1,\"x\":\"";
    struct article *a = calloc(1, sizeof *a);
    uint8_t *content = malloc(ARTICLE_LINE_MAX + 100);

    if (a == NULL || content == NULL)
        abort();
    for (size_t len = ARTICLE_LINE_MAX - 1; len <= ARTICLE_LINE_MAX + 2;
         len++) {
        struct sheaf_error err = { 0 };
        struct sheaf_bytes line = { NULL, 0 };
        bool fits = len <= ARTICLE_LINE_MAX;
        int rc;

        memset(content, 'x', len);
        memcpy(content, start, sizeof start - 1);
        memcpy(content + len - 2, "\"}\nhello", 8);
        eq_int(decode(a, content, len + 6, &err),
               fits ? SHEAF_OK : SHEAF_ECORRUPT, "a line of %zu", len);
        eq_str(err.clause, fits ? "" : "F4.2", "a line of %zu: clause", len);
        rc = article_find_line((struct sheaf_bytes){ content, len + 6 },
                               len + 6, AT, &line, NULL);
        ok(fits ? rc == SHEAF_OK && line.data == content && line.len == len
                : rc == SHEAF_ECORRUPT && line.data == NULL,
           "a line of %zu: found or not", len);
    }
    article_free(a);
    free(a);
    free(content);
}

/* From the line and the size alone, with commitments given one by one. */
static void
test_from_line(void)
{
    struct article *a = calloc(1, sizeof *a);
    struct article *b = calloc(1, sizeof *b);
    struct sheaf_error err = { 0 };
    uint8_t hash[32];

    if (a == NULL || b == NULL)
        abort();
    eq_int(article_decode(a, view(LINE "\nhello"), AT, NULL), SHEAF_OK,
           "from memory");
    eq_int(article_from_line(b, view(LINE), sizeof LINE - 1 + 6, AT, &err),
           SHEAF_OK, "from its line");
    ok(b->part_count == 1 && b->parts[0].size == 5 &&
           b->parts[0].data.data == NULL,
       "without the parts' bytes");
    hash_blake2b("hello", 5, hash);
    article_commit_part(b, 0, hash);
    eq_mem(a->leaf_hash, b->leaf_hash, 32, "the same leaf hash");
    eq_int(article_from_line(b, view(LINE), sizeof LINE - 1 + 5, AT, &err),
           SHEAF_ECORRUPT, "a content that is too short");
    eq_str(err.clause, "F4.9", "F4.9");
    eq_int(article_from_line(b, view(LINE), ARTICLE_BLOCK_MAX, AT, NULL),
           SHEAF_OK, "a block of 64 KiB");
    eq_int(b->size, sizeof LINE - 1 + 6, "of which it takes its part");
    eq_int(article_from_line(b, view(LINE), ARTICLE_BLOCK_MAX + 1, AT, &err),
           SHEAF_ECORRUPT, "a block of a byte more");
    eq_str(err.clause, "F4.11", "F4.11");
    article_free(a);
    article_free(b);
    free(a);
    free(b);
}

static void
test_damaged(void)
{
    static const char good[] = LINE "\nhello";
    struct article *a = calloc(1, sizeof *a);
    uint8_t hash[32];
    bool all = true;

    if (a == NULL || decode(a, good, sizeof good - 1, NULL) != SHEAF_OK)
        abort();
    memcpy(hash, a->leaf_hash, 32);
    for (size_t len = 0; len < sizeof good - 1; len++) {
        struct sheaf_error err = { 0 };

        all = all && decode(a, good, len, &err) == SHEAF_ECORRUPT &&
              strcmp(err.clause, len == 0 || len >= sizeof LINE - 1
                                      ? "F4.9" : "F4.2") == 0;
    }
    ok(all, "every truncation breaks F4.2 or F4.9");
    for (size_t i = 0; i < 255 * (sizeof good - 1); i++) {
        struct sheaf_error err = { 0 };
        uint8_t changed[sizeof good];
        int rc;

        memcpy(changed, good, sizeof good);
        changed[i / 255] ^= (uint8_t)(i % 255 + 1);
        rc = decode(a, changed, sizeof good - 1, &err);
        all = all && (rc == SHEAF_OK
                          ? memcmp(a->leaf_hash, hash, 32) != 0
                          : rc == SHEAF_ECORRUPT &&
                                strncmp(err.clause, "F4.", 3) == 0 &&
                                err.offset == AT);
    }
    ok(all, "every changed byte is refused or makes another leaf");
    article_free(a);
    free(a);
}

static void
test_faults(void)
{
    struct article *a = calloc(1, sizeof *a);
    struct sheaf_error err = { 0 };

    if (a == NULL)
        abort();
    mem_fail_after(0);
    eq_int(decode(a, LINE "\nhello", sizeof LINE - 1 + 6, &err), SHEAF_ENOMEM,
           "no memory for the ID");
    mem_fail_after(-1);
    eq_int(err.code, SHEAF_ENOMEM, "says so");
    article_free(a);
    free(a);
    eq_int(mem_live(), 0, "all given back");
}

int
main(void)
{
    if (hash_start(NULL) != SHEAF_OK)
        abort();
    test_good(false);
    test_good(true);
    test_reuse();
    test_many();
    test_bad();
    test_long_lines();
    test_from_line();
    test_damaged();
    test_faults();
    return tap_done();
}
