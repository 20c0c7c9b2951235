/*
 * The JSON of metadata lines against spec F4.2 and F4.3.
 *
 * The checker and the canonicaliser were written independently, so each tests
 * the other: json_check accepts a text if and only if json_canonical accepts
 * it and returns the same bytes. Every text below goes through both, from a
 * block of exactly its size, so that a sanitizer detects a byte too many.
 */
#include <stdlib.h>

#include "base/base.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/jsonscan.h"
#include "base/mem.h"
#include "sheaf.h"
#include "tap.h"

struct text {
    const char *data;
    size_t len;
};

/* A literal, with the NULs in it. */
#define T(literal) { literal, sizeof(literal) - 1 }

/* Canonical, every one. */
static const struct {
    const char *what;
    struct text text;
} good[] = {
    { "an empty object", T("{}") },
    { "an empty key", T("{\"\":1}") },
    { "empty values", T("{\"a\":[],\"b\":{},\"c\":\"\"}") },
    { "integers", T("{\"a\":[0,-1,7,9007199254740991,-9007199254740991]}") },
    { "true and false", T("{\"a\":[true,false],\"b\":{\"c\":false}}") },
    { "every short escape", T("{\"a\":\"\\\"\\\\\\b\\t\\n\\f\\r\"}") },
    { "long escapes", T("{\"a\":\"\\u0000\\u0007\\u000b\\u000e\\u001f\"}") },
    { "slash and DEL as they are", T("{\"a\":\"/\x7f\"}") },
    { "C1 controls as they are", T("{\"a\":\"\xc2\x80\xc2\x9f\"}") },
    { "2, 3 and 4 bytes",
      T("{\"a\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"}") },
    { "first and last of each length",
      T("{\"a\":\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80"
        "\xf4\x8f\xbf\xbf\"}") },
    { "both sides of the surrogates",
      T("{\"a\":\"\xed\x9f\xbf\xee\x80\x80\"}") },
    { "a noncharacter", T("{\"a\":\"\xef\xbf\xbe\"}") },
    { "line separators", T("{\"a\":\"\xe2\x80\xa8\xe2\x80\xa9\"}") },
    { "keys by bytes",
      T("{\"1\":1,\"10\":1,\"2\":1,\"A\":1,\"_\":1,\"a\":1}") },
    { "a prefix first", T("{\"a\":1,\"aa\":1,\"aaa\":1}") },
    { "escaped keys by what they say",
      T("{\"\\u0001\":1,\"\\n\":1,\" \":1,\"\\\"\":1,\"A\":1,\"\\\\\":1,"
        "\"]\":1,\"\x7f\":1}") },
    { "nested members have an order of their own",
      T("{\"a\":{\"z\":1},\"b\":{\"a\":1}}") },
    { "JCS structures",
      T("{\"\":\"empty\",\"1\":{\"\\n\":56,\"f\":{\"F\":5,\"f\":\"hi\"}},"
        "\"10\":{},\"111\":[{\"E\":\"no\",\"e\":\"yes\"}],\"A\":{},"
        "\"a\":{}}") },
    { "JCS unicode: not normalised",
      T("{\"Unnormalized Unicode\":\"A\xcc\x8a\"}") },
    { "JCS weird, what of it is ASCII",
      T("{\"\\n\":\"Newline\",\"\\r\":\"Carriage Return\",\"1\":\"One\","
        "\"</script>\":\"Browser Challenge\"}") },
    { "eight bytes and more in a row",
      T("{\"a\":\"0123456789012345678901234567890123456789\"}") },
};

/* Neither canonical nor, to json_canonical, sayable. `where` is part of the
 * canonicaliser's message. */
static const struct {
    const char *what;
    struct text text;
    const char *where;
} bad[] = {
    /* Not one object. */
    { "nothing", T(""), "line 1, column 1" },
    { "a space", T(" "), "expected an object at line 1, column 2" },
    { "an array", T("[]"), "expected an object" },
    { "a string", T("\"a\""), "expected an object" },
    { "an integer", T("1"), "expected an object" },
    { "null", T("null"), "expected an object" },
    { "a byte-order mark", T("\xef\xbb\xbf{}"), "line 1, column 1" },
    { "UTF-16", T("{\0}\0"), "expected a key" },
    { "NUL after the object", T("{}\0"), "more after the object" },
    { "two objects", T("{}{}"), "more after the object" },
    { "a comma after", T("{},"), "more after the object" },
    { "a brace too many", T("{}}"), "more after the object" },
    { "a comment", T("{/**/}"), "expected a key" },
    { "a comment after", T("{}//"), "more after the object" },
    /* Objects. */
    { "an open brace", T("{"), "expected a key at line 1, column 2" },
    { "a comma alone", T("{,}"), "expected a key" },
    { "a comma at the end", T("{\"a\":1,}"), "expected a key" },
    { "two commas", T("{\"a\":1,,\"b\":2}"), "expected a key" },
    { "no comma", T("{\"a\":1 \"b\":2}"), "expected a comma or a brace" },
    { "no colon", T("{\"a\" 1}"), "expected a colon" },
    { "two colons", T("{\"a\"::1}"), "not a value" },
    { "a comma for a colon", T("{\"a\",1}"), "expected a colon" },
    { "no value", T("{\"a\":}"), "not a value" },
    { "no value, no brace", T("{\"a\":"), "text ends too soon" },
    { "a key alone", T("{\"a\"}"), "expected a colon" },
    { "a bare key", T("{a:1}"), "expected a key" },
    { "a key in single quotes", T("{'a':1}"), "expected a key" },
    { "an integer for a key", T("{1:1}"), "expected a key" },
    { "no end", T("{\"a\":1"), "expected a comma or a brace" },
    { "closed as an array", T("{\"a\":1]"), "expected a comma or a brace" },
    { "a key twice",
      T("{\"a\":1,\"a\":2}"), "occurs twice at line 1, column 8" },
    { "a key twice, apart", T("{\"b\":1,\"a\":1,\n\"b\":2}"),
      "occurs twice at line 2, column 1" },
    { "a key twice, in two spellings", T("{\"a\":1,\"\\u0061\":2}"),
      "occurs twice" },
    { "a key twice, deeper", T("{\"a\":{\"b\":[],\"b\":[]}}"), "occurs twice" },
    { "JCS french: keys not ASCII",
      T("{\"peach\":\"order\",\"p\xc3\xa9" "ch\xc3\xa9\":\"x\"}"),
      "key is not ASCII at line 1, column 20" },
    { "a key not ASCII, escaped", T("{\"\\u20ac\":1}"), "key is not ASCII" },
    { "an emoji for a key", T("{\"\\ud83d\\ude00\":1}"), "key is not ASCII" },
    /* Arrays. */
    { "an open bracket", T("{\"a\":["), "text ends too soon" },
    { "an array with no end", T("{\"a\":[1"), "a comma or a bracket" },
    { "an array closed as an object", T("{\"a\":[1}"), "a comma or a bracket" },
    { "an array with a comma at the end", T("{\"a\":[1,]}"), "not a value" },
    { "an array with a comma first", T("{\"a\":[,1]}"), "not a value" },
    { "an array with two commas", T("{\"a\":[1,,2]}"), "not a value" },
    { "an array without commas", T("{\"a\":[1 2]}"), "a comma or a bracket" },
    { "a colon in an array", T("{\"a\":[1:2]}"), "a comma or a bracket" },
    /* Numbers. */
    { "a fraction", T("{\"a\":1.5}"), "not an integer at line 1, column 6" },
    { "a fraction of nothing", T("{\"a\":1.0}"), "not an integer" },
    { "an exponent", T("{\"a\":1e3}"), "not an integer" },
    { "a capital exponent", T("{\"a\":1E+2}"), "not an integer" },
    { "2 to the 53rd", T("{\"a\":9007199254740992}"), "out of range" },
    { "minus that", T("{\"a\":-9007199254740992}"), "out of range" },
    { "an integer that wraps",
      T("{\"a\":18446744073709551617}"), "out of range" },
    { "a very long integer",
      T("{\"a\":1000000000000000000000000000000000000000000000000000}"),
      "out of range" },
    { "minus zero", T("{\"a\":-0}"), "minus zero" },
    { "a leading zero", T("{\"a\":01}"), "leading zero" },
    { "minus and a leading zero", T("{\"a\":-01}"), "leading zero" },
    { "two zeros", T("{\"a\":00}"), "leading zero" },
    { "a plus sign", T("{\"a\":+1}"), "not a value" },
    { "a minus sign alone", T("{\"a\":-}"), "not a value" },
    { "a minus sign at the end", T("{\"a\":-"), "not a value" },
    { "two minus signs", T("{\"a\":--1}"), "not a value" },
    { "no digits before the point", T("{\"a\":.5}"), "not a value" },
    { "no digits after the point", T("{\"a\":1.}"), "not an integer" },
    { "hexadecimal", T("{\"a\":0x1}"), "expected a comma or a brace" },
    { "NaN", T("{\"a\":NaN}"), "not a value" },
    { "Infinity", T("{\"a\":-Infinity}"), "not a value" },
    { "full-width digits", T("{\"a\":\xef\xbc\x91}"), "not a value" },
    { "digits and letters", T("{\"a\":1a}"), "expected a comma or a brace" },
    /* Words. */
    { "null inside", T("{\"a\":null}"), "null is not allowed" },
    { "null in an array", T("{\"a\":[1,\n null]}"),
      "null is not allowed at line 2, column 2" },
    { "half a word", T("{\"a\":tru}"), "not a value" },
    { "half a word at the end", T("{\"a\":fals"), "not a value" },
    { "a word and more", T("{\"a\":truely}"), "expected a comma or a brace" },
    { "True", T("{\"a\":True}"), "not a value" },
    { "a bare word", T("{\"a\":b}"), "not a value" },
    /* Strings. */
    { "no closing quote", T("{\"a\":\"b}"), "string does not end" },
    { "an escaped closing quote", T("{\"a\":\"b\\\"}"), "string does not end" },
    { "a key without an end", T("{\"a"), "string does not end" },
    { "a newline in a string", T("{\"a\":\"b\nc\"}"), "control character" },
    { "a tab in a string", T("{\"a\":\"0123456789\t\"}"), "control character" },
    { "NUL in a string", T("{\"a\":\"\0\"}"), "control character" },
    { "0x1f in a key", T("{\"\x1f\":1}"), "control character" },
    { "an escape that is none", T("{\"a\":\"\\x\"}"), "bad escape" },
    { "an escaped quote mark", T("{\"a\":\"\\'\"}"), "bad escape" },
    { "an escaped newline", T("{\"a\":\"\\\n\"}"), "bad escape" },
    { "an escape at the end", T("{\"a\":\"\\"), "bad escape" },
    { "\\U", T("{\"a\":\"\\U0041\"}"), "bad escape" },
    { "three hex digits", T("{\"a\":\"\\u004\"}"), "bad escape" },
    { "hex digits cut", T("{\"a\":\"\\u00"), "bad escape" },
    { "not hex digits", T("{\"a\":\"\\u00g1\"}"), "bad escape" },
    { "a high surrogate alone", T("{\"a\":\"\\ud800\"}"), "lone surrogate" },
    { "a high surrogate at the end",
      T("{\"a\":\"\\ud800\\u"), "lone surrogate" },
    { "a high surrogate and a letter", T("{\"a\":\"\\ud800a\"}"),
      "lone surrogate" },
    { "two high surrogates",
      T("{\"a\":\"\\ud800\\ud800\"}"), "lone surrogate" },
    { "a high surrogate and no surrogate", T("{\"a\":\"\\ud800\\u0041\"}"),
      "lone surrogate" },
    { "a low surrogate alone", T("{\"a\":\"\\udc00\"}"), "lone surrogate" },
    { "surrogates the wrong way round", T("{\"a\":\"\\udc00\\ud800\"}"),
      "lone surrogate" },
    /* UTF-8. */
    { "Latin-1", T("{\"a\":\"\xe9\"}"), "not UTF-8" },
    { "a tail alone", T("{\"a\":\"\x80\"}"), "not UTF-8" },
    { "C0", T("{\"a\":\"\xc0\xaf\"}"), "not UTF-8" },
    { "C1", T("{\"a\":\"\xc1\xbf\"}"), "not UTF-8" },
    { "overlong in three", T("{\"a\":\"\xe0\x9f\xbf\"}"), "not UTF-8" },
    { "overlong in four", T("{\"a\":\"\xf0\x8f\xbf\xbf\"}"), "not UTF-8" },
    { "a surrogate in UTF-8", T("{\"a\":\"\xed\xa0\x80\"}"), "not UTF-8" },
    { "the last surrogate in UTF-8",
      T("{\"a\":\"\xed\xbf\xbf\"}"), "not UTF-8" },
    { "above U+10FFFF", T("{\"a\":\"\xf4\x90\x80\x80\"}"), "not UTF-8" },
    { "F5", T("{\"a\":\"\xf5\x80\x80\x80\"}"), "not UTF-8" },
    { "five bytes", T("{\"a\":\"\xf8\x88\x80\x80\x80\"}"), "not UTF-8" },
    { "FF", T("{\"a\":\"\xff\"}"), "not UTF-8" },
    { "two bytes, cut", T("{\"a\":\"\xc3\"}"), "not UTF-8" },
    { "three bytes, cut", T("{\"a\":\"\xe2\x82\"}"), "not UTF-8" },
    { "four bytes, cut", T("{\"a\":\"\xf0\x9f\x98\"}"), "not UTF-8" },
    { "four bytes, cut by the end", T("{\"a\":\"\xf0\x9f"), "not UTF-8" },
    { "UTF-8 outside a string", T("{\xc3\xa9:1}"), "expected a key" },
    { "a non-breaking space", T("{\xc2\xa0}"), "expected a key" },
    { "a form feed between", T("{\f}"), "expected a key" },
};

/* JSON that is not canonical, and what it becomes. */
static const struct {
    const char *what;
    struct text text;
    const char *canonical;
    const char *why; /* part of the checker's message */
} loose[] = {
    { "a space inside", T("{ }"), "{}", "expected a key at byte 1" },
    { "a newline after", T("{}\n"), "{}", "more after the object at byte 2" },
    { "space before", T("\t\r\n {}"), "{}", "expected an object" },
    { "space everywhere",
      T(" { \"a\" : [ 1 , { } , [ ] ] , \"b\" : { \"c\" : true } } "),
      "{\"a\":[1,{},[]],\"b\":{\"c\":true}}", "expected an object" },
    { "keys out of order", T("{\"b\":1,\"a\":2}"), "{\"a\":2,\"b\":1}",
      "key out of order at byte 7" },
    { "keys by UTF-16 are keys by bytes here",
      T("{\"a\":1,\"\\n\":2,\"B\":3,\"\\\\\":4,\"\":5}"),
      "{\"\":5,\"\\n\":2,\"B\":3,\"\\\\\":4,\"a\":1}", "key out of order" },
    { "nested objects out of order",
      T("{\"z\":{\"b\":{\"d\":1,\"c\":2},\"a\":3},\"y\":[{\"f\":4,\"e\":5}]}"),
      "{\"y\":[{\"e\":5,\"f\":4}],\"z\":{\"a\":3,\"b\":{\"c\":2,\"d\":1}}}",
      "key out of order" },
    { "a slash escaped", T("{\"a\":\"\\/\"}"), "{\"a\":\"/\"}",
      "escape is not canonical at byte 6" },
    { "a letter escaped", T("{\"a\":\"\\u0041\"}"), "{\"a\":\"A\"}",
      "escape is not canonical" },
    { "a letter escaped in a key", T("{\"\\u0061\":1}"), "{\"a\":1}",
      "escape is not canonical at byte 2" },
    { "the long way for a newline", T("{\"a\":\"\\u000a\"}"),
      "{\"a\":\"\\n\"}", "escape is not canonical" },
    { "the long way for a quote", T("{\"a\":\"\\u0022\"}"),
      "{\"a\":\"\\\"\"}", "escape is not canonical" },
    { "capitals in hex", T("{\"a\":\"\\u001F\"}"), "{\"a\":\"\\u001f\"}",
      "escape is not canonical" },
    { "DEL escaped", T("{\"a\":\"\\u007f\"}"), "{\"a\":\"\x7f\"}",
      "escape is not canonical" },
    { "two bytes escaped", T("{\"a\":\"\\u00E9\"}"), "{\"a\":\"\xc3\xa9\"}",
      "escape is not canonical" },
    { "three bytes escaped", T("{\"a\":\"\\u20ac\"}"),
      "{\"a\":\"\xe2\x82\xac\"}", "escape is not canonical" },
    { "a surrogate pair", T("{\"a\":\"\\uD83D\\uDE00!\"}"),
      "{\"a\":\"\xf0\x9f\x98\x80!\"}", "escape is not canonical" },
    { "the first and last pairs", T("{\"a\":\"\\ud800\\udc00\\udbff\\udfff\"}"),
      "{\"a\":\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"}",
      "escape is not canonical" },
    { "JCS values, its string",
      T("{\"string\":\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\"
        "\\\"\\/\",\"literals\":[true,false]}"),
      "{\"literals\":[true,false],\"string\":\"\xe2\x82\xac$\\u000f\\nA'B"
      "\\\"\\\\\\\\\\\"/\"}", "escape is not canonical" },
    { "JCS arrays, within the subset",
      T("[56,{\"d\":true,\"10\":false,\"1\":[]}]"), NULL,
      "an object" },
};

