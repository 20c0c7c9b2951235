/*
 * json.h - the strict JSON of metadata lines (format.md F4).
 *
 * A metadata line is JSON in one spelling only: RFC 8785 (JCS), without
 * anything that two programs could read differently. It is one object of
 * strings, integers with |n| < 2^53, arrays, objects, true and false: no null,
 * fractions, exponents or -0. Keys are ASCII, unique, and sorted by their
 * bytes after unescaping. Strings are valid UTF-8, with only the escapes that
 * are necessary. There is no white space. At most JSON_DEPTH objects and
 * arrays are nested, counting the outermost, and the line has at most JSON_MAX
 * bytes.
 *
 * json_check checks this; json_canonical converts other JSON to it. All other
 * functions expect text that json_check has accepted. Given other text they
 * return something, but never read outside of it.
 */
#ifndef SHEAF_BASE_JSON_H
#define SHEAF_BASE_JSON_H

#include "base/base.h"
#include "base/utf8.h"
#include "sheaf.h"

#define JSON_DEPTH 32
#define JSON_MAX ((size_t)1 << 20)

enum json_kind {
    JSON_NONE, /* no bytes, or none that can begin a value */
    JSON_OBJECT,
    JSON_ARRAY,
    JSON_STRING,
    JSON_INTEGER,
    JSON_BOOL
};

/*
 * Checks that the text is canonical, byte for byte, in one pass and without an
 * allocation.
 *
 * SHEAF_ECORRUPT: it is not. The clause is F4.3 if it is too deep or too long,
 * otherwise F4.2. The message has the position, in bytes from 0; err->offset
 * is NO_OFFSET, because only the caller knows where the text is.
 */
int json_check(struct sheaf_bytes text, struct sheaf_error *err);

/* The same, and finds the values of top-level members in the same pass. The
 * keys, lower-case letters, are sorted. A missing member has length 0. */
struct json_wanted {
    const char *key;
    struct sheaf_bytes value;
};
int json_check_members(struct sheaf_bytes text, struct json_wanted *members,
                       size_t count, struct sheaf_error *err);

/*
 * Appends the canonical form of any JSON text (RFC 8259) that has one.
 * json_check accepts the output.
 *
 * SHEAF_EINVAL, with line and column (from 1, in bytes): the text is not JSON,
 * or not within the subset. SHEAF_ENOMEM. On failure `out` is unchanged.
 */
int json_canonical(struct sheaf_bytes text, struct sheaf_buf *out,
                   struct sheaf_error *err);

/* ---- Taking it apart ----------------------------------------------------- */

/* The kind of a value, by its first byte. */
enum json_kind json_kind(struct sheaf_bytes value);

static inline bool
json_is_string(struct sheaf_bytes value)
{
    return json_kind(value) == JSON_STRING;
}

/*
 * Walks the members of an object or the items of an array. The views are parts
 * of the text: keys without their quotes but with their escapes, values whole,
 * with quotes.
 */
struct json_iter {
    const uint8_t *at; /* the next key or item */
    size_t left;       /* bytes from there to the end of the text */
};

struct json_iter json_iter_over(struct sheaf_bytes container);
bool json_next(struct json_iter *it, struct sheaf_bytes *key,
               struct sheaf_bytes *value);
bool json_next_item(struct json_iter *it, struct sheaf_bytes *value);

/* The value of a top-level member. `key` is as it is written in the text. */
bool json_member(struct sheaf_bytes object, const char *key,
                 struct sheaf_bytes *value);

/* The order of members: compares two keys from json_next as they are after
 * unescaping. */
int json_key_compare(struct sheaf_bytes a, struct sheaf_bytes b);

/* Appends a string value, unescaped. False, with `out` unchanged, when
 * there is no memory or this is not a string. */
bool json_string(struct sheaf_bytes value, struct sheaf_buf *out);

/* The inside of a string value, without the quotes; false if it is not a
 * string. */
bool json_inside(struct sheaf_bytes value, struct sheaf_bytes *out);
/* The same for a top-level member that is a string. */
bool json_member_inside(struct sheaf_bytes object, const char *key,
                        struct sheaf_bytes *out);
/* Appends the inside of a string, unescaped. An invalid escape is copied
 * unchanged. False, with `out` unchanged, when there is no memory. */
bool json_unescape(struct sheaf_bytes inside, struct sheaf_buf *out);

/* An integer value that is not negative. */
bool json_uint(struct sheaf_bytes value, uint64_t *out);

/* ---- Text ---------------------------------------------------------------- */

/* Appends UTF-8 text as a canonical string, with quotes. False when there
 * is no memory. If the text may not be UTF-8, call utf8_valid first. */
bool json_escape(struct sheaf_bytes utf8, struct sheaf_buf *out);

#endif