static uint64_t rng_state = 0x9E3779B97F4A7C15;

static uint32_t
rng(uint64_t *state, uint32_t below)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)((*state >> 32) % below);
}

/* A copy from a block of just this size. Given back with free. */
static struct sheaf_bytes
exact(const void *data, size_t len)
{
    uint8_t *copy = malloc(len != 0 ? len : 1);
    struct sheaf_bytes b = { copy, len };

    if (copy == NULL)
        abort();
    memcpy(copy, data, len);
    return b;
}

static void
drop(struct sheaf_bytes b)
{
    free((void *)(uintptr_t)b.data);
}

/* The two readers agree about this text, and keep their promises on errors
 * and outputs. */
static bool
agree(struct sheaf_bytes text)
{
    struct sheaf_error e1 = { 0 };
    struct sheaf_error e2 = { 0 };
    struct sheaf_buf out = { 0 };
    int check = json_check(text, &e1);
    int canon = json_canonical(text, &out, &e2);
    bool same = canon == SHEAF_OK && bytes_equal(buf_view(&out), text);
    bool good_errors =
        (check == SHEAF_OK
             ? e1.code == 0
             : check == SHEAF_ECORRUPT && e1.code == check &&
                   e1.offset == UINT64_MAX &&
                   strncmp(e1.clause, "F4.", 3) == 0 &&
                   e1.message[0] != '\0') &&
        (canon == SHEAF_OK
             ? e2.code == 0 && json_check(buf_view(&out), NULL) == SHEAF_OK
             : canon == SHEAF_EINVAL && e2.code == canon && out.len == 0 &&
                   e2.message[0] != '\0');

    sheaf_buf_free(&out);
    return (check == SHEAF_OK) == same && good_errors;
}

/* Visit everything with the walkers; text need not be canonical. True if
 * all views lie within it. */
static bool
walk(struct sheaf_bytes value, unsigned depth)
{
    struct json_iter it = json_iter_over(value);
    struct sheaf_buf out = { 0 };
    struct sheaf_bytes key;
    struct sheaf_bytes v;
    uint64_t n;
    bool inside = true;

    (void)json_uint(value, &n);
    (void)json_string(value, &out);
    sheaf_buf_free(&out);
    if (depth > 100)
        return inside;
    if (json_kind(value) == JSON_OBJECT)
        while (json_next(&it, &key, &v))
            inside &= key.data >= value.data && v.len != 0 &&
                      v.data + v.len <= value.data + value.len &&
                      key.data + key.len < v.data && walk(v, depth + 1);
    else if (json_kind(value) == JSON_ARRAY)
        while (json_next_item(&it, &v))
            inside &= v.data > value.data && v.len != 0 &&
                      v.data + v.len <= value.data + value.len &&
                      walk(v, depth + 1);
    return inside;
}

static void
test_good(void)
{
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        struct sheaf_bytes b = exact(good[i].text.data, good[i].text.len);
        struct sheaf_error err = { 0 };

        eq_int(json_check(b, &err), SHEAF_OK, "%s: canonical", good[i].what);
        if (err.code != 0)
            printf("# %s\n", err.message);
        ok(agree(b) && walk(b, 0), "%s: stays as it is", good[i].what);
        drop(b);
    }
}

static void
test_bad(void)
{
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct sheaf_bytes b = exact(bad[i].text.data, bad[i].text.len);
        struct sheaf_buf out = { 0 };
        struct sheaf_error err = { 0 };

        eq_int(json_check(b, &err), SHEAF_ECORRUPT, "%s: refused", bad[i].what);
        eq_str(err.clause, "F4.2", "%s: names the clause", bad[i].what);
        (void)json_canonical(b, &out, &err);
        if (!ok(strstr(err.message, bad[i].where) != NULL, "%s: says why",
                bad[i].what))
            printf("# \"%s\"\n", err.message);
        ok(agree(b) && walk(b, 0), "%s: refused by both", bad[i].what);
        sheaf_buf_free(&out);
        drop(b);
    }
}

static void
test_loose(void)
{
    for (size_t i = 0; i < COUNT_OF(loose); i++) {
        struct sheaf_bytes b = exact(loose[i].text.data, loose[i].text.len);
        struct sheaf_buf out = { 0 };
        struct sheaf_error err = { 0 };
        int rc = json_check(b, &err);

        ok(rc == SHEAF_ECORRUPT && strstr(err.message, loose[i].why) != NULL,
           "%s: not canonical (%s)", loose[i].what, err.message);
        rc = json_canonical(b, &out, &err);
        if (loose[i].canonical != NULL) {
            eq_int(rc, SHEAF_OK, "%s: can be made so", loose[i].what);
            buf_add(&out, "", 1);
            eq_str((char *)out.data, loose[i].canonical, "%s: and is this",
                   loose[i].what);
        } else {
            eq_int(rc, SHEAF_EINVAL, "%s: can't be", loose[i].what);
        }
        ok(agree(b), "%s: both agree", loose[i].what);
        sheaf_buf_free(&out);
        drop(b);
    }
}

/* An object with arrays or objects in it, `depth` in all. */
static struct sheaf_bytes
nested(unsigned depth, const char *open, const char *inner, const char *close)
{
    struct sheaf_buf buf = { 0 };
    struct sheaf_bytes b;

    buf_add_str(&buf, "{\"a\":");
    for (unsigned i = 1; i < depth; i++)
        buf_add_str(&buf, open);
    buf_add_str(&buf, inner);
    for (unsigned i = 1; i < depth; i++)
        buf_add_str(&buf, close);
    buf_add_str(&buf, "}");
    b = exact(buf.data, buf.len);
    sheaf_buf_free(&buf);
    return b;
}

static void
test_depth(void)
{
    static const struct {
        const char *open;
        const char *close;
    } kinds[] = { { "[", "]" }, { "{\"a\":", "}" } };

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        for (unsigned depth = 31; depth <= 33; depth++) {
            struct sheaf_bytes b =
                nested(depth, kinds[i].open, "1", kinds[i].close);
            struct sheaf_error err = { 0 };

            eq_int(json_check(b, &err),
                   depth <= 32 ? SHEAF_OK : SHEAF_ECORRUPT, "%s %u deep",
                   kinds[i].open, depth);
            eq_str(err.clause, depth <= 32 ? "" : "F4.3", "and the clause");
            ok(agree(b) && walk(b, 0), "and to the canonicaliser");
            drop(b);
        }
        struct sheaf_bytes b = nested(200000, kinds[i].open, "", "");
        ok(agree(b) && walk(b, 0), "%s 200,000 deep, unclosed", kinds[i].open);
        drop(b);
    }
}

/* {"a":"xxx..."} of `len` bytes. */
static void
test_length(void)
{
    uint8_t *text = malloc(JSON_MAX + 1);
    struct sheaf_error err = { 0 };
    struct sheaf_buf out = { 0 };
    struct sheaf_bytes b = { text, JSON_MAX };

    if (text == NULL)
        abort();
    memset(text, 'x', JSON_MAX + 1);
    memcpy(text, "{\"a\":\"", 6);
    memcpy(text + JSON_MAX - 2, "\"}", 2);
    eq_int(json_check(b, NULL), SHEAF_OK, "1 MiB");
    ok(agree(b), "1 MiB: canonical");

    memcpy(text + JSON_MAX - 2, "x\"}", 3);
    b.len++;
    eq_int(json_check(b, &err), SHEAF_ECORRUPT, "1 MiB and a byte");
    eq_str(err.clause, "F4.3", "1 MiB and a byte: the clause");
    eq_int(json_canonical(b, &out, &err), SHEAF_EINVAL, "and can't be made so");
    ok(strstr(err.message, "longer than 1 MiB") != NULL, "and says why");

    /* The limit is on the canonical form, not on what becomes it. */
    memset(text, ' ', JSON_MAX + 1);
    text[0] = '{';
    text[JSON_MAX] = '}';
    out.len = 0;
    eq_int(json_canonical(b, &out, NULL), SHEAF_OK, "1 MiB of white space");
    ok(out.len == 2 && memcmp(out.data, "{}", 2) == 0, "leaves two bytes");
    sheaf_buf_free(&out);
    free(text);
}

/* 10,000 keys in several orders come out the same. */
static void
test_many_keys(void)
{
    enum { COUNT = 10000 };
    static unsigned order[COUNT];
    struct sheaf_buf first = { 0 };

    for (int how = 0; how < 4; how++) {
        struct sheaf_buf text = { 0 };
        struct sheaf_buf out = { 0 };
        struct sheaf_error err = { 0 };
        char member[40];

        for (unsigned i = 0; i < COUNT; i++)
            order[i] = how == 1 ? COUNT - 1 - i : i;
        for (unsigned i = COUNT; how >= 2 && i > 1; i--) {
            unsigned j = rng(&rng_state, i);
            unsigned swap = order[j];

            order[j] = order[i - 1];
            order[i - 1] = swap;
        }
        buf_add_str(&text, "{");
        for (unsigned i = 0; i < COUNT; i++) {
            snprintf(member, sizeof member, "%s\"k%05u\":%u", i ? "," : "",
                     order[i], order[i]);
            buf_add_str(&text, member);
        }
        buf_add_str(&text, "}");
        eq_int(json_canonical(buf_view(&text), &out, &err), SHEAF_OK,
               "10,000 keys, order %d", how);
        if (how == 0)
            buf_add(&first, out.data, out.len);
        ok(bytes_equal(buf_view(&first), buf_view(&out)) &&
               agree(buf_view(&text)), "and the same text");

        /* Now one of them again. */
        text.len--;
        buf_add_str(&text, ",\"k04711\":0}");
        out.len = 0;
        eq_int(json_canonical(buf_view(&text), &out, &err), SHEAF_EINVAL,
               "one of 10,000 twice, order %d", how);
        sheaf_buf_free(&out);
        sheaf_buf_free(&text);
    }
    sheaf_buf_free(&first);
}

/*
 * Random values, spelled at random. `what` decides the value and `how` the
 * spelling, so that one value can be written in two ways.
 */
static void
gen_space(uint64_t *how, struct sheaf_buf *out)
{
    while (rng(how, 4) == 0)
        buf_add(out, &" \t\r\n"[rng(how, 4)], 1);
}

static void
gen_char(uint32_t c, uint64_t *how, struct sheaf_buf *out)
{
    static const char letters[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    char text[16];

    if (rng(how, 3) == 0 && c < 0x80)
        for (size_t i = 0; i + 1 < sizeof letters; i += 2)
            if ((uint32_t)letters[i + 1] == c) {
                snprintf(text, sizeof text, "\\%c", letters[i]);
                buf_add_str(out, text);
                return;
            }
    if (c < 0x20 || c == '"' || c == '\\' || rng(how, 3) == 0) {
        bool capital = rng(how, 2) == 0;

        if (c < 0x10000)
            snprintf(text, sizeof text, capital ? "\\u%04X" : "\\u%04x", c);
        else
            snprintf(text, sizeof text, capital ? "\\u%04X\\u%04X"
                                                : "\\u%04x\\u%04x",
                     0xD7C0 + (c >> 10), 0xDC00 + (c & 0x3FF));
        buf_add_str(out, text);
        return;
    }
    if (c < 0x80)
        snprintf(text, sizeof text, "%c", (int)c);
    else if (c < 0x800)
        snprintf(text, sizeof text, "%c%c", (int)(0xC0 + c / 64),
                 (int)(0x80 + c % 64));
    else if (c < 0x10000)
        snprintf(text, sizeof text, "%c%c%c", (int)(0xE0 + c / 4096),
                 (int)(0x80 + c / 64 % 64), (int)(0x80 + c % 64));
    else
        snprintf(text, sizeof text, "%c%c%c%c", (int)(0xF0 + c / 262144),
                 (int)(0x80 + c / 4096 % 64), (int)(0x80 + c / 64 % 64),
                 (int)(0x80 + c % 64));
    buf_add_str(out, text);
}

static void
gen_string(uint64_t *what, uint64_t *how, bool key, struct sheaf_buf *out)
{
    uint32_t len = rng(what, 4) == 0 ? rng(what, 40) : rng(what, 8);

    buf_add_str(out, "\"");
    for (uint32_t i = 0; i < len; i++) {
        uint32_t kind = rng(what, key ? 3 : 6);
        uint32_t c = kind == 0   ? rng(what, 0x80)
                     : kind <= 2 ? 'a' + rng(what, 4)
                     : kind == 3 ? 0x80 + rng(what, 0x780)
                     : kind == 4 ? 0x800 + rng(what, 0xF800)
                                 : 0x10000 + rng(what, 0x100000);

        if (c >= 0xD800 && c < 0xE000)
            c = 0xFFFD;
        gen_char(c, how, out);
    }
    buf_add_str(out, "\"");
}

static void
gen_value(uint64_t *what, uint64_t *how, unsigned depth, struct sheaf_buf *out)
{
    uint32_t kind = depth == 1 ? 5 : rng(what, depth < 6 ? 6 : 4);
    uint32_t count = rng(what, 7);
    struct sheaf_buf part[7] = { { 0 } };
    char text[32];
    uint32_t turn;

    switch (kind) {
    case 0:
        buf_add_str(out, rng(what, 2) == 0 ? "true" : "false");
        return;
    case 1:
        snprintf(text, sizeof text, "%lld",
                 ((long long)rng(what, UINT32_MAX) << 21 >> rng(what, 53)) *
                     (rng(what, 2) == 0 ? -1 : 1));
        buf_add_str(out, text);
        return;
    case 2:
    case 3:
        gen_string(what, how, false, out);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        gen_space(how, &part[i]);
        if (kind == 5) {
            gen_string(what, how, true, &part[i]);
            gen_space(how, &part[i]);
            buf_add_str(&part[i], ":");
            gen_space(how, &part[i]);
        }
        gen_value(what, how, depth + 1, &part[i]);
        gen_space(how, &part[i]);
    }
    /* Members, unlike items, may come in any order; a rotation will do. */
    turn = kind == 5 && count > 0 ? rng(how, count) : 0;
    buf_add_str(out, kind == 5 ? "{" : "[");
    for (uint32_t i = 0; i < count; i++) {
        const struct sheaf_buf *p = &part[(i + turn) % count];

        if (i > 0)
            buf_add_str(out, ",");
        buf_add(out, p->data, p->len);
    }
    gen_space(how, out);
    buf_add_str(out, kind == 5 ? "}" : "]");
    for (uint32_t i = 0; i < count; i++)
        sheaf_buf_free(&part[i]);
}

static void
test_random(void)
{
    enum { ROUNDS = 5000 };
    int same = 0;
    int refused = 0;
    int wrong = 0;

    for (int i = 0; i < ROUNDS; i++) {
        uint64_t seed = (uint64_t)(i + 1) * 0x9E3779B97F4A7C15;
        struct sheaf_buf text[2] = { { 0 } };
        struct sheaf_buf out[2] = { { 0 } };
        struct sheaf_error err[2] = { { 0 } };
        int rc[2];

        for (unsigned k = 0; k < 2; k++) {
            uint64_t what = seed;
            uint64_t how = seed + 77 + k;
            struct sheaf_bytes b;

            gen_value(&what, &how, 1, &text[k]);
            b = exact(text[k].data, text[k].len);
            rc[k] = json_canonical(b, &out[k], &err[k]);
            wrong += !agree(b) || !walk(b, 0);
            drop(b);
        }
        /* The one thing that a random value can have wrong. */
        if (rc[0] == SHEAF_EINVAL && rc[1] == SHEAF_EINVAL &&
            strstr(err[0].message, "twice") != NULL)
            refused++;
        else if (rc[0] == SHEAF_OK && rc[1] == SHEAF_OK &&
                 bytes_equal(buf_view(&out[0]), buf_view(&out[1])) &&
                 agree(buf_view(&out[0])) && walk(buf_view(&out[0]), 0))
            same++;
        for (unsigned k = 0; k < 2; k++) {
            sheaf_buf_free(&text[k]);
            sheaf_buf_free(&out[k]);
        }
    }
    ok(wrong == 0, "random texts: both readers agree");
    ok(same + refused == ROUNDS && same > ROUNDS / 2,
       "%d values in two spellings come out as one, %d repeat a key", same,
       refused);
}

static const char sample[] =
    "{\"\\n\":\"\\u001f\\\"\xf0\x9f\x98\x80\",\"a\":[1,-20,true,false,{},[]],"
    "\"headline\":\"L\xe2\x80\x99\xc3\xa9t\xc3\xa9 0123456789\\\\\","
    "\"parts\":[{\"role\":\"body\",\"size\":120}],\"rev\":1}";

static void
test_changes(void)
{
    size_t len = sizeof sample - 1;
    struct sheaf_bytes b = exact(sample, len);
    uint8_t *text = (uint8_t *)(uintptr_t)b.data;
    unsigned wrong = 0;
    unsigned passed = 0;

    eq_int(json_check(b, NULL), SHEAF_OK, "the sample is canonical");
    for (size_t i = 0; i < len; i++) {
        struct sheaf_bytes cut = exact(sample, i);

        wrong += json_check(cut, NULL) == SHEAF_OK || !agree(cut) ||
                 !walk(cut, 0);
        drop(cut);
        for (unsigned v = 0; v < 256; v++) {
            text[i] = (uint8_t)v;
            passed += json_check(b, NULL) == SHEAF_OK;
            wrong += !agree(b) || !walk(b, 0);
        }
        text[i] = (uint8_t)sample[i];
    }
    ok(wrong == 0, "every truncation and every changed byte (%u of them still "
                   "canonical)", passed);
    drop(b);
}

static void
test_views(void)
{
    static const char text[] =
        "{\"\\\"k\":1,\"a\":\"x\\\\\",\"b\":[1,\"]\",{\"c\":\"}\"}],"
        "\"d\":{\"a\":2},\"e\":true}";
    struct sheaf_bytes b = { (const uint8_t *)text, sizeof text - 1 };
    struct sheaf_bytes v = { NULL, 77 };
    struct sheaf_bytes key;
    struct json_iter it = json_iter_over(b);
    struct sheaf_buf out = { 0 };
    uint64_t n = 5;

    eq_int(json_check(b, NULL), SHEAF_OK, "the example is canonical");
    ok(json_next(&it, &key, &v) && key.len == 3 &&
           memcmp(key.data, "\\\"k", 3) == 0 && json_uint(v, &n) && n == 1,
       "a key is as it is spelled");
    ok(json_next(&it, &key, &v) && json_kind(v) == JSON_STRING &&
           json_string(v, &out) && out.len == 2 &&
           memcmp(out.data, "x\\", 2) == 0, "a string that ends in a slash");
    ok(json_next(&it, &key, &v) && json_kind(v) == JSON_ARRAY && v.len == 17,
       "brackets in strings don't close");
    it = json_iter_over(v);
    ok(json_next_item(&it, &v) && json_kind(v) == JSON_INTEGER &&
           json_next_item(&it, &v) && json_is_string(v) && v.len == 3 &&
           json_next_item(&it, &v) && json_kind(v) == JSON_OBJECT &&
           !json_next_item(&it, &v), "three items");
    ok(json_member(b, "e", &v) && json_kind(v) == JSON_BOOL && v.len == 4,
       "the last member");
    v.len = 77;
    ok(!json_member(b, "c", &v) && !json_member(b, "", &v) && v.len == 77,
       "no member of a member, and the output untouched");
    b.len = 0;
    b.data = NULL;
    ok(!json_member(b, "a", &v) && json_kind(b) == JSON_NONE &&
           !json_string(b, &out), "nothing at all");
    sheaf_buf_free(&out);
}

static void
test_uint(void)
{
    static const struct {
        const char *text;
        bool good;
        uint64_t n;
    } rows[] = {
        { "0", true, 0 },
        { "1", true, 1 },
        { "9007199254740991", true, 9007199254740991 },
        { "9007199254740992", false, 0 },
        { "18446744073709551616", false, 0 },
        { "00", false, 0 },
        { "-1", false, 0 },
        { "1.0", false, 0 },
        { "", false, 0 },
        { "\"1\"", false, 0 },
        { "true", false, 0 },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sheaf_bytes b = exact(rows[i].text, strlen(rows[i].text));
        uint64_t n = 99;

        ok(json_uint(b, &n) == rows[i].good &&
               n == (rows[i].good ? rows[i].n : 99), "integer \"%s\"",
           rows[i].text);
        drop(b);
    }
}

/* Every byte, and all of Unicode, through json_escape and back. */
static void
test_escape(void)
{
    struct sheaf_buf text = { 0 };
    struct sheaf_buf object = { 0 };
    struct sheaf_buf back = { 0 };
    struct sheaf_bytes value = { NULL, 0 };
    uint32_t c = 0;
    unsigned wrong = 0;

    while (c < 0x110000) {
        text.len = object.len = back.len = 0;
        for (uint32_t end = c + 5000; c < end && c < 0x110000; c++) {
            uint8_t b[4] = { (uint8_t)(0xF0 | c >> 18),
                             (uint8_t)(0x80 | (c >> 12 & 63)),
                             (uint8_t)(0x80 | (c >> 6 & 63)),
                             (uint8_t)(0x80 | (c & 63)) };

            if (c >= 0xD800 && c < 0xE000)
                continue;
            if (c < 0x80) {
                b[3] = (uint8_t)c;
                buf_add(&text, b + 3, 1);
            } else if (c < 0x800) {
                b[2] |= 0xC0;
                buf_add(&text, b + 2, 2);
            } else if (c < 0x10000) {
                b[1] |= 0xE0;
                buf_add(&text, b + 1, 3);
            } else {
                buf_add(&text, b, 4);
            }
        }
        buf_add_str(&object, "{\"a\":");
        wrong += !json_escape(buf_view(&text), &object);
        buf_add_str(&object, "}");
        wrong += json_check(buf_view(&object), NULL) != SHEAF_OK;
        wrong += !utf8_valid(buf_view(&text));
        wrong += !json_member(buf_view(&object), "a", &value) ||
                 !json_string(value, &back) ||
                 !bytes_equal(buf_view(&back), buf_view(&text));
    }
    ok(wrong == 0, "all of Unicode, escaped and back");

    back.len = 0;
    ok(json_escape((struct sheaf_bytes){ NULL, 0 }, &back) && back.len == 2,
       "nothing, escaped");
    sheaf_buf_free(&text);
    sheaf_buf_free(&object);
    sheaf_buf_free(&back);
}

/* The members that a check finds on the way are those of json_member. */
static void
test_members(void)
{
    static const char *const texts[] = {
        "{}",
        "{\"aa\":1,\"bb\":\"x\",\"cc\":[{\"bb\":2}],\"dd\":true}",
        "{\"a\":1,\"aaa\":2,\"b\":{\"aa\":3},\"bb\":4,\"bbb\":5,\"d\":6}",
        "{\"\\u0001\":1,\"A\":2,\"\\\\aa\":3,\"aa\":4}",
        "{\"a\\u0001\":1,\"a\\\"a\":2,\"aa\":3,\"b\\\\b\":4,\"cc\":5}",
        "{\"dd\":1,\"ee\":2,\"~\":3}",
        "{\"ee\":2}",
    };
    struct json_wanted wanted[] = { { "aa", { NULL, 0 } },
                                    { "bb", { NULL, 0 } },
                                    { "cc", { NULL, 0 } },
                                    { "dd", { NULL, 0 } } };
    unsigned wrong = 0, found = 0;

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct sheaf_bytes b = sheaf_str(texts[i]);

        eq_int(json_check_members(b, wanted, COUNT_OF(wanted), NULL), SHEAF_OK,
               "%s", texts[i]);
        for (size_t n = 0; n < COUNT_OF(wanted); n++) {
            struct sheaf_bytes value = { NULL, 0 };

            json_member(b, wanted[n].key, &value);
            wrong += value.data != wanted[n].value.data ||
                     value.len != wanted[n].value.len;
            found += value.len != 0;
        }
    }
    eq_int(wrong, 0, "each member is found, or is not there");
    eq_int(found, 9, "nine are there");
}

/* Each byte at each place of a run of plain ones ends it, or does not. */
static void
test_plain(void)
{
    uint8_t text[40];
    unsigned wrong = 0;

    for (size_t len = 0; len <= sizeof text; len++) {
        for (size_t at = 0; at < len; at++) {
            for (unsigned b = 0; b < 256; b++) {
                bool plain = b >= 0x20 && b < 0x80 && b != '"' && b != '\\';

                memset(text, 'a' + (int)(len % 20), sizeof text);
                text[at] = (uint8_t)b;
                /* What follows must not matter. */
                if (at + 1 < len)
                    text[at + 1] = (uint8_t)(b * 5);
                if (!plain)
                    wrong += scan_plain(text, len) != at;
                else if (at + 1 == len)
                    wrong += scan_plain(text, len) != len;
            }
        }
    }
    eq_int(wrong, 0, "runs of plain bytes end where they must");
}

static void
test_appends(void)
{
    static const char good_text[] = "{\"b\":1,\"a\":[{}]}";
    static const char bad_text[] = "{\"b\":1,\"a\":[{}]";
    struct sheaf_bytes b = { (const uint8_t *)good_text, sizeof good_text - 1 };
    struct sheaf_buf out = { 0 };

    buf_add_str(&out, "before");
    eq_int(json_canonical(b, &out, NULL), SHEAF_OK, "after other bytes");
    eq_mem(out.data, "before{\"a\":[{}],\"b\":1}", 22, "and they stay");
    b.data = (const uint8_t *)bad_text;
    b.len = sizeof bad_text - 1;
    eq_int(json_canonical(b, &out, NULL), SHEAF_EINVAL, "a failure");
    eq_int(out.len, 22, "leaves the buffer as it was");
    sheaf_buf_free(&out);
}

#ifdef SHEAF_TEST
static void
test_faults(void)
{
    struct sheaf_buf text = { 0 };
    struct sheaf_bytes quoted;
    long n;
    int which;

    buf_add_str(&text, "{\"z\":\"");
    for (int i = 0; i < 300; i++)
        buf_add_str(&text, "0123456789 \\n");
    buf_add_str(&text, "\"");
    for (int i = 0; i < 200; i++) {
        char member[32];

        snprintf(member, sizeof member, ",\"k%d\":{}", 999 - i);
        buf_add_str(&text, member);
    }
    buf_add_str(&text, "}");
    quoted.data = text.data + 5;
    quoted.len = 3902;

    for (which = 0; which < 3; which++) {
        for (n = 0;; n++) {
            struct sheaf_buf out = { 0 };
            struct sheaf_error err = { 0 };
            long live = mem_live();
            bool done;
            bool fine;

            mem_fail_after(n);
            if (which == 0) {
                int rc = json_canonical(buf_view(&text), &out, &err);

                done = rc == SHEAF_OK;
                fine = done || (rc == SHEAF_ENOMEM && err.code == rc);
            } else {
                done = which == 1 ? json_string(quoted, &out)
                                  : json_escape(quoted, &out);
                fine = true;
            }
            mem_fail_after(-1);
            fine = fine && (done ? out.len != 0 : out.len == 0);
            sheaf_buf_free(&out);
            ok(fine && mem_live() == live, "call %d, allocation %ld %s", which,
               n, done ? "is not made" : "fails");
            if (done || n > 1000)
                break;
        }
        ok(n >= 1 && n < 1000, "call %d: %ld allocations can fail", which, n);
    }
    sheaf_buf_free(&text);
}
#endif

int
main(void)
{
    test_good();
    test_bad();
    test_loose();
    test_depth();
    test_length();
    test_many_keys();
    test_random();
    test_changes();
    test_views();
    test_uint();
    test_escape();
    test_members();
    test_plain();
    test_appends();
#ifdef SHEAF_TEST
    test_faults();
    eq_int(mem_live(), 0, "everything was given back");
#endif
    return tap_done();
}
